#pragma once

// The running engine: every step that a record takes, from the client's call to the freed prefix. The functions of
// coordinator.cc stand in the order of that journey:
//
//   Append -> OnLogDurable -> (acknowledge) -> PumpForward -> OnPartitionDurable
//                                                        \-> ApplyPipeline -> OnApplied -> Progress -> truncation
//
// Where recovery rolls back (EngineOptions::Recovery::kRollback) it acknowledges, applies, creates and drops only what
// is `safe`: between PumpForward and the rest stands OnPartitionDurable of every partition.
//
// coordinator_fetch.cc reads back what has left the memory since; coordinator_create.cc makes and drops partitions;
// coordinator_read.cc serves readers, flush and truncation; coordinator_wait.cc those who wait for applies;
// coordinator_snapshot.cc cuts partition files below snapshots; coordinator_spill.cc copies what would hold the log;
// coordinator_files.cc hears what else the files tell; coordinator_prefetch.cc asks for memory before it is needed. A
// failed log stops everything; a failed partition file stops that partition's forwarding only, and everything under
// kRollback.

#include <memory>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "engine/apply/apply_pipeline.h"
#include "engine/base/ring.h"
#include "engine/node/control_records.h"
#include "engine/node/engine.h"
#include "engine/node/store.h"
#include "engine/partition/dispatcher.h"
#include "engine/partition/slot_map.h"

namespace tidemark {

class Coordinator : private LogListener, private PartitionLog::Listener, private ApplyPipeline::Owner {
 public:
  Coordinator(const Env& env, const EngineOptions& options, StateMachine& machine, Store store);
  ~Coordinator() override;
  // Once: forwarding and applying go on from where recovery found them, in a task.
  void Start();

  // As in Engine.
  void CreatePartition(PartitionId partition, CreateDone done);
  void DropPartition(PartitionId partition, CreateDone done);
  void Append(PartitionId partition, ByteSpan payload, AppendDone&& done);
  void AppendBatch(PartitionId partition, absl::Span<const ByteSpan> payloads, AppendBatchDone&& done);
  void Read(PartitionId partition, PartitionIndex index, EntryDone done);
  void ReadEntry(RaftIndex index, EntryDone done);
  void Follow(PartitionId partition, PartitionIndex from, uint64_t max_records, uint64_t max_bytes, EntriesDone done);
  void Barrier(const std::vector<PartitionId>& partitions, RaftIndex through, CreateDone done);
  void SnapshotNow(PartitionId partition, CreateDone done);
  void TruncateNow(TruncateDone done);
  void Flush(CreateDone done);
  void RetryNow();
  const Ladder& ladder() const { return watermarks_->ladder(); }
  bool HasPartition(PartitionId partition) const { return IsOpen(SlotOf(partition)); }
  // As in Engine.
  void Prefetch(PartitionId partition) const;
  bool poisoned() const { return !failure_.ok(); }
  bool full() const { return log_->full(); }
  Term term() const { return term_; }

 private:
  struct BarrierState {
    uint64_t waiting = 0;  // partitions that have not passed
    CreateDone done;
  };
  struct BarrierWait {
    RaftIndex through;
    std::shared_ptr<BarrierState> barrier;
  };
  struct Follower {
    PartitionIndex from;
    uint64_t max_records;
    uint64_t max_bytes;
    EntriesDone done;
  };
  struct SnapshotWaiter {
    uint64_t snapshot;  // which one it waits for: the number of it
    CreateDone done;
  };
  struct Waiters {
    std::vector<SnapshotWaiter> snapshots;
    std::vector<BarrierWait> barriers;
    std::vector<Follower> followers;  // Invariant: all wait for records above `applied`.
  };
  // What each record asks for comes first, in one cache line: thousands of partitions that take turns do not fit the
  // processor's caches.
  struct alignas(64) Partition {
    PartitionId id;
    // Null until its creation is durable and its file exists, and once it is dropped.
    std::unique_ptr<PartitionLog> log;
    PartitionIndex machine_has;
    PartitionIndex committed;   // its last record at or below `committed`
    uint64_t window_bytes = 0;  // Invariant: frames of the records that were forwarded and are not durable in the file
    uint64_t tenant = 0;        // counts the partitions that had this slot: late answers to another one are not heard
    std::unique_ptr<Waiters> waiters;  // null: nobody ever waited
    bool dropping = false;             // its drop was accepted
    bool fetching = false;             // its next record is being read back from the log
    bool forward_queued = false;       // it stands in to_forward_
    bool waiters_queued = false;       // a task will look at its barriers and followers
    bool barriers_queued = false;      // it stands in barrier_slots_

