// L3: a partition's file never holds what the log has not made durable, and is never durable beyond what it
// was given. A record is acknowledged only at `durable`; where recovery rolls back, acknowledged and committed only at
// `safe`.

#include "absl/strings/str_cat.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"
#include "scenarios/oracles/per_node.h"

namespace tidemark::scenarios {
namespace {

class ForwardOrder : public Oracle {
 public:
  explicit ForwardOrder(const OracleContext& context)
      : Oracle(
            kForwardOrder,
            Bits(TraceKind::kForwarded, TraceKind::kPartitionDurable, TraceKind::kAcknowledged, TraceKind::kCommitted),
            context) {}

  void OnEvent(const Observation& o) override {
    if (!o.rungs.live()) return;
    if (o.event.kind == TraceKind::kCommitted) return CheckPromised(o, RaftIndex(o.event.args[1]), "committed");
    if (o.event.kind == TraceKind::kAcknowledged) return CheckPromised(o, RaftIndex(o.event.args[0]), "acknowledged");
    const PartitionRungs& p = o.rungs.partition(o.event.partition);
    if (p.durable.raft_index <= p.forwarded.raft_index && p.durable.index <= p.forwarded.index &&
        p.forwarded.raft_index <= o.rungs.durable()) {
      return;
    }
    Report({.what = "file ahead of log",
            .at = o.at,
            .node = o.node,
            .partition = o.event.partition,
            .raft_index = p.forwarded.raft_index,
            .partition_index = p.forwarded.index,
            .message = absl::StrCat(o.event.partition.ToString(), " is durable to ", p.durable.raft_index.ToString(),
                                    "/", p.durable.index.ToString(), " and forwarded to ",
                                    p.forwarded.raft_index.ToString(), "/", p.forwarded.index.ToString(),
                                    " while the log is durable to ", o.rungs.durable().ToString())});
  }

  void OnRecovered(const RecoveredNode& r) override { nodes_[r.node] = {r.ladder.safe, r.ladder.appended}; }

 private:
  struct Node {
    RaftIndex safe;       // all up to here is durable in both places
    RaftIndex recovered;  // what recovery served is promised by that
  };

  void CheckPromised(const Observation& o, RaftIndex promised, absl::string_view how) {
    if (promised > o.rungs.durable()) return Complain(o, promised, how, "the log is durable", o.rungs.durable());
    if (!contract().of(o.node).waits_for_safe || promised <= nodes_[o.node].recovered) return;
    const RaftIndex safe = Safe(o);
    if (promised > safe) Complain(o, promised, how, "all is durable in the partitions' files", safe);
  }
  // A record at a time: the rungs only rise.
  RaftIndex Safe(const Observation& o) {
    RaftIndex& safe = nodes_[o.node].safe;
    for (; safe < o.rungs.durable(); safe = safe.Next()) {
      const RecordModel::LogPlace* place = model().AtLog(safe.Next());
      if (place == nullptr) break;
      if (place->partition == kSystemPartition) continue;
      const ModelRecord* record = model().At(place->partition, place->index);
      const bool there = record != nullptr && record->raft_index == safe.Next();  // else its partition was dropped
      if (there && o.rungs.partition(place->partition).durable.index < place->index) break;
    }
    return safe;
  }
  void Complain(const Observation& o, RaftIndex promised, absl::string_view how, absl::string_view rung, RaftIndex to) {
    Report({.what = "promised too early",
            .at = o.at,
            .node = o.node,
            .partition = o.event.partition,
            .raft_index = promised,
            .partition_index = o.event.kind == TraceKind::kAcknowledged ? PartitionIndex(o.event.args[1])
                                                                        : PartitionIndex(0),
            .message = absl::StrCat(promised.ToString(), " was ", how, " while ", rung, " only to ", to.ToString())});
  }

  PerNode<Node> nodes_;
};

}  // namespace

std::unique_ptr<Oracle> MakeForwardOrder(const OracleContext& context) {
  return std::make_unique<ForwardOrder>(context);
}

}  // namespace tidemark::scenarios
