#include "engine/segmented_log/verdict_range.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"

namespace tidemark {

absl::string_view RecordVerdictName(RecordVerdict verdict) {
  switch (verdict) {
    case RecordVerdict::kHave: return "have";
    case RecordVerdict::kDamaged: return "damaged";
    case RecordVerdict::kNeverHad: return "never had";
    case RecordVerdict::kTruncated: return "truncated";
  }
  return "unknown";
}

void VerdictRanges::Add(RaftIndex first, RaftIndex last, RecordVerdict verdict) {
  if (last < first) return;
  if (!ranges_.empty()) {
    VerdictRange& back = ranges_.back();
    CHECK_EQ(first, back.last.Next()) << "a gap between verdicts";
    if (back.verdict == verdict) {
      back.last = last;
      return;
    }
  }
  ranges_.push_back({first, last, verdict});
}

void VerdictRanges::TruncateBelow(RaftIndex end) {
  std::vector<VerdictRange> before = std::exchange(ranges_, {});
  for (const VerdictRange& range : before) {
    if (range.first < end) Add(range.first, std::min(range.last, end.Prev()), RecordVerdict::kTruncated);
    Add(std::max(range.first, end), range.last, range.verdict);
  }
}

}  // namespace tidemark
