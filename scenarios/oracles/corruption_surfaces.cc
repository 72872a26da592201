// R6: damage is reported or repaired: never served, never applied, never cut away silently; and nothing sound is
// reported as damaged, nor as torn where no write can have been. Where a single spot can be damaged, at most the newest
// durable batch may vanish without a word: every batch below it has evidence above it.

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"
#include "scenarios/oracles/per_node.h"

namespace tidemark::scenarios {
namespace {

class CorruptionSurfaces : public Oracle {
 public:
  explicit CorruptionSurfaces(const OracleContext& context)
      : Oracle(kCorruptionSurfaces, Bits(TraceKind::kDurable), context) {}

  void OnEvent(const Observation& o) override {
    if (o.rungs.live()) evident_[o.node] = RaftIndex(o.event.args[0]);
  }
  void OnRecovered(const RecoveredNode& r) override {
    const NodeContract& owed = contract().of(r.node);
    if (const aof::OpenReport& log = r.report.log; log.torn_bytes > 0 && !r.log_may_be_torn && owed.owes_everything()) {
      Report({.what = "false alarm",
              .at = r.at,
              .node = r.node,
              .raft_index = r.ladder.durable.Next(),
              .message = absl::StrCat("recovery cut ", log.torn_bytes, " bytes off the log's file ", log.torn_file_id,
                                      " as torn, although all that was written to the log was synced")});
    }
    // What this recovery served is itself at the log's end: a spot may hit its last batch too.
    const RaftIndex evident = evident_[r.node];
    evident_[r.node] = RaftIndex(0);
    if (!owed.may_find_damage || (owed.may_lose_silently && !owed.only_newest_batch)) return;
    const RaftIndex kept = owed.may_lose_silently ? evident : model().PromisedLog();
    if (r.ladder.durable >= kept) return;
    Report({.what = "cut silently",
            .at = r.at,
            .node = r.node,
            .raft_index = r.ladder.durable.Next(),
            .message = absl::StrCat("recovery ended the log at ", r.ladder.durable.ToString(),
                                    " and reported nothing, although the disk held evidence of records to ",
                                    kept.ToString())});
  }
  void OnApply(const ApplyStep& step) override {
    if (step.content != Content::kDamaged) return;
    Served("applied",
           {.at = step.at,
            .node = step.node,
            .partition = step.partition,
            .raft_index = step.raft_index,
            .partition_index = step.index},
           step.payload);
  }
  void OnReadBack(const ReadBack& read) override {
    const Violation where{.at = read.at,
                          .node = read.node,
                          .partition = read.partition,
                          .raft_index = read.raft_index,
                          .partition_index = read.index};
    if (read.status.ok()) {
      if (read.content == Content::kDamaged) Served("served", where, read.payload);
      return;
    }
    if (KindOf(read.status) != ErrorKind::kCorruption || contract().of(read.node).may_find_damage) return;
    Violation violation = where;
    violation.what = "false alarm";
    violation.message =
        absl::StrCat("a read reported damage although nothing was damaged: ", std::string(read.status.message()));
    Report(std::move(violation));
  }

 private:
  void Served(absl::string_view verb, Violation where, ByteSpan payload) {
    where.what = "served";
    where.message = absl::StrCat("damaged bytes were ", verb, " as ", where.partition.ToString(), "/",
                                 where.partition_index.ToString(), ": ", DescribeContent(payload));
    Report(std::move(where));
  }

  PerNode<RaftIndex> evident_;  // up to here a later batch proves what was durable
};

}  // namespace

std::unique_ptr<Oracle> MakeCorruptionSurfaces(const OracleContext& context) {
  return std::make_unique<CorruptionSurfaces>(context);
}

}  // namespace tidemark::scenarios
