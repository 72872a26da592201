#pragma once

// The reference state machine: for each partition it remembers how far it has applied, and what it has heard of before.
// It tells the oracles what it is given and what it completes. What it hears before it judges itself (L5): of each
// record at most once in a life, in order, before its apply, and then of all that follow; and nothing is rolled back
// that was applied.
//
// Its memory is the machine's own durable state, kept by the harness across the lives of the process. A process
// crash costs it nothing; a power loss throws each partition back by a keyed number of records, as a
// store does that syncs now and then, but never below its newest snapshot.
//
// A snapshot takes its time, has what was applied when it began, fails now and then, and is durable a while before the
// engine hears of it.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "engine/apply/state_machine.h"
#include "engine/base/ids.h"
#include "engine/base/prefetch.h"
#include "engine/base/random.h"
#include "engine/base/time.h"
#include "engine/env/executor.h"
#include "fault/lag_policy.h"
#include "scenarios/oracles/oracle_set.h"
#include "scenarios/oracles/per_node.h"
#include "sim/scheduler.h"

namespace tidemark::scenarios {

class LedgerMachine final : public StateMachine {
 public:
  // `latency`: of an apply when nothing lags; zero applies inside the call.
  LedgerMachine(NodeId node, uint64_t seed, Duration latency, const sim::Scheduler& scheduler, OracleSet& oracles);

  // The process lives: slow applies end on its executor.
  void Attach(Executor& executor, fault::LagPolicy& lag);
  // It died: what was being applied never was.
  void Detach() { executor_ = nullptr; }
  // The machine lost power in this life of its process.
  void LosePower(uint64_t life);
  // Its disk is gone, or another one.
  void ForgetAll() { partitions_.clear(); }
  // The partition is gone, and nobody tells the machine.
  void Forget(PartitionId partition);

  // A record of the partition will soon be told of and applied (engine/base/prefetch.h).
  void Prefetch(PartitionId partition) {
    if (partition.value() < partitions_.size()) tidemark::Prefetch(&partitions_[partition]);
  }
  void Apply(const AppliedRecord& record, ApplyDone done) override;
  PartitionIndex LastApplied(PartitionId partition) override;
  void Precommit(const AppliedRecord& record) override;
  void Rollback(PartitionId partition, PartitionIndex new_end) override;
  void TakeSnapshot(PartitionId partition, SnapshotDone done) override;
  void Drop(PartitionId partition) override;

  // Completed applies over all lives.
  uint64_t completed() const { return completed_; }
  // Snapshots that became durable, and that failed, over all lives.
  uint64_t snapshots() const { return snapshots_; }
  uint64_t snapshots_failed() const { return snapshots_failed_; }

 private:
  struct Told {
    RaftIndex raft_index;
    uint32_t payload_crc = 0;
    friend bool operator==(const Told&, const Told&) = default;
  };
  // What each record asks for comes first, in one cache line.
  struct alignas(64) Partition {
    PartitionIndex applied;
    uint64_t incarnation = 0;  // counts its drops: what was in flight for an earlier one completes for nobody
    uint64_t heard_in = 0;     // the life in which `heard` was
    PartitionIndex heard;      // the last one of which it heard before its apply
    // Of which it heard in any life. Invariant: all are above `applied`, as far as that has come.
    absl::btree_map<PartitionIndex, Told> told;
    PartitionIndex kept;     // Invariant: kept <= applied. In a durable snapshot.
    uint64_t snapshots = 0;  // that were asked for
  };
  void Complain(const AppliedRecord& record, std::string what);
  void Finish(const AppliedRecord& record, uint64_t incarnation, bool ok, ApplyDone& done);
  void FinishSnapshot(PartitionId partition, PartitionIndex through, uint64_t incarnation, SnapshotDone done);

  const NodeId node_;
  const RandomKey key_;
  const Duration latency_;
  const sim::Scheduler& scheduler_;
  OracleSet& oracles_;
  Executor* executor_ = nullptr;  // null while the process is down
  fault::LagPolicy* lag_ = nullptr;
  PerPartition<Partition> partitions_;
  uint64_t lives_ = 0;
  uint64_t completed_ = 0;
  uint64_t snapshots_ = 0;
  uint64_t snapshots_failed_ = 0;
};

}  // namespace tidemark::scenarios
