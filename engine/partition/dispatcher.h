#pragma once

// Admission: whether one more record, or a batch of them, may be taken now. A pure judgement over numbers; a refusal
// names the partition, the limit and both numbers, and says whether trying again helps. Room is made by what was
// applied, and by nothing else.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "engine/base/ids.h"
#include "engine/base/prefetch.h"
#include "engine/base/ring.h"
#include "engine/base/time.h"
#include "engine/partition/ladder.h"

namespace tidemark {

struct AdmissionLimits {
  uint64_t max_payload_bytes = 0;
  uint64_t max_unapplied_records = 0;      // of one partition, accepted and not yet applied
  uint64_t max_unapplied_bytes = 0;        // payload of the same
  uint64_t max_total_unapplied_bytes = 0;  // over all partitions
  uint64_t max_retained_records = 0;       // records that the log must keep because some partition needs them
  uint64_t max_lag_records = 0;            // of the log, from the partition's first unapplied record to the log's end
  Duration max_unapplied_age;              // of the partition's oldest unapplied record; 0: no limit
};

// Records for one partition, to be taken together or not at all.
struct Offer {
  uint64_t records = 1;
  uint64_t payload_bytes = 0;    // of all
  uint64_t longest_payload = 0;  // of one; bytes
};

class Dispatcher {
 public:
  explicit Dispatcher(const AdmissionLimits& limits) : limits_(limits) {}

  // Slots are 0, 1, 2...; records from `first` to `through` with `unapplied_bytes` were accepted before, and count as
  // new now. Earlier ones are not counted.
  void AddSlot(PartitionIndex first, PartitionIndex through, uint64_t unapplied_bytes, Instant now);
  // OK, or kRefused: INVALID_ARGUMENT for what will never be taken, RESOURCE_EXHAUSTED for what may be later. `oldest`
  // is the partition's first record that is not applied; 0 when all are.
  absl::Status Admit(size_t slot, const Offer& offer, RaftIndex oldest, const Ladder& ladder, Instant now) const;
  // Records up to `through` were taken, with so many bytes of payload together.
  void OnAppended(size_t slot, PartitionIndex through, uint64_t payload_bytes, Instant now);
  void OnApplied(size_t slot, PartitionIndex index, uint64_t payload_bytes);
  // The slot's partition is gone, and with it what it had not applied.
  void DropSlot(size_t slot);

  void Prefetch(size_t slot) const { PrefetchObject(slots_[slot]); }

  // False: no limit is one of time, and any Instant may be given for `now`.
  bool needs_time() const { return limits_.max_unapplied_age != Duration(); }
  uint64_t unapplied_bytes(size_t slot) const { return slots_[slot].bytes; }
  uint64_t total_unapplied_bytes() const { return total_bytes_; }

 private:
  // When a record was accepted. One note for all that came within kAgeGrain of it.
  struct Accepted {
    PartitionIndex through;
    Instant at;
  };
  // Four of them share a cache line: of thousands of partitions each record looks at another one's.
  struct Slot {
    PartitionIndex first{1};  // the first record whose bytes are counted
    uint64_t bytes = 0;
  };
  static constexpr Duration kAgeGrain = Duration::Millis(1);

  absl::Status AdmitEver(PartitionId partition, const Offer& offer) const;
  absl::Status AdmitLate(size_t slot, uint64_t records, RaftIndex oldest, const Ladder& ladder, Instant now) const;

  const AdmissionLimits limits_;
  std::vector<Slot> slots_;
  // By slot, for whose records time matters. Invariant: ascending; the front's `through` is not applied. Empty where no
  // limit is one of time.
  std::vector<Ring<Accepted>> accepted_;
  uint64_t total_bytes_ = 0;  // Invariant: the sum of the slots' bytes.
};

}  // namespace tidemark
