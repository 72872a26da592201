#pragma once

// tidemark list [scenarios|faults|oracles|rare]: what there is, a line each.

#include <string>
#include <vector>

namespace tidemark::tools {

// Returns the process's exit code.
int ListCommand(const std::vector<std::string>& arguments);
std::string ListHelp();

}  // namespace tidemark::tools
