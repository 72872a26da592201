// L4: while a process lives every rung moves upwards only, from exactly where it stood, and the rungs that
// count single records step by one. Only the log's unsynced suffix may be taken back, never below durable.

#include "absl/strings/str_cat.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"

namespace tidemark::scenarios {
namespace {

class MonotonicRungs : public Oracle {
 public:
  explicit MonotonicRungs(const OracleContext& context)
      : Oracle(kMonotonicRungs,
               Bits(TraceKind::kAppended, TraceKind::kDurable, TraceKind::kCommitted, TraceKind::kForwarded,
                    TraceKind::kPartitionDurable, TraceKind::kApplied, TraceKind::kMinRequired,
                    TraceKind::kTruncatedPrefix, TraceKind::kTruncatedSuffix),
               context) {}

  void OnEvent(const Observation& o) override {
    if (!o.rungs.live()) return;
    const auto& args = o.event.args;
    switch (o.event.kind) {
      case TraceKind::kAppended:
        if (args[0] != o.move.before + 1) Complain(o, "must be the next raft index");
        break;
      case TraceKind::kForwarded:
      case TraceKind::kApplied:
        if (o.event.partition == kSystemPartition) break;
        if (args[0] <= o.move.before) Complain(o, "must lie above the record before it");
        if (args[1] != o.move.index_before.Next().value()) Complain(o, "must be the partition's next index");
        break;
      case TraceKind::kTruncatedSuffix:
        if (args[1] < o.rungs.durable().value() || args[1] > args[0]) Complain(o, "takes back what is durable");
        break;
      default:  // args are from, to
        if (args[0] != o.move.before) Complain(o, "does not start where the rung stood");
        if (args[1] <= args[0]) Complain(o, "does not move the rung up");
        break;
    }
  }

 private:
  void Complain(const Observation& o, absl::string_view what) {
    const TraceKindInfo& info = InfoOf(o.event.kind);
    Report({.at = o.at,
            .node = o.node,
            .partition = o.event.partition,
            .raft_index = RaftIndex(o.move.after),
            .message = absl::StrCat(info.name, " of ", o.event.partition.ToString(), " (", info.args[0], " ",
                                    o.event.args[0], ", ", info.args[1], " ", o.event.args[1], ") ", what,
                                    "; the rung stood at ", o.move.before)});
  }
};

}  // namespace

std::unique_ptr<Oracle> MakeMonotonicRungs(const OracleContext& context) {
  return std::make_unique<MonotonicRungs>(context);
}

}  // namespace tidemark::scenarios
