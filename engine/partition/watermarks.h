#pragma once

// The ladder: one number a rung, one setter a rung, and what the numbers together say is still needed.
//
//   SetAppended  SetDurable  SetCommitted  SetTruncated      the log's rungs
//   SetForwarded  SetPartitionDurable  SetApplied            a partition's rungs, one partition index at a time, or
//   runs UpdateMinRequired                                        after any of them: the lowest record still needed
//   (safe)                                                   moves by itself, with what it follows from
//
// Each setter emits the rung's trace event and CHECKs the whole chain, all numbers in the message:
//
//   truncated < min_required <= durable + 1;  committed <= durable <= appended   (a sole voter commits what is durable)
//   partition_durable[p] <= forwarded[p] <= durable;  applied[p] <= forwarded[p];  applied[p] <= committed
//
//   safe == min(durable, the lowest record that is not durable in its partition's file, - 1)
//
// Rungs only rise, but for Rollback. A partition needs a record until it is durable in the partition's file and
// applied; one that was released, only until it is durable there: it is applied from the file; one that was spilled,
// not at all. The records some partition needs are remembered in one queue a partition, so that every step costs O(1) a
// record and O(log partitions) a change of the lowest need, whatever the number of partitions.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/ring.h"
#include "engine/env/tracer.h"
#include "engine/partition/ladder.h"
#include "engine/partition/need_heap.h"

namespace tidemark {

// A record that its partition still needs.
struct OutstandingRecord {
  RaftIndex raft_index;
  uint32_t payload_bytes = 0;
  uint32_t payload_crc = 0;  // 0 where nobody looks at it
};

// Consecutive records of one partition; `first` is the partition index of the front.
struct OutstandingRecords {
  PartitionIndex first{1};
  Ring<OutstandingRecord> records;

  PartitionIndex next() const { return first.Plus(records.size()); }
  bool Holds(PartitionIndex index) const { return index >= first && index < next(); }
  const OutstandingRecord& At(PartitionIndex index) const { return records[index.value() - first.value()]; }
};

// Where recovery found a partition.
struct RecoveredPartition {
  PartitionId partition;
  PartitionIndex durable_index;  // the end of its file
  RaftIndex durable;
  PartitionIndex applied_index;  // what the state machine has
  RaftIndex applied;
  PartitionIndex truncated_index;  // the file begins after it
  // Its records up to here that the file lacks are in the spill; 0: none.
  PartitionIndex spilled_index;
  // Its records in the log above `truncated`, and before them those in the spill.
  OutstandingRecords in_log;
};

class Watermarks {
 public:
  explicit Watermarks(Tracer& tracer) : tracer_(tracer) {}

  // --- recovery: once, before anything else ---
  void Recover(RaftIndex last, RaftIndex truncated);
  // Returns the partition's slot: 0, 1, 2... in the order of the calls.
  size_t RecoverPartition(RecoveredPartition recovered);

  // --- partitions ---
  // A partition whose creation is the log record `created_at`: that record is needed until FinishCreation.
  size_t AddPartition(PartitionId partition, RaftIndex created_at);
  // The creation is so far behind that it shall hold the log no longer: the heads of the log's files tell of it too.
  void ReleaseCreation(size_t slot);
  void FinishCreation(size_t slot);
  // The partition's end was accepted as the log record `drop_at`: that record is needed until Drop. No more records.
  void PlanDrop(size_t slot, RaftIndex drop_at);
  // The partition's end, the log record `dropped_at`, is durable: its records are nobody's any more, that record is
  // needed until Retire.
  void Drop(size_t slot, RaftIndex dropped_at);
  // Nothing of it is left; AddPartition may use the slot again.
  void Retire(size_t slot);
  // The partition's applies are so far behind that they shall hold the log no longer, until they have caught up.
  void Release(size_t slot);
  // The partition's records up to `through` (>= the last one that was spilled) are durable in the spill or in its file:
  // the log need not keep them.
  void SetSpilled(size_t slot, PartitionIndex through);
  // The partition's file failed: what it needs stays needed.
  void Stop(size_t slot, ErrorKind why);

