#include "scenarios/workload/ledger_machine.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/check.h"
#include "engine/base/crc32c.h"
#include "engine/base/status.h"
#include "scenarios/contract.h"

namespace tidemark::scenarios {
namespace {

// Of a thousand applies that are late because of a fault, so many fail the first time.
constexpr uint64_t kLateFailsPermille = 60;
// Records that a power loss takes back at most, where it does not take all.
constexpr uint64_t kTakenBack = 64;
// How long a snapshot takes at most, how many of a thousand may fail, and how long after it is durable the engine
// hears.
constexpr uint64_t kSnapshotMicros = 4000;
constexpr uint64_t kSnapshotFailsPermille = 250;
constexpr Duration kSnapshotHeard = Duration::Micros(200);

}  // namespace

LedgerMachine::LedgerMachine(NodeId node, uint64_t seed, Duration latency, const sim::Scheduler& scheduler,
                             OracleSet& oracles)
    : node_(node),
      key_(RandomKey(seed).Fork("ledger").Fork(node.value())),
      latency_(latency),
      scheduler_(scheduler),
      oracles_(oracles) {}

void LedgerMachine::Attach(Executor& executor, fault::LagPolicy& lag) {
  executor_ = &executor;
  lag_ = &lag;
  ++lives_;
}

void LedgerMachine::LosePower(uint64_t life) {
  const RandomKey of_life = key_.Fork("power").Fork(life);
  for (PartitionId p(1); p.value() < partitions_.size(); p = p.Next()) {
    Draws draws(of_life.Fork(p.value()));
    const uint64_t had = partitions_[p].applied.value();
    uint64_t lost = 0;
    if (draws.Chance(500)) lost = draws.Uniform(kTakenBack + 1);
    if (draws.Chance(50)) lost = had;
    partitions_[p].applied = std::max(partitions_[p].kept, PartitionIndex(lost > had ? 0 : had - lost));
  }
}

void LedgerMachine::Apply(const AppliedRecord& record, ApplyDone done) {
  CHECK(executor_ != nullptr) << "an engine of " << node_ << " applied after its process had died";
  const Instant now = scheduler_.now();
  oracles_.OnApply({.at = now,
                    .node = node_,
                    .partition = record.partition,
                    .index = record.partition_index,
                    .raft_index = record.raft_index,
                    .payload = record.payload});
  const Partition& p = partitions_[record.partition];
  if (p.heard_in == lives_ && record.partition_index > p.heard) {
    Complain(record, "is applied, and the machine, which had heard of the one before, had not heard of it");
  }
  const fault::ApplyVerdict verdict = lag_->OnApply(record.partition, now);
  if (verdict.never) return;
  const uint64_t incarnation = partitions_[record.partition].incarnation;
  const Duration delay = latency_ + verdict.delay;
  if (delay == Duration()) return Finish(record, incarnation, !verdict.fails, done);
  const RandomKey key = key_.Fork("late").Fork(record.partition.value()).Fork(record.partition_index.value());
  const bool late_fails = verdict.delay != Duration() &&
                          key.ChanceAt(static_cast<uint64_t>(now.nanos()), kLateFailsPermille);
  AppliedRecord later = record;
  later.payload = ByteSpan();
  executor_->ScheduleAfter(delay, [this, later, incarnation, ok = !verdict.fails && !late_fails,
                                   done = std::move(done)]() mutable { Finish(later, incarnation, ok, done); });
}

void LedgerMachine::Finish(const AppliedRecord& record, uint64_t incarnation, bool ok, ApplyDone& done) {
  Partition& p = partitions_[record.partition];
  if (p.incarnation != incarnation) return done(absl::OkStatus());  // nobody hears
  oracles_.OnApplyDone({.at = scheduler_.now(),
                        .node = node_,
                        .partition = record.partition,
                        .index = record.partition_index,
                        .raft_index = record.raft_index,
                        .ok = ok});
  if (!ok) return done(MakeError(ErrorKind::kIoError, "the state machine failed; it may be tried again"));
  p.applied = record.partition_index;
  p.told.erase(p.told.begin(), p.told.upper_bound(p.applied));
  ++completed_;
  done(absl::OkStatus());
}

void LedgerMachine::Precommit(const AppliedRecord& record) {
  Partition& p = partitions_[record.partition];
  if (record.partition_index <= p.applied) Complain(record, "is told of after it was applied");
  if (p.heard_in == lives_ && record.partition_index != p.heard.Next()) {
    Complain(record, absl::StrCat("is told of after ", p.heard.ToString()));
  }
  p.heard_in = lives_;
  p.heard = record.partition_index;
  const Told told{record.raft_index, Crc32c(record.payload)};
  Told& before = p.told.insert({record.partition_index, told}).first->second;
  if (!(before == told) && oracles_.contract().of(node_).owes_everything()) {
    Complain(record, absl::StrCat("is told of as another record than before, at ", before.raft_index.ToString(),
                                  ", which nobody has rolled back"));
  }
  before = told;
}

void LedgerMachine::Rollback(PartitionId partition, PartitionIndex new_end) {
  Partition& p = partitions_[partition];
  const PartitionIndex applied = p.applied;
  p.told.erase(p.told.upper_bound(new_end), p.told.end());
  if (new_end < applied) {
    Complain({partition, new_end.Next(), RaftIndex(0), {}},
             absl::StrCat("is rolled back; ", applied.ToString(), " is applied"));
  }
}

void LedgerMachine::Complain(const AppliedRecord& record, std::string what) {
  oracles_.Report(
      {.oracle = "L5",
       .what = "precommit",
       .at = scheduler_.now(),
       .node = node_,
       .partition = record.partition,
       .raft_index = record.raft_index,
       .partition_index = record.partition_index,
       .message = absl::StrCat(record.partition.ToString(), "/", record.partition_index.ToString(), " ", what)});
}

PartitionIndex LedgerMachine::LastApplied(PartitionId partition) {
  const PartitionIndex index = partitions_[partition].applied;
  oracles_.OnApplyPosition(node_, partition, index);
  return index;
}

void LedgerMachine::TakeSnapshot(PartitionId partition, SnapshotDone done) {
  CHECK(executor_ != nullptr) << "an engine of " << node_ << " wants a snapshot after its process had died";
  if (lag_->NeverAnswers(partition, scheduler_.now())) return;
  Partition& p = partitions_[partition];
  Draws draws(key_.Fork("snapshot").Fork(partition.value()).Fork(p.incarnation).Fork(p.snapshots++));
  const Duration takes = Duration::Micros(static_cast<int64_t>(draws.Uniform(kSnapshotMicros)));
  // Never two in a row: what a file may hold meanwhile has a limit.
  const bool fails = p.snapshots % 2 == 0 && draws.Chance(kSnapshotFailsPermille);
  executor_->ScheduleAfter(takes, [this, partition, through = p.applied, incarnation = p.incarnation, fails,
                                   done = std::move(done)]() mutable {
    if (!fails) return FinishSnapshot(partition, through, incarnation, std::move(done));
    ++snapshots_failed_;
    if (partitions_[partition].incarnation == incarnation)
      oracles_.OnMachineSnapshot({.at = scheduler_.now(), .node = node_, .partition = partition, .ok = false});
    done(MakeError(ErrorKind::kIoError, "the snapshot failed; it may be tried again"));
  });
}

void LedgerMachine::FinishSnapshot(PartitionId partition, PartitionIndex through, uint64_t incarnation,
                                   SnapshotDone done) {
  Partition& p = partitions_[partition];
  if (p.incarnation != incarnation) return done(through);  // nobody hears
  ++snapshots_;
  p.kept = std::max(p.kept, through);
  oracles_.OnSnapshot(node_, partition, p.kept);
  executor_->ScheduleAfter(kSnapshotHeard, [this, partition, through, incarnation, done = std::move(done)]() mutable {
    if (partitions_[partition].incarnation == incarnation)
      oracles_.OnMachineSnapshot({.at = scheduler_.now(), .node = node_, .partition = partition, .through = through});
    done(through);
  });
}

void LedgerMachine::Forget(PartitionId partition) {
  Partition& p = partitions_[partition];
  const uint64_t incarnation = p.incarnation + 1;
  p = Partition();
  p.incarnation = incarnation;
}

void LedgerMachine::Drop(PartitionId partition) {
  Forget(partition);
  oracles_.OnMachineDrop(scheduler_.now(), node_, partition);
}

}  // namespace tidemark::scenarios
