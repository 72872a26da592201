#include "scenarios/oracles/oracle_set.h"

#include "scenarios/oracles/oracle_infos.h"

namespace tidemark::scenarios {
namespace {

constexpr MakeOracle kMakers[] = {
    MakeTruncationOrder, MakeApplyOrder,        MakeForwardOrder,       MakeMonotonicRungs,  MakeApplyOnce,
    MakeTruncationNeed,  MakeNoHoles,           MakeAckedSurvive,       MakeNothingInvented, MakeNothingTwice,
    MakeRungsRecovered,  MakeRecoveryConverges, MakeCorruptionSurfaces,
};

constexpr OracleInfo kInfos[] = {
    kTruncationOrder, kApplyOrder,        kForwardOrder,       kMonotonicRungs,  kApplyOnce,
    kTruncationNeed,  kNoHoles,           kAckedSurvive,       kNothingInvented, kNothingTwice,
    kRungsRecovered,  kRecoveryConverges, kCorruptionSurfaces, kCatchesUp,       kRareReached,
};

}  // namespace

absl::Span<const OracleInfo> OracleInfos() { return kInfos; }

OracleSet::OracleSet(RecordModel& model, const Contract& contract, const PayloadSource& payloads)
    : model_(model), payloads_(payloads) {
  const OracleContext context{model, contract, payloads, sink_};
  for (const MakeOracle make : kMakers) {
    oracles_.push_back(make(context));
    for (size_t kind = 0; kind < kKinds; ++kind) {
      if ((oracles_.back()->kinds() >> kind & 1) != 0) by_kind_[kind].push_back(oracles_.back().get());
    }
  }
}

void OracleSet::OnEvent(Instant at, NodeId node, const TraceEvent& event) {
  const size_t kind = static_cast<size_t>(event.kind);
  if (kind >= kKinds) return;
  Rungs& rungs = rungs_[node];
  Observation observation{.at = at, .node = node, .event = event, .rungs = rungs, .move = rungs.Fold(event)};
  if (event.kind == TraceKind::kAppended) {
    const RaftIndex raft_index(event.args[0]);
    if (event.partition == kSystemPartition) {
      model_.PlacedControl(raft_index);
    } else {
      observation.placement =
          model_.Placed(event.partition, raft_index, PartitionIndex(event.args[1]), event.args[2], event.args[3]);
    }
  }
  for (Oracle* oracle : by_kind_[kind]) oracle->OnEvent(observation);
}

void OracleSet::OnDown(Instant at, NodeId node, DownReason reason) {
  rungs_[node].Down();
  model_.Down();
  for (const auto& oracle : oracles_) oracle->OnDown(at, node, reason);
}

void OracleSet::OnRecovered(Instant at, NodeId node, const Ladder& ladder, const RecoveryReport& report) {
  const RecoveredNode recovered{at, node, rungs_[node], ladder, report};
  for (const auto& oracle : oracles_) oracle->OnRecovered(recovered);
  model_.Recovered(ladder.appended);
  PerPartition<uint8_t> present;
  for (const PartitionLadder& p : ladder.partitions) {
    present[p.partition] = 1;
    model_.Recovered(p.partition, p.appended_index);
  }
  for (PartitionId id(1); id.value() <= model_.partitions(); id = id.Next()) {
    if (present[id] == 0) model_.PartitionLost(id);
  }
  rungs_[node].Reset(ladder, model_);
}

void OracleSet::OnRecoveryRefused(Instant at, NodeId node, const absl::Status& status) {
  for (const auto& oracle : oracles_) oracle->OnRecoveryRefused(at, node, status);
}

void OracleSet::OnApplyPosition(NodeId node, PartitionId partition, PartitionIndex index) {
  for (const auto& oracle : oracles_) oracle->OnApplyPosition(node, partition, index);
}

void OracleSet::OnApply(ApplyStep step) {
  step.content = Classify(model_, payloads_, step.partition, step.index, step.payload);
  for (const auto& oracle : oracles_) oracle->OnApply(step);
}

void OracleSet::OnApplyDone(const ApplyStep& step) {
  for (const auto& oracle : oracles_) oracle->OnApplyDone(step);
}

void OracleSet::OnReadBack(ReadBack read) {
  if (read.status.ok() && !read.is_control) {
    read.content = Classify(model_, payloads_, read.partition, read.index, read.payload);
  }
  for (const auto& oracle : oracles_) oracle->OnReadBack(read);
}

}  // namespace tidemark::scenarios
