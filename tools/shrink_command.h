#pragma once

// tidemark shrink: the smallest plan that still fails the same way.

#include <string>
#include <vector>

namespace tidemark::tools {

// Returns the process's exit code: 0 when a plan was written.
int ShrinkCommand(const std::vector<std::string>& arguments);
std::string ShrinkHelp();

}  // namespace tidemark::tools
