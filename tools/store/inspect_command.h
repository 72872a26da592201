#pragma once

// tidemark inspect DIR: what a store holds, file by file, and what is wrong with it. Changes nothing.

#include <string>
#include <vector>

namespace tidemark::tools {

// Returns the process's exit code.
int InspectCommand(const std::vector<std::string>& arguments);
std::string InspectHelp();

}  // namespace tidemark::tools
