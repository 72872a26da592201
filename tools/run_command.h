#pragma once

// tidemark run: scenarios over many seeds, with progress, and a verdict at the end.

#include <string>
#include <vector>

namespace tidemark::tools {

// Returns the process's exit code: that of the first verdict that is not a pass.
int RunCommand(const std::vector<std::string>& arguments);
std::string RunHelp();

}  // namespace tidemark::tools
