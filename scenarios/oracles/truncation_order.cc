// L1: what is gone lies below what is needed, and what is needed below what is durable. Checked after every
// event that moves one of the three, and on the ladder of every recovery.

#include "absl/strings/str_cat.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"

namespace tidemark::scenarios {
namespace {

class TruncationOrder : public Oracle {
 public:
  explicit TruncationOrder(const OracleContext& context)
      : Oracle(kTruncationOrder, Bits(TraceKind::kDurable, TraceKind::kMinRequired, TraceKind::kTruncatedPrefix),
               context) {}

  void OnEvent(const Observation& o) override {
    if (!o.rungs.live()) return;
    Check(o.at, o.node, o.rungs.truncated(), o.rungs.min_required(), o.rungs.durable());
  }
  void OnRecovered(const RecoveredNode& r) override {
    Check(r.at, r.node, r.ladder.truncated, r.ladder.min_required, r.ladder.durable);
  }

 private:
  void Check(Instant at, NodeId node, RaftIndex truncated, RaftIndex min_required, RaftIndex durable) {
    if (truncated < min_required && min_required <= durable.Next()) return;
    Report({.at = at,
            .node = node,
            .raft_index = min_required,
            .message = absl::StrCat("truncated ", truncated.ToString(), ", min_required ", min_required.ToString(),
                                    ", durable ", durable.ToString(),
                                    ": they must stand as truncated < min_required <= durable + 1")});
  }
};

}  // namespace

std::unique_ptr<Oracle> MakeTruncationOrder(const OracleContext& context) {
  return std::make_unique<TruncationOrder>(context);
}

}  // namespace tidemark::scenarios
