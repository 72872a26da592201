#pragma once

// How a command ends: 0, a verdict's own code (scenarios/verdict.h), or 2 for arguments that cannot be used.

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "scenarios/verdict.h"

namespace tidemark::tools {

inline int ExitCode(const scenarios::Verdict& verdict) { return static_cast<int>(verdict.kind); }

// Says why on stderr; returns 2.
int Unusable(absl::string_view why);
int Unusable(const absl::Status& why);

}  // namespace tidemark::tools