    RaftIndex created_at;
    RaftIndex dropped_at;             // where its drop stands in the log
    bool snapshotting = false;        // the state machine is taking a snapshot
    bool snapshot_failed = false;     // the last one
    bool snapshot_timer_set = false;  // a timer will try again
    // Bytes of its file when the last snapshot was asked for, and that the last answered one knew: both without what
    // was cut since.
    uint64_t snapshot_asked = 0;
    uint64_t snapshot_mark = 0;
    uint64_t snapshots = 0;     // that its machine was asked for, with the one under way
    PartitionIndex spill_next;  // records below were added to the spill in this life, not all durably
  };
  // For the records of one call: they follow each other in the log and in their partition.
  struct Waiter {
    RaftIndex last_raft_index;
    PartitionIndex last_index;
    uint64_t records;  // at least 1
    size_t slot;
    AppendDone done;  // hears of the last one

    RaftIndex first_raft_index() const { return RaftIndex(last_raft_index.value() + 1 - records); }
    // Of those of its records that are at or below `through`, the last one; `through` is at or above the first.
    PartitionIndex LastThrough(RaftIndex through) const {
      return through >= last_raft_index
                 ? last_index
                 : PartitionIndex(last_index.value() - (last_raft_index.value() - through.value()));
    }
  };
  struct Creation {
    RaftIndex raft_index;
    size_t slot;
    CreateDone done;  // null: the client has its answer

    void Answer(const absl::Status& status) {
      if (done != nullptr) std::exchange(done, nullptr)(status);
    }
  };
  struct Drop {
    RaftIndex raft_index;
    size_t slot;
    CreateDone done;
  };
  struct ParkedRead {
    RaftIndex raft_index;
    EntryDone done;
  };
  static constexpr size_t kNoSlot = SlotMap::kNone;
  // So many partitions' files are looked for at a time: what they take fits the processor's nearest cache.
  static constexpr size_t kTogether = 16;
  // One read of the log or of a partition's file on behalf of forwarding and applying.
  static constexpr uint64_t kFetchRecords = 64;
  static constexpr uint64_t kFetchBytes = 256u << 10;

  // coordinator.cc
  void AdmitRecovered(size_t slot);
  absl::Status Admit(PartitionId partition, size_t slot, const Offer& offer) const;
  template <typename Done>
  void Refuse(PartitionId partition, const Offer& offer, const absl::Status& why, Done&& done);
  void Await(size_t slot, uint64_t records, AppendDone&& done);
  absl::Status Take(size_t slot, ByteSpan payload);
  absl::Status TakeAll(size_t slot, absl::Span<const ByteSpan> payloads, const Offer& offer);
  void OnTaken(size_t slot, PartitionIndex first, uint64_t payload_bytes);
  absl::Status StartTerm();
  absl::StatusOr<RaftIndex> TakeControl(RecordKind kind, ByteSpan payload);
  void OnLogDurable(RaftIndex through) override;
  void QueueForwarding(RaftIndex through);
  void Commit();
  void Acknowledge(RaftIndex through);
  void EmitAcknowledged(const Waiter& waiter) const;
  void FlushFiles(CreateDone done);
  void ForwardDurable();
  void PumpForward(size_t slot);
  void ForwardAgain(size_t slot);
  void Precommit(size_t slot, PartitionIndex index, RaftIndex raft_index, ByteSpan payload);
  bool Forward(size_t slot, PartitionIndex index, const EntryHeader& header, ByteSpan payload);
  void MayApply(size_t slot);
  void OnPartitionDurable(size_t slot, PartitionIndex through) override;
  bool FindRecord(size_t slot, PartitionIndex index, ApplyPipeline::Record* record) override;
  void HoldRecords() override { log_->PinMemory(); }
  void LetGoOfRecords() override { log_->UnpinMemory(); }
  void OnApplied(size_t slot, PartitionIndex index, RaftIndex raft_index, uint32_t payload_bytes,
                 uint32_t payload_crc) override;
  void CompleteApply(size_t slot, PartitionIndex index, RaftIndex raft_index, uint32_t payload_bytes,
                     uint32_t payload_crc);
  void Progress();
  bool ReleaseStuck();
  void StartTruncation(RaftIndex new_first);
  void OnTruncated(RaftIndex new_first, const absl::Status& status);

