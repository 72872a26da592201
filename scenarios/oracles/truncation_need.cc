// T1: the log drops nothing that some partition still needs, and min_required names exactly the lowest record
// that one does: not yet durable in its file, or not yet applied. It says whose record that is, and what it waits for.

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
      if (o.rungs.truncated() >= needed) Complain(o, "truncated", o.rungs.truncated(), needed);
      return;
    }
    const RaftIndex claimed = o.rungs.min_required();
    const RaftIndex needed = Needed(o);
    if (claimed != needed) return Complain(o, "min_required", claimed, needed);
    CheckHolder(o, claimed);
  }

 private:
  static RaftIndex Needed(const Observation& o) {
    if (o.rungs.partitions() <= kPartitionsCompared) return o.rungs.LowestNeeded();
    const PartitionRungs& holder = o.rungs.partition(o.event.partition);
    return holder.needed.empty() ? o.rungs.durable().Next()
                                 : std::min(o.rungs.durable().Next(), holder.needed.front().raft_index);
  }
  static NeedReason ReasonOf(const PartitionRungs& p) {
    const PartitionIndex index = p.needed.front().index;
    if (index == PartitionIndex(0)) return p.dropping ? NeedReason::kDrop : NeedReason::kCreate;
    if (index > p.forwarded.index) return NeedReason::kForward;
    return index > p.durable.index ? NeedReason::kSync : NeedReason::kApply;
  }
  void CheckHolder(const Observation& o, RaftIndex claimed) {
    const PartitionRungs& holder = o.rungs.partition(o.event.partition);
    const bool held = claimed <= o.rungs.durable();
    const bool holds = !holder.needed.empty() && holder.needed.front().raft_index == claimed;
    if (held != holds || held == (o.event.partition == kSystemPartition)) {
      return ReportHolder(o, claimed, held ? "which that one does not need" : "which nobody needs");
    }
    const NeedReason reason = held ? ReasonOf(holder) : NeedReason::kNone;
    if (static_cast<uint64_t>(reason) == o.event.args[2]) return;
    ReportHolder(o, claimed, absl::StrCat("which waits for: ", std::string(NeedReasonName(reason))));
  }
  void ReportHolder(const Observation& o, RaftIndex claimed, absl::string_view why) {
    const std::string said(NeedReasonName(static_cast<NeedReason>(o.event.args[2])));
    Report({.what = "holder",
            .at = o.at,
            .node = o.node,
            .partition = o.event.partition,
            .raft_index = claimed,
            .message = absl::StrCat("min_required moved to ", claimed.ToString(), ", held by ",
                                    o.event.partition.ToString(), " for: ", said, ", ", why)});
  }
  void Complain(const Observation& o, absl::string_view rung, RaftIndex value, RaftIndex needed) {
    Report({.at = o.at,
            .node = o.node,
            .partition = o.event.partition,
            .raft_index = needed,
            .message = absl::StrCat(rung, " moved to ", value.ToString(),
                                    " while the lowest record that a partition has not made durable and applied is ",
                                    needed.ToString())});
  }
};

}  // namespace

std::unique_ptr<Oracle> MakeTruncationNeed(const OracleContext& context) {
  return std::make_unique<TruncationNeed>(context);
}

}  // namespace tidemark::scenarios
