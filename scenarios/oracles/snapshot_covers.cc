// T3: a partition's file drops only records that a durable snapshot of its state machine has, and no recovery starts
// from a file that begins above what the machine has.

#include "absl/strings/str_cat.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"
#include "scenarios/oracles/per_node.h"

namespace tidemark::scenarios {
namespace {

class SnapshotCovers : public Oracle {
 public:
  explicit SnapshotCovers(const OracleContext& context)
      : Oracle(kSnapshotCovers, Bits(TraceKind::kPartitionTruncated, TraceKind::kPartitionDropped), context) {}

  void OnSnapshot(NodeId node, PartitionId partition, PartitionIndex through) override {
    snapshots_[node][partition] = through;
  }
  void OnDown(Instant, NodeId node, DownReason reason) override {
    if (reason == DownReason::kDiskLost) snapshots_[node].clear();
  }
  void OnEvent(const Observation& o) override {
    if (o.event.kind == TraceKind::kPartitionDropped) {
      snapshots_[o.node][o.event.partition] = PartitionIndex(0);
    } else {
      Check(o.at, o.node, o.event.partition, PartitionIndex(o.event.args[1]), "was cut");
    }
  }
  void OnRecovered(const RecoveredNode& r) override {
    if (contract().of(r.node).may_be_gone) return;  // another disk's machine is not this one
    for (const PartitionLadder& p : r.ladder.partitions) Check(r.at, r.node, p.partition, p.truncated_index, "begins");
  }

 private:
  void Check(Instant at, NodeId node, PartitionId partition, PartitionIndex truncated, absl::string_view verb) {
    const PartitionIndex has = snapshots_[node][partition];
    if (truncated <= has) return;
    Report({.at = at,
            .node = node,
            .partition = partition,
            .partition_index = truncated,
            .message = absl::StrCat("the file of ", partition.ToString(), " ", verb, " above ", truncated.ToString(),
                                    ", and the newest durable snapshot of its machine has ", has.ToString())});
  }

  PerNode<PerPartition<PartitionIndex>> snapshots_;
};

}  // namespace

std::unique_ptr<Oracle> MakeSnapshotCovers(const OracleContext& context) {
  return std::make_unique<SnapshotCovers>(context);
}

}  // namespace tidemark::scenarios
