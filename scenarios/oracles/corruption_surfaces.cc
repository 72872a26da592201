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
    if (owed.owes_everything()) CheckSound(r);
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
  // Nothing was damaged.
  void CheckSound(const RecoveredNode& r) {
    CheckFile(r, kSystemPartition, r.report.log);
    for (const PartitionRecovery& p : r.report.partitions) {
      CheckFile(r, p.partition, p.file);
      if (!p.damage.ok()) FalseAlarm(r, p.partition, absl::StrCat("found damage: ", std::string(p.damage.message())));
    }
    if (r.report.spill_damage.ok()) return;
    FalseAlarm(r, kSystemPartition,
               absl::StrCat("found damage in the spill: ", std::string(r.report.spill_damage.message())));
  }
  void CheckFile(const RecoveredNode& r, PartitionId owner, const aof::OpenReport& file) {
    const std::string of = owner == kSystemPartition ? "the log" : owner.ToString();
    if (!file.mended.empty())
      FalseAlarm(r, owner, absl::StrCat("put a range back in file ", file.mended.front().file_id, " of ", of));
    if (file.torn_bytes == 0 || r.unsynced.MayBeTorn(owner, file.torn_file_id)) return;
    FalseAlarm(r, owner,
               absl::StrCat("cut ", file.torn_bytes, " bytes off file ", file.torn_file_id, " of ", of,
                            " as torn, and all that was written to it was synced"));
  }
  void FalseAlarm(const RecoveredNode& r, PartitionId owner, const std::string& what) {
    Report({.what = "false alarm",
            .at = r.at,
            .node = r.node,
            .partition = owner,
            .message = absl::StrCat("recovery ", what, "; nothing in the plan damages anything")});
  }
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
