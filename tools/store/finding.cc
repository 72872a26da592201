#include "tools/store/finding.h"

namespace tidemark::tools {
namespace {

StoreVerdict VerdictOf(FindingKind kind) {
  switch (kind) {
    case FindingKind::kTornTail:
    case FindingKind::kUnfinished: return StoreVerdict::kTornTail;
    case FindingKind::kUnreadable: return StoreVerdict::kUnreadable;
    case FindingKind::kCorruption:
    case FindingKind::kLostRecords:
    case FindingKind::kDisagreement:
    case FindingKind::kWrongStore: break;
  }
  return StoreVerdict::kDamaged;
}

// From the one that says least to the one that says most.
int Weight(StoreVerdict verdict) {
  switch (verdict) {
    case StoreVerdict::kSound: return 0;
    case StoreVerdict::kTornTail: return 1;
    case StoreVerdict::kUnreadable: return 2;
    case StoreVerdict::kDamaged: break;
  }
  return 3;
}

}  // namespace

absl::string_view FindingKindName(FindingKind kind) {
  switch (kind) {
    case FindingKind::kTornTail: return "torn_tail";
    case FindingKind::kUnfinished: return "unfinished";
    case FindingKind::kCorruption: return "corruption";
    case FindingKind::kLostRecords: return "lost_records";
    case FindingKind::kDisagreement: return "disagreement";
    case FindingKind::kWrongStore: return "wrong_store";
    case FindingKind::kUnreadable: return "unreadable";
  }
  return "unknown";
}

absl::string_view StoreVerdictName(StoreVerdict verdict) {
  switch (verdict) {
    case StoreVerdict::kSound: return "sound";
    case StoreVerdict::kTornTail: return "torn_tail";
    case StoreVerdict::kDamaged: return "damaged";
    case StoreVerdict::kUnreadable: return "unreadable";
  }
  return "unknown";
}

StoreVerdict VerdictOf(const std::vector<Finding>& findings) {
  StoreVerdict worst = StoreVerdict::kSound;
  for (const Finding& finding : findings) {
    const StoreVerdict verdict = VerdictOf(finding.kind);
    if (Weight(verdict) > Weight(worst)) worst = verdict;
  }
  return worst;
}

}  // namespace tidemark::tools
