#pragma once

// What a partition's records are for: the program's own state. The engine hands every record over once it is
// committed and in its partition's file; what the state machine makes of it is its own affair.

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"

namespace tidemark {

struct AppliedRecord {
  PartitionId partition;
  PartitionIndex partition_index;
  RaftIndex raft_index;
  ByteSpan payload;  // valid during the Apply call only; copy what is needed later
};

using ApplyDone = absl::AnyInvocable<void(absl::Status)>;
// Every record up to this one is in a snapshot that survives power loss.
using SnapshotDone = absl::AnyInvocable<void(absl::StatusOr<PartitionIndex>)>;

// Implemented by the program that embeds the engine, and outlives the engine.
class StateMachine {
 public:
  virtual ~StateMachine() = default;

  // Takes one record. At most one is under way per partition, in partition-index order, without a gap.
  // `done` is called once, inside this call or in a later task of the node's executor. OK: the next one may
  // come. An error: this same record comes again after a pause, which grows up to EngineOptions::apply_retry_max.
  // After a crash records come again from LastApplied + 1 on: an index that was applied before must change nothing.
  virtual void Apply(const AppliedRecord& record, ApplyDone done) = 0;

  // What the state machine already has of this partition, durably: 0 for nothing. Asked once per
  // partition, by recovery. A position past the end of the recovered log is evidence of lost records.
  virtual PartitionIndex LastApplied(PartitionId partition) = 0;

  // --- optional: what a machine does not override does nothing ------------------------------------------

  // The record is durable in the log and in its turn, and may still be rolled back. At most once per life and record,
  // before its Apply; records that were handed to the partition's file by an earlier life are applied without it.
  virtual void Precommit(const AppliedRecord& record) { static_cast<void>(record); }
  // Records above `new_end` that were precommitted, in this life or before, are void; they were never applied.
  virtual void Rollback(PartitionId partition, PartitionIndex new_end) {
    static_cast<void>(partition);
    static_cast<void>(new_end);
  }
  // The partition's file has grown: make durable, at the machine's leisure, what it has applied, and say how far that
  // goes (at most what was applied). The file's records below that one are then dropped, whole segment files at a time:
  // the machine is their only home, and LastApplied never falls below. An error: the file keeps them, and the machine
  // is asked again after a while; kUnimplemented: when the file has grown again.
  virtual void TakeSnapshot(PartitionId partition, SnapshotDone done) {
    static_cast<void>(partition);
    done(absl::UnimplementedError("this state machine takes no snapshots"));
  }
  // The partition is dropped: its state is nobody's any more. When this returns it is gone for good: LastApplied is 0,
  // also after a crash. May come again after a crash. What is in flight may still complete, and is not heard.
  virtual void Drop(PartitionId partition) { static_cast<void>(partition); }
};

}  // namespace tidemark
