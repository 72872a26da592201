#include "scenarios/workload/partition_job.h"

#include <algorithm>

#include "engine/base/random.h"
#include "engine/base/status.h"
#include "fault/lag_policy.h"

namespace tidemark::scenarios {
namespace {

using fault::OpKind;
using fault::Param;

constexpr Duration kPause = Duration::Millis(1);
// So many barriers of a thousand lie ahead of the log's end, and so far at most.
constexpr uint64_t kAheadPermille = 500;
constexpr uint64_t kAheadMost = 8;

bool IsOneTooMany(const fault::Operation& op) {
  return op.kind == OpKind::kCreate && op.params[Param::kPartition] == fault::kAnyPartition;
}

PartitionId TargetOf(const fault::Operation& op, uint64_t seed, uint64_t partitions) {
  return IsOneTooMany(op) ? PartitionId(partitions + 1) : op.PartitionOf(seed, 0, partitions);
}

}  // namespace

PartitionJob::PartitionJob(const fault::Operation& op, const JobContext& context, JobHost& host)
    : Job(context, host), op_(op), partition_(TargetOf(op, seed(), partitions())) {}

void PartitionJob::Pump() {
  if (asking_ || waking_ || finished()) return;
  if (stopped_) return Finish();
  if (IsOneTooMany(op_)) return CreateOneTooMany();
  if (partition_ == kSystemPartition || partition_.value() > partitions()) return Finish();
  switch (op_.kind) {
    case OpKind::kCreate: return Create();
    case OpKind::kDrop: return Drop();
    case OpKind::kBarrier: return Barrier();
    default: return Snapshot();
  }
}

void PartitionJob::Wake() {
  waking_ = false;
  Pump();
}

void PartitionJob::OnAnswer() {
  asking_ = false;
  Finish();
}

void PartitionJob::TryAgain() {
  asking_ = false;
  if (stopped_) return Finish();
  waking_ = true;
  host().WakeAt(*this, now() + kPause);
}

// --- create --------------------------------------------------------------------------------------------------

void PartitionJob::Create() {
  asking_ = true;
  model().CreateSent(partition_);
  standing_ = oracles().StandingOf(node(), partition_);
  engine().CreatePartition(partition_, [this](const absl::Status& status) { OnCreated(status); });
}

void PartitionJob::Taken(Taking what, const absl::Status& status) {
  oracles().OnTaken(
      {.at = now(), .node = node(), .what = what, .partition = partition_, .asked = standing_, .status = status});
}

void PartitionJob::OnCreated(const absl::Status& status) {
  Taken(Taking::kCreate, status);
  if (status.ok()) {
    model().PartitionCreated(partition_);
    host().OnPartitionsChanged();
    return OnAnswer();
  }
  // The log failed, or the new partition's file: after the restart it is there or it is not.
  if (KindOf(status) == ErrorKind::kPoisoned) return;
  // It is there; or it is being created, or dropped, and that must end first.
  if (absl::IsAlreadyExists(status) && engine().HasPartition(partition_)) return OnAnswer();
  TryAgain();
}

// Nobody wants it, and it may not come to be: where there is room for it nobody asks.
void PartitionJob::CreateOneTooMany() {
  if (!oracles().IsFullOfPartitions(node())) return Finish();
  asking_ = true;
  standing_ = oracles().StandingOf(node(), partition_);
  engine().CreatePartition(partition_, [this](const absl::Status& status) {
    Taken(Taking::kCreate, status);
    OnAnswer();
  });
}

// --- drop ----------------------------------------------------------------------------------------------------

void PartitionJob::Drop() {
  // Asked in an earlier life, and it has happened.
  if (drop_sent_ && model().Incarnation(partition_) != incarnation_) return Finish();
  asking_ = true;
  drop_sent_ = engine().HasPartition(partition_);
  incarnation_ = model().Incarnation(partition_);
  if (drop_sent_) model().DropSent(partition_);
  standing_ = oracles().StandingOf(node(), partition_);
  engine().DropPartition(partition_, [this](const absl::Status& status) { OnDropped(status); });
}

void PartitionJob::OnDropped(const absl::Status& status) {
  Taken(Taking::kDrop, status);
  if (KindOf(status) == ErrorKind::kPoisoned) return;  // after the restart it is gone or it is not
  if (!status.ok() && drop_sent_) model().DropRefused(partition_);
  if (status.ok()) oracles().OnDropDone(now(), node(), partition_, incarnation_);
  host().OnPartitionsChanged();
  if (status.ok() || absl::IsNotFound(status)) return OnAnswer();
  TryAgain();
}

// --- barrier -------------------------------------------------------------------------------------------------

void PartitionJob::Barrier() {
  asking_ = true;
  told_ = false;
  Draws draws(RandomKey(seed()).Fork("op.barrier").Fork(op_.id).Fork(asks_++));
  const bool ahead = draws.Chance(kAheadPermille);
  through_ = engine().ladder().appended.Plus(ahead ? draws.Between(1, kAheadMost) : 0);
  partitions_.clear();
  std::vector<PartitionId> ids;
  if (op_.params[Param::kPartition] != fault::kAnyPartition) {
    ids.push_back(partition_);
  } else {
    for (PartitionId p(1); p.value() <= partitions(); p = p.Next()) {
      if (engine().HasPartition(p)) ids.push_back(p);
    }
  }
  for (const PartitionId p : ids) partitions_.push_back({p, model().Incarnation(p)});
  Remember();
  engine().Barrier(ids, through_, [this](const absl::Status& status) { OnBarrier(status); });
}

void PartitionJob::OnBarrier(const absl::Status& status) {
  if (!status.ok()) Failed(Call::kBarrier, status);
  told_ = KindOf(status) == ErrorKind::kPoisoned;
  if (told_) return;
  if (status.ok()) oracles().OnBarrier(now(), node(), partitions_, through_);
  OnAnswer();
}

// Once the log has come to its place; before that, once a partition is gone for which it waits.
bool PartitionJob::BarrierMustAnswer() const {
  const auto gone = [&](const AskedPartition& asked) {
    return model().Incarnation(asked.partition) != asked.incarnation;
  };
  const auto stuck = [&](const AskedPartition& asked) {
    return fault::IsStuckForEver(plan(), node(), asked.partition);
  };
  const bool lies_ahead = through_ > oracles().rungs(node()).committed();
  return lies_ahead ? std::any_of(partitions_.begin(), partitions_.end(), gone)
                    : std::none_of(partitions_.begin(), partitions_.end(), stuck);
}

// Those of a machine that never answers are never answered.
bool PartitionJob::overdue() const {
  if (!asking_) return false;
  if (op_.kind == OpKind::kBarrier) return BarrierMustAnswer();
  return op_.kind != OpKind::kSnapshot || !fault::IsStuckForEver(plan(), node(), partition_);
}

bool PartitionJob::WaitsInVain(PartitionId partition) const {
  if (op_.kind != OpKind::kBarrier || !asking_ || told_ || now() < asked_ + kAWhile) return false;
  const auto among = [&](const AskedPartition& asked) {
    return asked.partition == partition && asked.incarnation == model().Incarnation(partition);
  };
  const Rungs& rungs = oracles().rungs(node());
  const ModelRecord* next = model().At(partition, rungs.partition(partition).forwarded.index.Next());
  return std::any_of(partitions_.begin(), partitions_.end(), among) && through_ <= rungs.committed() &&
         next != nullptr && next->raft_index <= through_;
}

// --- snapshot ------------------------------------------------------------------------------------------------

void PartitionJob::Snapshot() {
  asking_ = true;
  partitions_ = {{partition_, model().Incarnation(partition_)}};
  Remember();
  const PartitionRungs& rungs = oracles().rungs(node()).partition(partition_);
  applied_ = rungs.applied.index;
  durable_ = rungs.durable.index;
  engine().SnapshotNow(partition_, [this](const absl::Status& status) { OnSnapshot(status); });
}

// The partition may have gone while the answer was on its way.
void PartitionJob::OnSnapshot(const absl::Status& status) {
  if (status.ok()) {
    if (model().Incarnation(partition_) == partitions_.front().incarnation)
      oracles().OnSnapshotDue(now(), node(), partition_, asked_, applied_, durable_);
  } else {
    Failed(Call::kSnapshot, status);
  }
  OnAnswer();
}

// --- what an error says ----------------------------------------------------------------------------------------

void PartitionJob::Remember() {
  asked_ = now();
  all_there_ = std::all_of(partitions_.begin(), partitions_.end(), [this](const AskedPartition& asked) {
    return model().IsCreated(asked.partition) && !model().MayVanish(asked.partition);
  });
}

void PartitionJob::Failed(Call call, const absl::Status& status) {
  std::vector<PartitionId> ids;
  bool all_there = all_there_;
  for (const AskedPartition& asked : partitions_) {
    ids.push_back(asked.partition);
    all_there = all_there && model().Incarnation(asked.partition) == asked.incarnation &&
                !model().MayVanish(asked.partition);
  }
  oracles().OnCallFailed({.at = now(),
                          .node = node(),
                          .call = call,
                          .status = status,
                          .asked = asked_,
                          .partitions = ids,
                          .all_there = all_there});
}

// --- the node's lives ----------------------------------------------------------------------------------------

void PartitionJob::OnDown() {
  asking_ = false;
  waking_ = false;
  if (stopped_) Finish();
}

void PartitionJob::Stop() {
  stopped_ = true;
  if (!asking_) Finish();
}

}  // namespace tidemark::scenarios
