#pragma once

// What a replica says when another one asks which records it has, in ranges of indices.
//
// A replica that lost a record to damage must not take part in a decision as if it had never had it: what it once
// promised may be committed, and be nowhere else. So damage is told apart from absence (Alagappan et al.,
// "Protocol-Aware Recovery for Consensus-Based Storage", FAST 2018; the nack of Viewstamped Replication as TigerBeetle
// has it): only "never had it" lets the others conclude that a record was never committed.

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/base/ids.h"

namespace tidemark {

enum class RecordVerdict : uint8_t {
  kHave,       // it is here, and its checksum held when it was read for this answer
  kDamaged,    // it was here, perhaps promised, and is damaged: another replica must send it again
  kNeverHad,   // it is not here, and was never promised here; or a conflicting suffix took its place since
  kTruncated,  // it was here, or a snapshot stands for it, and it is gone for good
};
absl::string_view RecordVerdictName(RecordVerdict verdict);

// Of each index in [first, last]; first <= last.
struct VerdictRange {
  RaftIndex first;
  RaftIndex last;
  RecordVerdict verdict = RecordVerdict::kNeverHad;
  friend bool operator==(const VerdictRange&, const VerdictRange&) = default;
  friend std::ostream& operator<<(std::ostream& out, const VerdictRange& range) {
    return out << "[" << range.first << ", " << range.last << "] " << RecordVerdictName(range.verdict);
  }
};

// Ranges in order, without a gap, each with another verdict than its neighbours.
class VerdictRanges {
 public:
  // The indices after the last one, or the first ones of all. Nothing when `last` is before `first`.
  void Add(RaftIndex first, RaftIndex last, RecordVerdict verdict);
  // Takes the place of the verdicts of all indices below `end`; those from `end` on stay.
  void TruncateBelow(RaftIndex end);
  size_t size() const { return ranges_.size(); }
  std::vector<VerdictRange> Take() { return std::move(ranges_); }

 private:
  std::vector<VerdictRange> ranges_;  // Invariant: each begins one after the one before it ends.
};

}  // namespace tidemark
