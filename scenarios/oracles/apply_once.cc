// L5: a partition's state machine gets one record at a time, in order, without a gap, each once per life of
// the process. Judged at the state machine's own door. A failed apply comes again; so does, after a crash,
// what lies above the position that the machine itself names.

#include "absl/strings/str_cat.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"
#include "scenarios/oracles/per_node.h"

namespace tidemark::scenarios {
namespace {

class ApplyOnce : public Oracle {
 public:
  explicit ApplyOnce(const OracleContext& context) : Oracle(kApplyOnce, Bits(TraceKind::kPartitionDropped), context) {}

  // The next partition of this id starts anew.
  void OnEvent(const Observation& o) override { nodes_[o.node][o.event.partition] = State(); }

  void OnDown(Instant, NodeId node, DownReason) override { nodes_[node].clear(); }
  void OnApplyPosition(NodeId node, PartitionId partition, PartitionIndex index) override {
    nodes_[node][partition] = {index, false};
  }
  void OnApply(const ApplyStep& step) override {
    State& state = nodes_[step.node][step.partition];
    if (state.in_flight) Complain(step, state, "while the one before it is still being applied");
    if (step.index != state.last.Next()) Complain(step, state, "out of order");
    state.in_flight = true;
  }
  void OnApplyDone(const ApplyStep& step) override {
    State& state = nodes_[step.node][step.partition];
    state.in_flight = false;
    if (step.ok) state.last = step.index;
  }

 private:
  struct State {
    PartitionIndex last;
    bool in_flight = false;
  };
  void Complain(const ApplyStep& step, const State& state, absl::string_view what) {
    Report({.at = step.at,
            .node = step.node,
            .partition = step.partition,
            .raft_index = step.raft_index,
            .partition_index = step.index,
            .message = absl::StrCat("the state machine of ", step.partition.ToString(), " was given ",
                                    step.index.ToString(), " ", what, "; it had completed ", state.last.ToString())});
  }

  PerNode<PerPartition<State>> nodes_;
};

}  // namespace

std::unique_ptr<Oracle> MakeApplyOnce(const OracleContext& context) { return std::make_unique<ApplyOnce>(context); }

}  // namespace tidemark::scenarios
