#pragma once

// What a run came to, and why.

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "scenarios/oracles/violation.h"

namespace tidemark::scenarios {

// Values are the process's exit codes, beside 2 for unusable arguments: never renumber.
enum class VerdictKind : uint8_t {
  kPass = 0,
  kCrash = 10,           // a CHECK failed, or something threw an exception
  kInvariant = 11,       // an oracle other than those below
  kDurability = 12,      // R1, R4, R6: something promised is lost or damaged
  kLiveness = 13,        // V1, V3: after the heal, or where no fault held it, something was not done in time
  kNondeterminism = 14,  // two runs of the plan differ
  kVacuous = 15,         // it proved nothing: no record was acknowledged, or a suite missed a rare state
};
absl::string_view VerdictName(VerdictKind kind);
// Which verdict a violation of this oracle is.
VerdictKind VerdictOf(absl::string_view oracle);

struct Verdict {
  VerdictKind kind = VerdictKind::kPass;
  std::string oracle;  // id of the broken truth; "CHECK" or "EXCEPTION" for a crash; empty for a pass
  std::string cause;   // one sentence
  // Where, as far as known.
  absl::optional<Violation> violation;
  // Which of the failures that share the oracle: "engine/aof/core.cc:120" of a CHECK, the type of an exception,
  // Violation::what of an oracle.
  std::string what = {};
  bool passed() const { return kind == VerdictKind::kPass; }
};

// Whether one cause may explain both: the shrinker's "still fails".
bool SameFailure(const Verdict& a, const Verdict& b);

}  // namespace tidemark::scenarios
