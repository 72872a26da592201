#include "scenarios/oracles/oracle_set.h"

#include <utility>

#include "scenarios/oracles/oracle_infos.h"
#include "scenarios/oracles/recovered_ends.h"

namespace tidemark::scenarios {
namespace {

constexpr MakeOracle kMakers[] = {
    MakeTruncationOrder, MakeApplyOrder,     MakeForwardOrder,   MakeMonotonicRungs,    MakeApplyOnce,
    MakeAckedGapless,    MakeTruncationNeed, MakeNoHoles,        MakeSnapshotCovers,    MakeAckedSurvive,
    MakeNothingInvented, MakeNothingTwice,   MakeRungsRecovered, MakeRecoveryConverges, MakeCorruptionSurfaces,
    MakeWaitersKept,     MakeWithinLimits,   MakeFilesKeepUp,
};

constexpr OracleInfo kInfos[] = {
    kTruncationOrder, kApplyOrder,     kForwardOrder,   kMonotonicRungs,    kApplyOnce,
    kAckedGapless,    kTruncationNeed, kNoHoles,        kSnapshotCovers,    kAckedSurvive,
    kNothingInvented, kNothingTwice,   kRungsRecovered, kRecoveryConverges, kCorruptionSurfaces,
    kWaitersKept,     kCatchesUp,      kWithinLimits,   kFilesKeepUp,       kRareReached,
};

// What changes who needs which record, and why.
constexpr uint64_t kMovesNeeds = Bits(TraceKind::kDurable, TraceKind::kForwarded, TraceKind::kPartitionDurable,
                                      TraceKind::kApplied, TraceKind::kMinRequired, TraceKind::kReleased,
                                      TraceKind::kSpilled, TraceKind::kPartitionCreating, TraceKind::kPartitionCreated,
                                      TraceKind::kPartitionDropping, TraceKind::kPartitionDropped,
                                      TraceKind::kPartitionRemoved);

}  // namespace

absl::Span<const OracleInfo> OracleInfos() { return kInfos; }

OracleSet::OracleSet(RecordModel& model, const Contract& contract, const PayloadSource& payloads)
    : model_(model), contract_(contract), payloads_(payloads) {
  const OracleContext context{model, contract, payloads, sink_};
  for (const MakeOracle make : kMakers) {
    oracles_.push_back(make(context));
    for (size_t kind = 0; kind < kKinds; ++kind) {
      if ((oracles_.back()->kinds() >> kind & 1) != 0) by_kind_[kind].push_back(oracles_.back().get());
    }
  }
}

RaftIndex OracleSet::FirstUnapplied(const Rungs& rungs, PartitionId partition) const {
  const ModelRecord* record = model_.At(partition, rungs.partition(partition).applied.index.Next());
  return record == nullptr ? RaftIndex(0) : record->raft_index;
}

void OracleSet::OnEvent(Instant at, NodeId node, const TraceEvent& event) {
  const size_t kind = static_cast<size_t>(event.kind);
  if (kind >= kKinds) return;
  Rungs& rungs = rungs_[node];
  DurableShadow& shadow = shadows_[node];
  if (event.partition == kSystemPartition && event.kind == TraceKind::kRotated) shadow.OnRotated(event.args[0]);
  if (event.partition == kSystemPartition && event.kind == TraceKind::kTailReappended) shadow.OnFile(event.args[0]);
  if (event.kind == TraceKind::kRotated || event.kind == TraceKind::kPartitionCreating)
    marks_[node].OnFile(event.partition, event.kind == TraceKind::kRotated ? event.args[0] : 1);
  file_bounds_[node].OnEvent(event);
  const bool dropped = event.kind == TraceKind::kPartitionDropped;
  const RaftIndex unapplied = dropped ? FirstUnapplied(rungs, event.partition) : RaftIndex(0);
  Observation observation{.at = at,
                          .node = node,
                          .event = event,
                          .rungs = rungs,
                          .move = rungs.Fold(event),
                          .durable_shadow = shadow.durable(),
                          .unapplied = unapplied};
  if (event.kind == TraceKind::kAppended) {
    const RaftIndex raft_index(event.args[0]);
    if (event.partition == kSystemPartition) {
      model_.PlacedControl(raft_index);
    } else {
      observation.placement =
          model_.Placed(event.partition, raft_index, PartitionIndex(event.args[1]), event.args[2], event.args[3]);
    }
  }
  if (dropped) model_.PartitionDropped(event.partition);
  if ((kMovesNeeds >> kind & 1) != 0) ladder_due_[node] = 1;
  for (Oracle* oracle : by_kind_[kind]) oracle->OnEvent(observation);
}

void OracleSet::OnLadder(Instant at, NodeId node, const Ladder& ladder) {
  ladder_due_[node] = 0;
  const LadderShown shown{at, node, ladder, rungs_[node]};
  if (!shown.rungs.live()) return;
  for (const auto& oracle : oracles_) oracle->OnLadder(shown);
}

void OracleSet::OnDisk(NodeId node, const TraceEvent& event) {
  marks_[node].OnDisk(event);
  if (rungs_[node].live()) shadows_[node].OnDisk(event, rungs_[node].appended());
}

void OracleSet::OnFaultHit(NodeId node, const TraceEvent& event) {
  if (contract_.Damages(event.args[0])) marks_[node].OnDamage(event.args[1]);
}

void OracleSet::OnDiskUse(Instant at, NodeId node, const DiskUse& use) {
  if (!rungs_[node].live()) return;
  for (const TooMuch& used : file_bounds_[node].Check(node, use, rungs_[node], model_, contract_)) {
    for (const auto& oracle : oracles_) oracle->OnTooMuchUsed(at, node, used);
  }
}

bool OracleSet::UsesTooMuch(NodeId node, const DiskUse& use) {
  return rungs_[node].live() && !file_bounds_[node].Check(node, use, rungs_[node], model_, contract_).empty();
}

void OracleSet::OnDown(Instant at, NodeId node, DownReason reason) {
  marks_[node].OnDown(reason == DownReason::kPowerLoss || reason == DownReason::kDiskLost);
  rungs_[node].Down();
  shadows_[node].Down();
  model_.Down();
  file_bounds_[node].OnDown(reason, model_);
  for (const auto& oracle : oracles_) oracle->OnDown(at, node, reason);
}

void OracleSet::OnRecovered(Instant at, NodeId node, const Ladder& ladder, const RecoveryReport& report) {
  const RecoveredNode recovered{at, node, rungs_[node], ladder, report, marks_[node]};
  for (const auto& oracle : oracles_) oracle->OnRecovered(recovered);
  model_.Recovered(ladder.appended);
  for (const PartitionLadder& p : ladder.partitions) model_.Recovered(p.partition, p.appended_index);
  RecoveredEnds ends(ladder);
  for (PartitionId id(1); id.value() <= model_.partitions(); id = id.Next()) {
    if (!ends.has(id)) model_.PartitionLost(id);
  }
  rungs_[node].Reset(ladder, model_);
  shadows_[node].Recovered(ladder.durable);
  marks_[node].OnRecovered();
  file_bounds_[node].OnRecovered(ladder, report);
}

void OracleSet::OnLifeLimits(NodeId node, const LifeLimits& limits) {
  life_limits_[node] = limits;
  for (const auto& oracle : oracles_) oracle->OnLifeLimits(node, limits);
}

void OracleSet::OnRecoveryRefused(Instant at, NodeId node, const absl::Status& status) {
  const RefusedRecovery refused{at, node, status, marks_[node]};
  for (const auto& oracle : oracles_) oracle->OnRecoveryRefused(refused);
}

void OracleSet::OnApplyPosition(NodeId node, PartitionId partition, PartitionIndex index) {
  for (const auto& oracle : oracles_) oracle->OnApplyPosition(node, partition, index);
}

void OracleSet::OnSnapshot(NodeId node, PartitionId partition, PartitionIndex through) {
  file_bounds_[node].OnSnapshot(partition, through);
  for (const auto& oracle : oracles_) oracle->OnSnapshot(node, partition, through);
}

void OracleSet::OnMachineDrop(Instant at, NodeId node, PartitionId partition) {
  for (const auto& oracle : oracles_) oracle->OnMachineDrop(at, node, partition);
}

void OracleSet::OnApply(ApplyStep step) {
  step.content = Classify(model_, payloads_, model_.At(step.partition, step.index), step.payload);
  for (const auto& oracle : oracles_) oracle->OnApply(step);
}

void OracleSet::OnApplyDone(const ApplyStep& step) {
  for (const auto& oracle : oracles_) oracle->OnApplyDone(step);
}

void OracleSet::OnDropDone(Instant at, NodeId node, PartitionId partition, uint64_t incarnation) {
  const DropDone done{at, node, partition, incarnation, rungs_[node]};
  for (const auto& oracle : oracles_) oracle->OnDropDone(done);
}

void OracleSet::OnBarrier(Instant at, NodeId node, absl::Span<const AskedPartition> partitions, RaftIndex through) {
  const BarrierPassed passed{at, node, partitions, through, rungs_[node]};
  for (const auto& oracle : oracles_) oracle->OnBarrier(passed);
}

void OracleSet::OnFollowed(Instant at, NodeId node, PartitionId partition, PartitionIndex from, uint64_t max_records,
                           uint64_t max_bytes, absl::Span<const Entry> entries) {
  const Followed followed{at, node, partition, from, max_records, max_bytes, entries, rungs_[node]};
  for (const auto& oracle : oracles_) oracle->OnFollowed(followed);
}

void OracleSet::OnFlushed(Instant at, NodeId node, RaftIndex appended,
                          absl::Span<const std::pair<PartitionId, PartitionIndex>> forwarded) {
  const Flushed flushed{at, node, appended, forwarded, rungs_[node]};
  for (const auto& oracle : oracles_) oracle->OnFlushed(flushed);
}

void OracleSet::OnTruncated(Instant at, NodeId node, RaftIndex min_required, RaftIndex answer) {
  const TruncatedNow truncated{at, node, min_required, answer, rungs_[node]};
  for (const auto& oracle : oracles_) oracle->OnTruncated(truncated);
}

void OracleSet::OnSnapshotDue(Instant at, NodeId node, PartitionId partition, Instant asked, PartitionIndex applied,
                              PartitionIndex durable) {
  const SnapshotDue due{at, node, partition, asked, applied, durable, rungs_[node]};
  for (const auto& oracle : oracles_) oracle->OnSnapshotDue(due);
}

void OracleSet::OnMachineSnapshot(const MachineSnapshot& snapshot) {
  file_bounds_[snapshot.node].OnMachineSnapshot(snapshot, rungs_[snapshot.node]);
  for (const auto& oracle : oracles_) oracle->OnMachineSnapshot(snapshot);
}

void OracleSet::OnCallFailed(const CallFailed& failed) {
  for (const auto& oracle : oracles_) oracle->OnCallFailed(failed);
}

void OracleSet::OnTaken(const Taken& taken) {
  for (const auto& oracle : oracles_) oracle->OnTaken(taken);
}

Standing OracleSet::StandingOf(NodeId node, PartitionId partition) {
  const Rungs& rungs = rungs_[node];
  return {.present = rungs.partition(partition).known,
          .open = rungs.partition(partition).open,
          .full = rungs.full(),
          .failed = rungs.failed(),
          .partitions = rungs.present()};
}

void OracleSet::OnReadBack(ReadBack read) {
  if (read.status.ok() && !read.is_control) {
    const ModelRecord* expected = read.from_log ? model_.RecordInLog(read.raft_index)
                                                : model_.At(read.partition, read.index);
    read.content = Classify(model_, payloads_, expected, read.payload);
  }
  const FileMarks& marks = marks_[read.node];
  const bool sound = read.from_log ? marks.AllSound()
                                   : marks.IsSound(kSystemPartition) && marks.IsSound(read.partition);
  const NodeContract& owed = contract_.of(read.node);
  read.may_be_damaged = owed.may_find_damage && !(owed.damage_is_told && sound);
  for (const auto& oracle : oracles_) oracle->OnReadBack(read);
}

}  // namespace tidemark::scenarios