  // coordinator_prefetch.cc
  void PrefetchPlaces(size_t slot) const;
  void PrefetchSlot(size_t slot) const;
  void PrefetchFiles(absl::Span<const size_t> slots) const;

  // coordinator_fetch.cc
  void FetchToForward(size_t slot, RaftIndex from);
  void OnFetchedToForward(size_t slot, PartitionIndex index, absl::StatusOr<std::vector<Entry>> entries);
  void FetchRecords(size_t slot, PartitionIndex from, ApplyPipeline::FetchDone done) override;

  // coordinator_files.cc
  void OnLogFailed(const absl::Status& why) override;
  void OnLogFull(bool full) override;
  std::vector<RosterEntry> RosterAt(RaftIndex base) override;
  void OnPartitionFailed(size_t slot, const absl::Status& why) override;
  void OnPartitionFull(size_t slot, bool full) override;
  Checkpoint CheckpointOf(size_t slot) override;

  // coordinator_create.cc
  absl::Status MayCreate(PartitionId partition) const;
  void MakeFiles();
  void OpenCreated(Creation creation);
  void OnCreated(Creation creation, absl::StatusOr<PartitionLog::Opened> opened);
  void OnNotCreated(Creation creation, const absl::Status& why);
  void CreateAgain(Creation creation);
  void StartDrop(Drop drop);
  void ExecuteDrop(Drop drop);
  void RemoveDropped(Drop drop);
  void OnDropped(Drop drop, const absl::Status& status);

  // coordinator_wait.cc
  Waiters& WaitersOf(size_t slot);
  bool HasPassed(size_t slot, RaftIndex through) const;
  bool NeverPasses(size_t slot, RaftIndex through) const;
  bool NeverApplies(size_t slot, PartitionIndex index) const;
  void ServeWaitersSoon(size_t slot);
  void QueueBarriers(size_t slot);
  void PassBarriers(size_t slot);
  void ServeFollowers(size_t slot);
  void ServeFollower(size_t slot, Follower follower);
  void ReleaseWaiters(size_t slot, const absl::Status& status);

  // coordinator_snapshot.cc
  void MaybeSnapshot(size_t slot);
  void StartSnapshot(size_t slot);
  void AnswerSnapshot(size_t slot, uint64_t snapshot, const absl::Status& status);
  void OnSnapshot(size_t slot, const absl::StatusOr<PartitionIndex>& through);
  void TrySnapshotLater(size_t slot, const absl::Status& why);

  // coordinator_spill.cc
  void MaybeSpill();
  void Hurry();
  void SpillFrom(size_t slot, uint64_t tenant, uint64_t copied);
  void CopyToSpill(size_t slot, PartitionIndex next, uint64_t copied, const std::vector<Entry>& entries);
  void SyncSpill(size_t slot, uint64_t tenant);
  void StopSpilling(const absl::Status& why);
  bool IsSpilled(size_t slot, PartitionIndex index) const;
  bool IsOnlySpilled(size_t slot, PartitionIndex index) const;
  void FetchSpilled(size_t slot, PartitionIndex index);
  void FetchSpilledToApply(size_t slot, PartitionIndex index, ApplyPipeline::FetchDone done);

  // coordinator_read.cc
  void ReadSpilled(size_t slot, PartitionIndex index, EntryDone done);
  void ReadFromFile(size_t slot, PartitionIndex index, EntryDone done);
  void ParkRead(RaftIndex index, EntryDone done);

