#pragma once

// tidemark replay: one experiment, run again and shown.

#include <string>
#include <vector>

namespace tidemark::tools {

// Returns the process's exit code: the verdict's.
int ReplayCommand(const std::vector<std::string>& arguments);
std::string ReplayHelp();

}  // namespace tidemark::tools
