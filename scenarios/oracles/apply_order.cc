// L2: nothing is applied before it is committed and in its partition's file.

#include "absl/strings/str_cat.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"

namespace tidemark::scenarios {
namespace {

class ApplyOrder : public Oracle {
 public:
  explicit ApplyOrder(const OracleContext& context)
      : Oracle(kApplyOrder, Bits(TraceKind::kApplyStarted, TraceKind::kApplied), context) {}

  void OnEvent(const Observation& o) override {
    if (!o.rungs.live()) return;
    const RaftIndex applied(o.event.args[0]);
    const RaftIndex forwarded = o.rungs.partition(o.event.partition).forwarded.raft_index;
    if (applied <= o.rungs.committed() && applied <= forwarded) return;
    Report({.at = o.at,
            .node = o.node,
            .partition = o.event.partition,
            .raft_index = applied,
            .partition_index = PartitionIndex(o.event.args[1]),
            .message = absl::StrCat("the state machine was given ", applied.ToString(), " of ",
                                    o.event.partition.ToString(), " while committed is ",
                                    o.rungs.committed().ToString(), " and forwarded ", forwarded.ToString())});
  }
};

}  // namespace

std::unique_ptr<Oracle> MakeApplyOrder(const OracleContext& context) { return std::make_unique<ApplyOrder>(context); }

}  // namespace tidemark::scenarios
