#pragma once

// Admission: whether one more record may be taken now. A pure judgement over numbers; a refusal names the partition,
// the limit and both numbers, and says whether trying again helps. Room is made by what was applied, and by nothing else.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "engine/base/ids.h"
#include "engine/partition/ladder.h"

namespace tidemark {

struct AdmissionLimits {
  uint64_t max_payload_bytes = 0;
  uint64_t max_unapplied_records = 0;      // of one partition, accepted and not yet applied
  uint64_t max_unapplied_bytes = 0;        // payload of the same
  uint64_t max_total_unapplied_bytes = 0;  // over all partitions
  uint64_t max_retained_records = 0;       // records that the log must keep because some partition needs them
};

class Dispatcher {
 public:
  explicit Dispatcher(const AdmissionLimits& limits) : limits_(limits) {}

  // Slots are 0, 1, 2...; `unapplied_bytes` were accepted before.
  void AddSlot(uint64_t unapplied_bytes);
  // OK, or kRefused: INVALID_ARGUMENT for a payload that will never be taken, RESOURCE_EXHAUSTED for one that may be later.
  absl::Status Admit(size_t slot, uint64_t payload_bytes, const Ladder& ladder) const;
  void OnAppended(size_t slot, uint64_t payload_bytes);
  void OnApplied(size_t slot, uint64_t payload_bytes);

  uint64_t unapplied_bytes(size_t slot) const { return bytes_[slot]; }
  uint64_t total_unapplied_bytes() const { return total_bytes_; }

 private:
  const AdmissionLimits limits_;
  std::vector<uint64_t> bytes_;
  uint64_t total_bytes_ = 0;  // Invariant: the sum of bytes_.
};

}  // namespace tidemark
