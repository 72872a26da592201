#pragma once

// Turns a failed CHECK of a run into an exception that the runner catches: one broken engine must not take the
// other runs of the process with it.

#include <string>

#include "engine/base/check.h"

namespace tidemark::scenarios {

struct CheckFailed {
  std::string where;  // "engine/aof/core.cc:120"
  std::string message;
};

// While one lives, a CHECK that fails on this thread throws CheckFailed. On threads without one the handler that
// was installed before acts. They nest.
class CheckTrap {
 public:
  CheckTrap();
  ~CheckTrap();
  CheckTrap(const CheckTrap&) = delete;
  CheckTrap& operator=(const CheckTrap&) = delete;
};

}  // namespace tidemark::scenarios
