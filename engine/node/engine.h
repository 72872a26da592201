#pragma once

// The engine: one node of a partitioned log. Every record gets its place in one total order (the segmented
// log), is acknowledged once it is durable there, and is then forwarded to its partition's own file and
// applied to its partition's state machine, each at its own pace.
//
//   Engine::Recover(env, options, machine, [&](Engine::RecoverOutcome outcome) {
//     engine = *std::move(outcome.engine);
//     engine->CreatePartition(PartitionId(1), ...);
//     engine->Append(PartitionId(1), AsBytes("hello"), [](absl::StatusOr<AppendResult> result) { ... });
//   });
//
// Single-threaded: every call is made from a task of env.executor, and every callback is one, never run inside
// the call it belongs to. Destroying the engine is what a crash of the process is: callbacks
// that have not run are destroyed unrun, and the next Recover finds everything that was acknowledged. Do not
// destroy it inside one of its own callbacks, nor in a call of the state machine.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/apply/state_machine.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/env/env.h"
#include "engine/node/options.h"
#include "engine/node/recovery_report.h"
#include "engine/partition/ladder.h"
#include "engine/segmented_log/entry.h"

namespace tidemark {

struct AppendResult {
  RaftIndex raft_index;
  PartitionIndex partition_index;
};
// OK: the record survives power loss, and will be applied. kRefused, kDiskFull: it was not taken and never
// will be. kPoisoned: unknown; after a restart it is there or it is not.
using AppendDone = absl::AnyInvocable<void(absl::StatusOr<AppendResult>)>;
struct AppendBatchResult {
  // Of the first record. Each of the others has the next index after the one before it, in the log and in the
  // partition.
  RaftIndex first_raft_index;
  PartitionIndex first_partition_index;
  uint64_t records = 0;
};
// As AppendDone, of all the records: OK once the last one survives power loss, kRefused and kDiskFull for all of them.
// kPoisoned: after a restart a prefix of them is there, perhaps none, perhaps all.
using AppendBatchDone = absl::AnyInvocable<void(absl::StatusOr<AppendBatchResult>)>;
using EntryDone = absl::AnyInvocable<void(absl::StatusOr<Entry>)>;
using EntriesDone = absl::AnyInvocable<void(absl::StatusOr<std::vector<Entry>>)>;
using CreateDone = absl::AnyInvocable<void(absl::Status)>;
// The `truncated` rung after it.
using TruncateDone = absl::AnyInvocable<void(absl::StatusOr<RaftIndex>)>;

class Coordinator;

class Engine {
 public:
  struct RecoverOutcome {
    absl::StatusOr<std::unique_ptr<Engine>> engine;
    RecoveryReport report;  // also when it failed: how far it came
  };
  // Opens (or, with Mode::kCreate, creates) the store at the root of env.disk: whatever was acknowledged before is
  // there again. Nothing is acknowledged or served before `done`. A recovery that a crash interrupts is simply
  // run again. The doors of `env` and `machine` outlive the engine. Destroying the executor's and the disk's
  // pending tasks abandons a recovery under way.
  // Errors: kNoStore, kStoreExists, kWrongStore, kLocked, kCorruption, kLostRecords, kNotSupported, kDiskFull,
  // kIoError, kRefused (options), kPoisoned (a write or sync of recovery's own failed). After an error all that was
  // promised is still there, but for what accept_lost_tail gives up; recovery may have got part of the way, and trying
  // again is always allowed.
  static void Recover(const Env& env, const EngineOptions& options, StateMachine& machine,
                      absl::AnyInvocable<void(RecoverOutcome)> done);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // `done` with OK: the partition's creation is durable, its file exists, it takes appends.
  // `partition` is chosen by the caller, from 1 to 2^64 - 2. ALREADY_EXISTS, also until its drop has completed;
  // kRefused for another number, and beyond max_partitions; kDiskFull; kPoisoned. While space or file handles are short
  // or the device fails, `done` waits. What does not pass by itself, such as files of another store in its directory,
  // is told to `done`: the partition takes appends (HasPartition) once that is out of the way.
  void CreatePartition(PartitionId partition, CreateDone done);
  // Ends a partition: it takes no more records at once. `done` with OK: its records, its file and its state are gone
  // for good, and the id may be created again. Records that were acknowledged before may or may not still be applied.
  // The drop itself survives a crash once it is durable in the log, and is then finished by recovery. NOT_FOUND;
  // kPoisoned; kDiskFull.
  void DropPartition(PartitionId partition, CreateDone done);
  // An append to the partition will come soon: asks for the memory that it takes, so that it need not wait for that
  // then. A hint, for those who know a record ahead where thousands of partitions take turns.
  void Prefetch(PartitionId partition) const;
  // Takes one record for the partition; the payload is copied. NOT_FOUND for an unknown partition; other
  // refusals see AppendDone. Records of one partition get consecutive partition indices in call order.
  void Append(PartitionId partition, ByteSpan payload, AppendDone done);
  // Takes several records for the partition, in order, for less than as many calls of Append; between calls of the two
  // the order is that of the calls. All are taken or none is: limits are asked for their sum, and a batch larger than a
  // limit ever allows (max_unapplied_records and _bytes, max_total_unapplied_bytes, max_lag_records,
  // max_retained_records) is refused with INVALID_ARGUMENT, as one that is empty or holds a payload too large. But they
  // are no transaction: readers, followers and the state machine meet each record by itself, and a crash before `done`
  // may leave the first ones without the others.
  void AppendBatch(PartitionId partition, absl::Span<const ByteSpan> payloads, AppendBatchDone done);

