#include "scenarios/verdict.h"

namespace tidemark::scenarios {

absl::string_view VerdictName(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::kPass: return "pass";
    case VerdictKind::kCrash: return "crash";
    case VerdictKind::kInvariant: return "invariant";
    case VerdictKind::kDurability: return "durability";
    case VerdictKind::kLiveness: return "liveness";
    case VerdictKind::kNondeterminism: return "nondeterminism";
    case VerdictKind::kVacuous: return "vacuous";
  }
  return "unknown";
}

VerdictKind VerdictOf(absl::string_view oracle) {
  if (oracle == "R1" || oracle == "R4" || oracle == "R6") return VerdictKind::kDurability;
  if (oracle == "V1" || oracle == "V3") return VerdictKind::kLiveness;
  if (oracle == "S1") return VerdictKind::kVacuous;
  return VerdictKind::kInvariant;
}

bool SameFailure(const Verdict& a, const Verdict& b) {
  return a.kind == b.kind && a.oracle == b.oracle && a.what == b.what;
}

}  // namespace tidemark::scenarios
