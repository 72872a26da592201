#pragma once

// How a command ends: 0, 2 for arguments that cannot be used, 10 to 15 a verdict's own code (scenarios/verdict.h), or
// 20 to 22 for a store:
//
//   20  torn tail only: recovery will handle it
//   21  damaged: something promised is damaged, gone or contradicted; or a repair was refused
//   22  it could not be read: no store, in use, no permission, a device error

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "scenarios/verdict.h"
#include "tools/store/finding.h"

namespace tidemark::tools {

inline int ExitCode(const scenarios::Verdict& verdict) { return static_cast<int>(verdict.kind); }
inline int ExitCode(StoreVerdict verdict) {
  return verdict == StoreVerdict::kSound ? 0 : 19 + static_cast<int>(verdict);
}

// Says why on stderr; returns 2.
int Unusable(absl::string_view why);
int Unusable(const absl::Status& why);

}  // namespace tidemark::tools
