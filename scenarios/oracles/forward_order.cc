// L3: a partition's file never holds what the log has not made durable, and is never durable beyond what it
// was given. A record is acknowledged only at `durable`.

#include "absl/strings/str_cat.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"

namespace tidemark::scenarios {
namespace {

class ForwardOrder : public Oracle {
 public:
  explicit ForwardOrder(const OracleContext& context)
      : Oracle(kForwardOrder, Bits(TraceKind::kForwarded, TraceKind::kPartitionDurable, TraceKind::kAcknowledged),
               context) {}

  void OnEvent(const Observation& o) override {
    if (!o.rungs.live()) return;
    if (o.event.kind == TraceKind::kAcknowledged) return CheckAcknowledged(o);
    const PartitionRungs& p = o.rungs.partition(o.event.partition);
    if (p.durable.raft_index <= p.forwarded.raft_index && p.durable.index <= p.forwarded.index &&
        p.forwarded.raft_index <= o.rungs.durable()) {
      return;
    }
    Report({.at = o.at,
            .node = o.node,
            .partition = o.event.partition,
            .raft_index = p.forwarded.raft_index,
            .partition_index = p.forwarded.index,
            .message = absl::StrCat(o.event.partition.ToString(), " is durable to ", p.durable.raft_index.ToString(),
                                    "/", p.durable.index.ToString(), " and forwarded to ",
                                    p.forwarded.raft_index.ToString(), "/", p.forwarded.index.ToString(),
                                    " while the log is durable to ", o.rungs.durable().ToString())});
  }

 private:
  void CheckAcknowledged(const Observation& o) {
    const RaftIndex acknowledged(o.event.args[0]);
    if (acknowledged <= o.rungs.durable()) return;
    Report({.at = o.at,
            .node = o.node,
            .partition = o.event.partition,
            .raft_index = acknowledged,
            .partition_index = PartitionIndex(o.event.args[1]),
            .message = absl::StrCat(acknowledged.ToString(), " was acknowledged while the log is durable only to ",
                                    o.rungs.durable().ToString())});
  }
};

}  // namespace

std::unique_ptr<Oracle> MakeForwardOrder(const OracleContext& context) {
  return std::make_unique<ForwardOrder>(context);
}

}  // namespace tidemark::scenarios
