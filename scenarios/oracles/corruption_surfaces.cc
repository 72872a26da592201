// R6: damage is reported or repaired: never served, never applied, never cut away silently; and nothing sound is
// reported as damaged, nor as torn where no write can have been. Where a single spot can be damaged, at most the newest
// durable batch may vanish without a word: every batch below it has evidence above it.
//
// Where the disk tells what it damages, that is judged file by file: while the log is sound no partition loses a record
// that was promised, whatever became of its own file, and a partition's file that is sound keeps what was durable
// there.

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"
#include "scenarios/oracles/per_node.h"
#include "scenarios/oracles/recovered_ends.h"

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
    CheckReported(r);
    CheckKept(r);
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
  // Where nothing may be damaged at all, R1 minds.
  void OnRecoveryRefused(const RefusedRecovery& r) override {
    const NodeContract& owed = contract().of(r.node);
    const ErrorKind kind = KindOf(r.status);
    if (kind != ErrorKind::kCorruption && kind != ErrorKind::kLostRecords) return;
    if (owed.owes_everything() || !owed.damage_is_told || !r.marks.AllSound()) return;
    Report({.what = "false alarm",
            .at = r.at,
            .node = r.node,
            .message = absl::StrCat("recovery refused with ", ErrorKindName(kind),
                                    " although nothing was damaged so far: ", std::string(r.status.message()))});
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
    if (KindOf(read.status) != ErrorKind::kCorruption || read.may_be_damaged) return;
    Violation violation = where;
    violation.what = "false alarm";
    violation.message =
        absl::StrCat("a read reported damage although nothing was damaged: ", std::string(read.status.message()));
    Report(std::move(violation));
  }

 private:
  bool IsSound(const RecoveredNode& r, PartitionId owner) const {
    const NodeContract& owed = contract().of(r.node);
    return owed.owes_everything() || (owed.damage_is_told && r.marks.IsSound(owner));
  }
  // Of what is sound nothing is reported.
  void CheckReported(const RecoveredNode& r) {
    if (IsSound(r, kSystemPartition)) CheckFile(r, kSystemPartition, r.report.log);
    for (const PartitionRecovery& p : r.report.partitions) {
      // It is asked to in no plan.
      if (p.cut_records > 0)
        FalseAlarm(r, p.partition, absl::StrCat("cut ", p.cut_records, " records off, which the log had lost"));
      if (!IsSound(r, p.partition)) continue;
      CheckFile(r, p.partition, p.file);
      if (!p.damage.ok()) FalseAlarm(r, p.partition, absl::StrCat("found damage: ", std::string(p.damage.message())));
    }
    // What hits the spill may have hit anything.
    if (r.report.spill_damage.ok() || !IsSound(r, kSystemPartition)) return;
    FalseAlarm(r, kSystemPartition,
               absl::StrCat("found damage in the spill: ", std::string(r.report.spill_damage.message())));
  }
  void CheckFile(const RecoveredNode& r, PartitionId owner, const aof::OpenReport& file) {
    const std::string of = owner == kSystemPartition ? "the log" : owner.ToString();
    if (!file.mended.empty())
      FalseAlarm(r, owner, absl::StrCat("put a range back in file ", file.mended.front().file_id, " of ", of));
    if (file.torn_bytes == 0 || r.marks.MayBeTorn(owner, file.torn_file_id)) return;
    FalseAlarm(r, owner,
               absl::StrCat("cut ", file.torn_bytes, " bytes off file ", file.torn_file_id, " of ", of,
                            " as torn, and all that was written to it was synced"));
  }
  // Where nothing may be damaged at all, R1 and R4 mind. Where recovery rolls back, the end of any file may end the
  // log.
  void CheckKept(const RecoveredNode& r) {
    const NodeContract& owed = contract().of(r.node);
    if (owed.owes_everything() || !owed.damage_is_told) return;
    const bool rolls_back = owed.may_roll_back;
    if (rolls_back ? r.marks.AllSound() : r.marks.IsSound(kSystemPartition)) CheckPromised(r);
    for (const PartitionLadder& p : r.ladder.partitions) {
      const PartitionIndex before = r.before.partition(p.partition).durable.index;
      if (rolls_back || !r.marks.IsSound(p.partition) || WasCreated(r, p.partition) || p.durable_index >= before)
        continue;
      Lost(r, p.partition, p.durable_index.Next(),
           absl::StrCat("the file of ", p.partition.ToString(), ", which is sound, came back durable to ",
                        p.durable_index.ToString(), "; it had been durable to ", before.ToString()));
    }
  }
  static bool WasCreated(const RecoveredNode& r, PartitionId partition) {
    return std::any_of(r.report.partitions.begin(), r.report.partitions.end(),
                       [&](const PartitionRecovery& p) { return p.partition == partition && p.created; });
  }
  void CheckPromised(const RecoveredNode& r) {
    RecoveredEnds ends(r.ladder);
    for (PartitionId id(1); id.value() <= model().partitions(); id = id.Next()) {
      if (!ends.has(id) && (model().MayVanish(id) || !model().IsCreated(id))) continue;
      if (ends.has(id) && ends.of(id) >= model().Promised(id)) continue;
      Lost(r, id, ends.of(id).Next(),
           absl::StrCat("recovery ended ", id.ToString(), " at ", ends.of(id).ToString(),
                        " and reported nothing, although records to ", model().Promised(id).ToString(),
                        " had been promised, and the log is sound"));
    }
  }
  void Lost(const RecoveredNode& r, PartitionId partition, PartitionIndex index, std::string message) {
    Report({.what = "lost in one partition",
            .at = r.at,
            .node = r.node,
            .partition = partition,
            .partition_index = index,
            .message = std::move(message)});
  }
  void FalseAlarm(const RecoveredNode& r, PartitionId owner, const std::string& what) {
    Report({.what = "false alarm",
            .at = r.at,
            .node = r.node,
            .partition = owner,
            .message = absl::StrCat("recovery ", what, "; nothing of it was damaged")});
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
