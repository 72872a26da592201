#pragma once

// tidemark verify DIR: everything that inspect looks at, and the partition files against the log. Changes nothing.

#include <string>
#include <vector>

namespace tidemark::tools {

// Returns the process's exit code.
int VerifyCommand(const std::vector<std::string>& arguments);
std::string VerifyHelp();

}  // namespace tidemark::tools
