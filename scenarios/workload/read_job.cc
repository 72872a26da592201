#include "scenarios/workload/read_job.h"

#include <algorithm>

#include "engine/base/random.h"
#include "scenarios/workload/read_back.h"

namespace tidemark::scenarios {
namespace {

// So many reads of a thousand are of what was promised last, or taken since.
constexpr uint64_t kNearEndPermille = 250;

}  // namespace

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
    if (model().Last(partition) == PartitionIndex(0)) {  // nothing to ask for yet
      ++step_;
      continue;
    }
    return Ask(partition);
  }
  Finish();
}

void ReadJob::Ask(PartitionId partition) {
  asking_ = true;
  Draws draws(RandomKey(seed()).Fork("op.read").Fork(op_.id).Fork(step_));
  // One draw a line: the order in which arguments are evaluated is the compiler's.
  const bool from_log = draws.Chance(500);
  const bool near_end = draws.Chance(kNearEndPermille);
  if (from_log && near_end) {
    const RaftIndex index(
        draws.Between(std::max<uint64_t>(1, model().PromisedLog().value()), model().LastLog().value() + 1));
    return ReadFromLog(context_, host(), index, [this] { OnAnswer(); });
  }
  const uint64_t from = near_end ? std::max<uint64_t>(1, model().Promised(partition).value()) : 1;
  const PartitionIndex index(draws.Between(from, model().Last(partition).value() + 1));
  if (!from_log) return ReadFromPartition(context_, host(), partition, index, [this] { OnAnswer(); });
  const ModelRecord* record = model().At(partition, index);
  ReadFromLog(context_, host(), record == nullptr ? model().LastLog().Next() : record->raft_index,
              [this] { OnAnswer(); });
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