  // Of the records that this life appends.
  Promise promise() const { return rolls_back() ? Promise::kAtSafe : Promise::kAtDurable; }
  bool rolls_back() const { return options_.recovery == EngineOptions::Recovery::kRollback; }
  bool CanForward(size_t slot) const;
  bool MakeRoom(size_t slot, uint64_t payload_bytes);
  RaftIndex OldestUnapplied(size_t slot) const;
  Instant AdmissionTime() const { return dispatcher_.needs_time() ? env_.clock.Now() : Instant(); }
  size_t SlotOf(PartitionId partition) const { return slots_.Find(partition); }
  bool IsOpen(size_t slot) const;
  const OutstandingRecords& OutstandingOf(size_t slot) const { return watermarks_->outstanding(slot); }
  void Emit(TraceKind kind, PartitionId partition, std::array<uint64_t, 4> args) const;
  absl::Status Poisoned() const;
  absl::Status FileFailed(size_t slot) const;
  // `done` with what the partition's file answers, or NOT_FOUND where the partition is dropped meanwhile.
  EntriesDone OrDropped(PartitionId partition, EntriesDone done);
  // `work`, while this lives and the slot is still this partition's.
  template <typename Work>
  auto Guard(size_t slot, Work work) {
    return [this, alive = std::weak_ptr<char>(alive_), slot, tenant = partitions_[slot].tenant,
            work = std::move(work)](auto&&... args) mutable {
      if (!alive.expired() && partitions_[slot].tenant == tenant) work(std::forward<decltype(args)>(args)...);
    };
  }
  // Runs `work` in a task of its own, unless this is gone by then.
  template <typename Work>
  void Later(Work work) {
    env_.executor.Post([alive = std::weak_ptr<char>(alive_), work = std::move(work)]() mutable {
      if (!alive.expired()) work();
    });
  }

  const Env env_;
  const EngineOptions options_;
  StateMachine& machine_;
  const std::shared_ptr<char> alive_ = std::make_shared<char>();
  std::unique_ptr<DirectoryLock> lock_;
  const SharedByPartitions shared_;
  std::unique_ptr<Watermarks> watermarks_;
  Dispatcher dispatcher_;
  std::shared_ptr<ApplyPipeline> pipeline_;
  Term term_;                  // of the records that this life appends
  bool term_started_ = false;  // its first record is in the log
  ControlRecords control_;
  absl::Status failure_;               // why nothing is taken any more
  std::vector<Partition> partitions_;  // by slot
  SlotMap slots_;
  Ring<Waiter> waiters_;               // Invariant: raft indices ascend; all last ones are above `committed`.
  size_t durable_waiters_ = 0;         // Invariant: so many of them, from the front, end at or below `durable`.
  Ring<Creation> creations_;           // likewise
  Ring<Creation> to_make_;             // durable; their files wait for their turn
  uint32_t making_ = 0;                // files; at most open_concurrency: each takes some of the process's handles
  Ring<Drop> drops_;                   // likewise
  std::vector<size_t> barrier_slots_;  // whose barriers wait for a place that is not committed yet, perhaps
  std::vector<size_t> to_forward_;
  bool forward_posted_ = false;  // ForwardDurable is
  bool truncating_ = false;
  bool truncate_again_ = false;                      // somebody asked meanwhile
  std::vector<TruncateDone> truncate_waiters_;       // of the truncation under way
  std::vector<TruncateDone> truncate_next_waiters_;  // of the one after it
  std::vector<ParkedRead> parked_reads_;             // of records that the truncation under way takes
  std::pair<RaftIndex, NeedReason> hurried_;         // the last need of the log that made a file sync at once
  bool spilling_ = false;                            // records are on their way into the spill
  absl::Status spill_failure_;                       // why nothing is spilled any more in this life
  // Last, so that they are destroyed first: nothing calls back into a half-destroyed coordinator.
  std::unique_ptr<Spill> spill_;  // null: nothing was spilled
  std::unique_ptr<SegmentedLog> log_;
};

}  // namespace tidemark
