#include "scenarios/workload/read_job.h"

#include "engine/base/random.h"
#include "scenarios/workload/read_back.h"

namespace tidemark::scenarios {

ReadJob::ReadJob(const fault::Operation& op, const JobContext& context, JobHost& host)
    : Job(context, host),
      context_(context),
      op_(op),
      every_(Duration::Nanos(op.params[fault::Param::kEvery])),
      steps_(op.Steps()) {}

void ReadJob::Pump() {
  if (asking_) return;
  while (step_ < steps_) {
    if (now() < not_before_) {
      if (!waking_) host().WakeAt(*this, not_before_);
      waking_ = true;
      return;
    }
    const PartitionId partition = op_.PartitionOf(seed(), step_, partitions());
    const uint64_t promised = model().Promised(partition).value();
    if (promised == 0) {  // nothing to ask for yet
      ++step_;
      continue;
    }
    Draws draws(RandomKey(seed()).Fork("op.read").Fork(op_.id).Fork(step_));
    // One draw a line: the order in which arguments are evaluated is the compiler's.
    const bool from_log = draws.Chance(500);
    return Ask(partition, PartitionIndex(draws.Between(1, promised)), from_log);
  }
  Finish();
}

void ReadJob::Ask(PartitionId partition, PartitionIndex index, bool from_log) {
  asking_ = true;
  if (from_log) {
    ReadFromLog(context_, host(), model().At(partition, index)->raft_index, [this] { OnAnswer(); });
  } else {
    ReadFromPartition(context_, host(), partition, index, [this] { OnAnswer(); });
  }
}

void ReadJob::OnAnswer() {
  asking_ = false;
  ++step_;
  if (every_ > Duration()) not_before_ = now() + every_;
  Pump();
}

void ReadJob::Wake() {
  waking_ = false;
  Pump();
}

void ReadJob::OnDown() {
  asking_ = false;
  waking_ = false;
  if (step_ >= steps_) Finish();
}

void ReadJob::Stop() {
  steps_ = 0;
  if (!asking_) Finish();
}

}  // namespace tidemark::scenarios
