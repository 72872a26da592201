#pragma once

// tidemark repair DIR: what recovery would do; with --apply, a copy of what changes, and then recovery itself.

#include <string>
#include <vector>

namespace tidemark::tools {

// Returns the process's exit code.
int RepairCommand(const std::vector<std::string>& arguments);
std::string RepairHelp();

}  // namespace tidemark::tools
