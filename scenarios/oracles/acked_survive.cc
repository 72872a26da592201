// R1: what a client was told is durable is there after every recovery, and so is what an earlier recovery
// served. A recovery that refuses for lost or damaged records breaks the same promise.

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"
#include "scenarios/oracles/recovered_ends.h"

namespace tidemark::scenarios {
namespace {

class AckedSurvive : public Oracle {
 public:
  explicit AckedSurvive(const OracleContext& context) : Oracle(kAckedSurvive, 0, context) {}

  void OnRecovered(const RecoveredNode& r) override {
    const NodeContract& owed = contract().of(r.node);
    if (owed.may_lose_silently || owed.may_find_damage) return;  // R6 judges those
    RecoveredEnds ends(r.ladder);
    for (PartitionId id(1); id.value() <= model().partitions(); id = id.Next()) {
      if (!ends.has(id) && model().MayVanish(id)) continue;
      if (model().IsCreated(id) && !ends.has(id)) ReportMissing(r, id);
      if (ends.of(id) < model().Promised(id)) ReportLost(r, id, ends.of(id));
    }
  }

  // Where the partition's creation may be lost, the drop of the one before it may be the last that recovery knows.
  void OnMachineDrop(Instant at, NodeId node, PartitionId id) override {
    if (contract().of(node).may_lose_silently || model().IsDropped(id) || model().MayVanish(id)) return;
    Report({.what = "machine forgets partition",
            .at = at,
            .node = node,
            .partition = id,
            .message = absl::StrCat("the state machine was told to forget ", id.ToString(), ", which nobody drops")});
  }
  void OnRecoveryRefused(const RefusedRecovery& r) override {
    const NodeContract& owed = contract().of(r.node);
    const ErrorKind kind = KindOf(r.status);
    const bool gone = kind == ErrorKind::kNoStore || kind == ErrorKind::kWrongStore || kind == ErrorKind::kStoreExists;
    const bool damaged = kind == ErrorKind::kCorruption || kind == ErrorKind::kLostRecords;
    const bool may_be_gone = owed.may_be_gone || (kind == ErrorKind::kNoStore && owed.may_be_unnamed);
    if (!(gone && !may_be_gone) && !(damaged && !owed.may_find_damage)) return;
    Report({.what = "refused recovery",
            .at = r.at,
            .node = r.node,
            .message = absl::StrCat("recovery refused with ", ErrorKindName(kind),
                                    " although nothing in the plan may damage or lose promised records: ",
                                    std::string(r.status.message()))});
  }

 private:
  void ReportMissing(const RecoveredNode& r, PartitionId id) {
    Report({.what = "lost partition",
            .at = r.at,
            .node = r.node,
            .partition = id,
            .message = absl::StrCat(id.ToString(), " was created, its client was told so, and recovery lost it")});
  }
  void ReportLost(const RecoveredNode& r, PartitionId id, PartitionIndex recovered) {
    const ModelRecord* lost = model().At(id, recovered.Next());
    Report(
        {.what = "lost record",
         .at = r.at,
         .node = r.node,
         .partition = id,
         .raft_index = lost == nullptr ? RaftIndex(0) : lost->raft_index,
         .partition_index = recovered.Next(),
         .message = absl::StrCat("recovery ended ", id.ToString(), " at ", recovered.ToString(),
                                 " although records to ", model().Promised(id).ToString(), " had been acknowledged")});
  }
};

}  // namespace

std::unique_ptr<Oracle> MakeAckedSurvive(const OracleContext& context) {
  return std::make_unique<AckedSurvive>(context);
}

}  // namespace tidemark::scenarios
