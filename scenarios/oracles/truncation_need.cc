// T1: the log drops nothing that some partition still needs, and min_required names exactly the lowest record
// that one does: not yet durable in its file, or not yet applied. It says whose record that is, and what it waits for,
// as it moves and while it stands: its holder may come, and wait for something else, without a move of it.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"

namespace tidemark::scenarios {
namespace {

// Above this many partitions min_required is compared with its holder only, to stay O(1) an event.
constexpr uint64_t kPartitionsCompared = 32;

class TruncationNeed : public Oracle {
 public:
  explicit TruncationNeed(const OracleContext& context)
      : Oracle(kTruncationNeed, Bits(TraceKind::kMinRequired, TraceKind::kTruncatedPrefix), context) {}

  void OnEvent(const Observation& o) override {
    if (!o.rungs.live()) return;
    if (o.event.kind == TraceKind::kTruncatedPrefix) {
      const RaftIndex needed = o.rungs.LowestNeeded();
      if (o.rungs.truncated() < needed) return;
      return Complain({o.at, o.node, "", o.rungs.truncated(), o.event.partition, NeedReason::kNone},
                      "truncated moved to", needed);
    }
    Judge(
        {o.at, o.node, "moved to", o.rungs.min_required(), o.event.partition, static_cast<NeedReason>(o.event.args[2])},
        o.rungs);
  }
  void OnLadder(const LadderShown& l) override {
    Judge({l.at, l.node, "stands at", l.ladder.min_required, l.ladder.holder, l.ladder.reason}, l.rungs);
  }

 private:
  // What the node says of min_required.
  struct Claim {
    Instant at;
    NodeId node;
    absl::string_view verb;
    RaftIndex value;
    PartitionId holder;
    NeedReason reason;
  };

  static RaftIndex Needed(const Rungs& rungs, PartitionId holder) {
    if (rungs.partitions() <= kPartitionsCompared) return rungs.LowestNeeded();
    const PartitionRungs& p = rungs.partition(holder);
    return p.needed.empty() ? rungs.durable().Next() : std::min(rungs.durable().Next(), p.needed.front().raft_index);
  }
  static NeedReason ReasonOf(const PartitionRungs& p) {
    const PartitionIndex index = p.needed.front().index;
    if (index == PartitionIndex(0)) return p.dropping ? NeedReason::kDrop : NeedReason::kCreate;
    if (index > p.forwarded.index) return NeedReason::kForward;
    return index > p.durable.index ? NeedReason::kSync : NeedReason::kApply;
  }
  void Judge(const Claim& claim, const Rungs& rungs) {
    const RaftIndex needed = Needed(rungs, claim.holder);
    if (claim.value != needed) return Complain(claim, absl::StrCat("min_required ", claim.verb), needed);
    const PartitionRungs& holder = rungs.partition(claim.holder);
    const bool held = claim.value <= rungs.durable();
    const bool holds = !holder.needed.empty() && holder.needed.front().raft_index == claim.value;
    if (held != holds || held == (claim.holder == kSystemPartition)) {
      return ReportHolder(claim, held ? "which that one does not need" : "which nobody needs");
    }
    const NeedReason reason = held ? ReasonOf(holder) : NeedReason::kNone;
    if (reason == claim.reason) return;
    ReportHolder(claim, absl::StrCat("which waits for: ", std::string(NeedReasonName(reason))));
  }
  void ReportHolder(const Claim& claim, absl::string_view why) {
    Report({.what = "holder",
            .at = claim.at,
            .node = claim.node,
            .partition = claim.holder,
            .raft_index = claim.value,
            .message = absl::StrCat("min_required ", claim.verb, " ", claim.value.ToString(), ", held by ",
                                    claim.holder.ToString(), " for: ", std::string(NeedReasonName(claim.reason)), ", ",
                                    why)});
  }
  void Complain(const Claim& claim, absl::string_view what, RaftIndex needed) {
    Report({.at = claim.at,
            .node = claim.node,
            .partition = claim.holder,
            .raft_index = needed,
            .message = absl::StrCat(what, " ", claim.value.ToString(),
                                    " while the lowest record that a partition has not made durable and applied is ",
                                    needed.ToString())});
  }
};

}  // namespace

std::unique_ptr<Oracle> MakeTruncationNeed(const OracleContext& context) {
  return std::make_unique<TruncationNeed>(context);
}

}  // namespace tidemark::scenarios