  // --- the rungs ---
  // A control record was accepted; it concerns no partition.
  void SetAppended(RaftIndex index);
  // Records of the partition were accepted: its next ones, so many from `first` on, at least one; `record_at(0)` is the
  // first of them. Their raft indices follow each other. The trace events are the caller's.
  template <typename RecordAt>
  void SetAppended(size_t slot, PartitionIndex first, uint64_t count, RecordAt record_at) {
    slots_[slot].outstanding.records.PushBackAll(count, record_at);
    FinishAppended(slot, first, count);
  }
  void SetDurable(RaftIndex through);
  void SetCommitted(RaftIndex through);
  // The partition's next record was handed to its file.
  void SetForwarded(size_t slot, PartitionIndex index);
  // All of the partition's records up to `through` are durable in its file.
  void SetPartitionDurable(size_t slot, PartitionIndex through);
  // The partition's next record was applied. `raft_index` also where the log no longer has the record.
  void SetApplied(size_t slot, PartitionIndex index, RaftIndex raft_index, uint32_t payload_crc);
  void SetTruncated(RaftIndex through);
  // The partition's file has dropped its records up to `through`, which are durable and applied.
  void SetPartitionTruncated(size_t slot, PartitionIndex through);
  // The suffix above `new_end` (>= committed, so nothing above was forwarded) is void.
  void Rollback(RaftIndex new_end);
  // Moves min_required to what the rungs say now. Returns whether it moved.
  bool UpdateMinRequired();

  // A record of the slot's is about to come: asks for the memory that it takes (engine/base/prefetch.h).
  // Its outstanding records can be asked for once the rest has come.
  void Prefetch(size_t slot) const;
  void PrefetchEnds(size_t slot) const {
    slots_[slot].outstanding.records.PrefetchFront();
    slots_[slot].outstanding.records.PrefetchBack();
  }

  // --- questions ---
  const Ladder& ladder() const { return ladder_; }
  const PartitionLadder& partition(size_t slot) const { return ladder_.partitions[slot]; }
  size_t partition_count() const { return slots_.size(); }
  // The records that some rung still waits for.
  const OutstandingRecords& outstanding(size_t slot) const { return slots_[slot].outstanding; }
  // The partition's first record that the log must keep for it, or will have to keep.
  PartitionIndex FirstNeeded(size_t slot) const {
    return std::max(slots_[slot].outstanding.first, ladder_.partitions[slot].spilled_index.Next());
  }
  // The partition index that the first record at or after `base` had or will have. `base` is above `durable`, or the
  // slot's records from `base` on are outstanding.
  PartitionIndex NextIndexAt(size_t slot, RaftIndex base) const;

 private:
  struct alignas(64) Slot {
    OutstandingRecords outstanding;
    RaftIndex created_at;  // not zero: the creation is not finished
    bool creation_released = false;
    RaftIndex drop_at;     // not zero: the drop was accepted
    RaftIndex dropped_at;  // not zero: the drop is not finished
    bool released = false;
  };

  // The slot's last `count` outstanding records are those from `first` on, and new.
  void FinishAppended(size_t slot, PartitionIndex first, uint64_t count);
  RaftIndex RaftIndexOf(size_t slot, PartitionIndex index) const;
  void DropSatisfied(size_t slot);
  void UpdateNeed(size_t slot);
  // The lowest record of the slot that is not durable in its file may be another one.
  void UpdateUnsynced(size_t slot);
  void UpdateSafe();
  void CheckLog() const;
  void CheckPartition(size_t slot) const;
  void Emit(TraceKind kind, PartitionId partition, uint64_t a, uint64_t b = 0, uint64_t c = 0);

  Tracer& tracer_;
  Ladder ladder_;
  std::vector<Slot> slots_;         // Invariant: slots_.size() == ladder_.partitions.size().
  std::vector<size_t> free_slots_;  // of retired partitions
  NeedHeap needs_;
  NeedHeap unsynced_;  // by slot, its lowest record that is not durable in its file
};

}  // namespace tidemark