  // One record of a partition (kind kData): from the segmented log while it is there, else from the partition's file or
  // the spill. Only what is committed is served. kTruncated: not there yet, or cut away below a snapshot. kCorruption:
  // its bytes are damaged. NOT_FOUND: no such partition. kIoError, kPoisoned.
  void Read(PartitionId partition, PartitionIndex index, EntryDone done);
  // One record of the segmented log. kTruncated: at or below the `truncated` rung, or above `committed`.
  void ReadEntry(RaftIndex index, EntryDone done);

  // Follows a partition's tail: completes once at least one record from `from` on is applied, with as many as are, at
  // most `max_records` (at least 1), payload not above `max_bytes` but for the first. Ask again from the last one's
  // next. kTruncated: below the partition's first record. NOT_FOUND: no such partition, or it was dropped meanwhile.
  // kRefused: from 0, or no records. kCorruption, kIoError: of the first record. kPoisoned: the log, or the partition's
  // file, so that it does not come in this life.
  void Follow(PartitionId partition, PartitionIndex from, uint64_t max_records, uint64_t max_bytes, EntriesDone done);
  // `done` with OK: each of the partitions has applied all its records up to `through`, a place of the log that may lie
  // ahead. NOT_FOUND: a partition that does not exist, or was dropped before it had. kPoisoned:
  // the log, or a file without which a partition does not apply them in this life.
  void Barrier(const std::vector<PartitionId>& partitions, RaftIndex through, CreateDone done);

  // Asks the partition's state machine for a snapshot now, however small its file, and removes the segment files of
  // which the snapshot has all. `done` with OK: so it is, and durably. Whatever the machine answers is the answer; one
  // that is taking a snapshot already is not asked again. NOT_FOUND: no such partition, or it was dropped meanwhile.
  // kPoisoned: the log, or the partition's file.
  void SnapshotNow(PartitionId partition, CreateDone done);
  // Removes from the segmented log all that nobody needs: up to min_required - 1. Needs no free space on the disk.
  void TruncateNow(TruncateDone done);
  // `done` with OK: everything accepted before is durable in the log, and what had been handed to a partition's file
  // (`forwarded`) is durable there, unless that file has failed. Records that its file has no room for, or that must be
  // read back from the log first, are not waited for. Waits while the disk is full. kPoisoned: the engine failed
  // meanwhile.
  void Flush(CreateDone done);
  // Tries again now what a full disk stopped (space was freed).
  void RetryNow();

  // The watermarks now; the reference stays valid and current while the engine lives.
  const Ladder& ladder() const;
  // Whether the partition exists and takes appends.
  bool HasPartition(PartitionId partition) const;
  // The log failed, or, where recovery rolls back, a partition's file: nothing is taken or acknowledged any more;
  // destroy the engine and recover.
  bool poisoned() const;
  // The log's disk is full: appends are refused until there is space.
  bool full() const;
  Term term() const;

 private:
  friend class Recovery;
  explicit Engine(std::unique_ptr<Coordinator> coordinator);
  std::unique_ptr<Coordinator> coordinator_;
};

}  // namespace tidemark
