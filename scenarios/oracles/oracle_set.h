#pragma once

// All oracles of one run, told of everything once: it keeps the rungs and the model's side of the store's
// events, then hands each event to those oracles that asked for its kind.

#include <array>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "scenarios/contract.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/durable_shadow.h"
#include "scenarios/oracles/file_bounds.h"
#include "scenarios/oracles/file_marks.h"
#include "scenarios/oracles/oracle.h"
#include "scenarios/oracles/per_node.h"

namespace tidemark::scenarios {

class OracleSet {
 public:
  // The model is the clients' too; all three outlive this.
  OracleSet(RecordModel& model, const Contract& contract, const PayloadSource& payloads);
  OracleSet(const OracleSet&) = delete;
  OracleSet& operator=(const OracleSet&) = delete;

  void OnEvent(Instant at, NodeId node, const TraceEvent& event);
  // At the end of an instant, and only where ladder_is_due: some rung has moved since it was last shown.
  bool ladder_is_due(NodeId node) { return ladder_due_[node] != 0; }
  void OnLadder(Instant at, NodeId node, const Ladder& ladder);
  // A disk_issued or disk_completed event of the simulator.
  void OnDisk(NodeId node, const TraceEvent& event);
  // A fault_hit event of the simulator.
  void OnFaultHit(NodeId node, const TraceEvent& event);
  // All is done: what the files take is what it will be.
  void OnDiskUse(Instant at, NodeId node, const DiskUse& use);
  bool UsesTooMuch(NodeId node, const DiskUse& use);
  void OnDown(Instant at, NodeId node, DownReason reason);
  void OnRecovered(Instant at, NodeId node, const Ladder& ladder, const RecoveryReport& report);
  void OnLifeLimits(NodeId node, const LifeLimits& limits);
  void OnRecoveryRefused(Instant at, NodeId node, const absl::Status& status);
  void OnApplyPosition(NodeId node, PartitionId partition, PartitionIndex index);
  void OnSnapshot(NodeId node, PartitionId partition, PartitionIndex through);
  void OnMachineDrop(Instant at, NodeId node, PartitionId partition);
  // `step.content`, `read.content` and `read.may_be_damaged` are found out here.
  void OnApply(ApplyStep step);
  void OnApplyDone(const ApplyStep& step);
  void OnReadBack(ReadBack read);
  void OnDropDone(Instant at, NodeId node, PartitionId partition, uint64_t incarnation);
  void OnBarrier(Instant at, NodeId node, absl::Span<const AskedPartition> partitions, RaftIndex through);
  void OnFollowed(Instant at, NodeId node, PartitionId partition, PartitionIndex from, uint64_t max_records,
                  uint64_t max_bytes, absl::Span<const Entry> entries);
  void OnFlushed(Instant at, NodeId node, RaftIndex appended,
                 absl::Span<const std::pair<PartitionId, PartitionIndex>> forwarded);
  void OnTruncated(Instant at, NodeId node, RaftIndex min_required, RaftIndex answer);
  // `asked`: when, and how far the partition had applied and its file was durable then.
  void OnSnapshotDue(Instant at, NodeId node, PartitionId partition, Instant asked, PartitionIndex applied,
                     PartitionIndex durable);
  void OnMachineSnapshot(const MachineSnapshot& snapshot);
  void OnCallFailed(const CallFailed& failed);
  void OnTaken(const Taken& taken);
  // To be asked before the call.
  Standing StandingOf(NodeId node, PartitionId partition);

  // Whether a store that keeps its limits refuses one more partition now.
  bool IsFullOfPartitions(NodeId node) { return rungs_[node].present() >= life_limits_[node].partitions; }

  // A record will soon be sent to the partition: as of RecordModel, of which it asks too.
  void Prefetch(NodeId node, PartitionId partition) {
    model_.Prefetch(partition);
    rungs_[node].Prefetch(partition);
  }
  void PrefetchEnds(NodeId node, PartitionId partition) {
    model_.PrefetchEnd(partition);
    rungs_[node].PrefetchEnds(partition);
  }

  const Rungs& rungs(NodeId node) { return rungs_[node]; }
  const ViolationSink& violations() const { return sink_; }
  // For what is judged outside: V1, client promises.
  void Report(Violation violation) { sink_.Report(std::move(violation)); }

  const Contract& contract() const { return contract_; }

 private:
  RaftIndex FirstUnapplied(const Rungs& rungs, PartitionId partition) const;
  static constexpr size_t kKinds = 64;

  RecordModel& model_;
  const Contract& contract_;
  const PayloadSource& payloads_;
  ViolationSink sink_;
  std::vector<std::unique_ptr<Oracle>> oracles_;
  std::array<std::vector<Oracle*>, kKinds> by_kind_;
  PerNode<Rungs> rungs_;
  PerNode<uint8_t> ladder_due_;
  PerNode<LifeLimits> life_limits_;
  PerNode<DurableShadow> shadows_;
  PerNode<FileMarks> marks_;
  PerNode<FileBounds> file_bounds_;
};

}  // namespace tidemark::scenarios
