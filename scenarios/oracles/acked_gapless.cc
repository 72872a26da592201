// L6: acknowledgements of a partition come once each, in order, without a gap, and only for records that are committed
// and that its voters hold durably. The sole voter's disk is watched for that: what was not written and synced there
// since the record was taken is not durable, whatever the rungs say.

#include "absl/strings/str_cat.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"
#include "scenarios/oracles/per_node.h"

namespace tidemark::scenarios {
namespace {

class AckedGapless : public Oracle {
 public:
  explicit AckedGapless(const OracleContext& context)
      : Oracle(kAckedGapless, Bits(TraceKind::kAcknowledged, TraceKind::kPartitionDropped), context) {}

  // What a recovery serves was acknowledged before, or counts as such now.
  void OnRecovered(const RecoveredNode& r) override {
    PerPartition<PartitionIndex>& acked = nodes_[r.node];
    acked.clear();
    for (const PartitionLadder& p : r.ladder.partitions) acked[p.partition] = p.appended_index;
  }
  void OnEvent(const Observation& o) override {
    if (!o.rungs.live()) return;
    PartitionIndex& acked = nodes_[o.node][o.event.partition];
    if (o.event.kind == TraceKind::kPartitionDropped) {
      acked = PartitionIndex(0);
      return;
    }
    const RaftIndex raft_index(o.event.args[0]);
    const PartitionIndex index(o.event.args[1]);
    if (index != acked.Next()) Complain(o, absl::StrCat("after ", acked.ToString()));
    if (raft_index > o.rungs.committed()) {
      Complain(o, absl::StrCat("while committed is ", o.rungs.committed().ToString()));
    } else if (raft_index > o.durable_shadow) {
      Complain(o, absl::StrCat("while what was written and synced reaches ", o.durable_shadow.ToString()));
    }
    acked = index;
  }

 private:
  void Complain(const Observation& o, const std::string& what) {
    Report({.at = o.at,
            .node = o.node,
            .partition = o.event.partition,
            .raft_index = RaftIndex(o.event.args[0]),
            .partition_index = PartitionIndex(o.event.args[1]),
            .message = absl::StrCat(o.event.partition.ToString(), "/", PartitionIndex(o.event.args[1]).ToString(), " (",
                                    RaftIndex(o.event.args[0]).ToString(), ") was acknowledged ", what)});
  }

  PerNode<PerPartition<PartitionIndex>> nodes_;
};

}  // namespace

std::unique_ptr<Oracle> MakeAckedGapless(const OracleContext& context) {
  return std::make_unique<AckedGapless>(context);
}

}  // namespace tidemark::scenarios
