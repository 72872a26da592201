#pragma once

// What a partition's records are for: the program's own state. The engine hands every record over once it is
// committed and in its partition's file; what the state machine makes of it is its own affair.

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
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
};

}  // namespace tidemark
