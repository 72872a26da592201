#include "scenarios/workload/ledger_machine.h"

#include <utility>

#include "engine/base/check.h"
#include "engine/base/status.h"

namespace tidemark::scenarios {
namespace {

// Of a thousand applies that are late because of a fault, so many fail the first time.
constexpr uint64_t kLateFailsPermille = 60;
// Records that a power loss takes back at most, where it does not take all.
constexpr uint64_t kTakenBack = 64;

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
}

void LedgerMachine::LosePower(uint64_t life) {
  const RandomKey of_life = key_.Fork("power").Fork(life);
  for (PartitionId p(1); p.value() < applied_.size(); p = p.Next()) {
    Draws draws(of_life.Fork(p.value()));
    const uint64_t had = applied_[p].value();
    uint64_t lost = 0;
    if (draws.Chance(500)) lost = draws.Uniform(kTakenBack + 1);
    if (draws.Chance(50)) lost = had;
    applied_[p] = PartitionIndex(lost > had ? 0 : had - lost);
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
  const Duration late = lag_->ApplyDelay(record.partition, now);
  const Duration delay = latency_ + late;
  if (delay == Duration()) return Finish(record.partition, record.partition_index, record.raft_index, true, done);
  const RandomKey key = key_.Fork("late").Fork(record.partition.value()).Fork(record.partition_index.value());
  const bool ok = late == Duration() || !key.ChanceAt(static_cast<uint64_t>(now.nanos()), kLateFailsPermille);
  executor_->ScheduleAfter(
      delay, [this, partition = record.partition, index = record.partition_index, raft_index = record.raft_index, ok,
              done = std::move(done)]() mutable { Finish(partition, index, raft_index, ok, done); });
}

void LedgerMachine::Finish(PartitionId partition, PartitionIndex index, RaftIndex raft_index, bool ok,
                           ApplyDone& done) {
  oracles_.OnApplyDone({.at = scheduler_.now(),
                        .node = node_,
                        .partition = partition,
                        .index = index,
                        .raft_index = raft_index,
                        .ok = ok});
  if (!ok) return done(MakeError(ErrorKind::kIoError, "the state machine failed; it may be tried again"));
  applied_[partition] = index;
  ++completed_;
  done(absl::OkStatus());
}

PartitionIndex LedgerMachine::LastApplied(PartitionId partition) {
  const PartitionIndex index = applied_[partition];
  oracles_.OnApplyPosition(node_, partition, index);
  return index;
}

}  // namespace tidemark::scenarios
