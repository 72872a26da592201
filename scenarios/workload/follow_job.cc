#include "scenarios/workload/follow_job.h"

#include <algorithm>

#include "engine/base/random.h"
#include "engine/base/status.h"
#include "fault/lag_policy.h"
#include "scenarios/workload/read_back.h"

namespace tidemark::scenarios {
namespace {

using fault::Param;

constexpr Duration kPause = Duration::Millis(1);

}  // namespace

FollowJob::FollowJob(const fault::Operation& op, const JobContext& context, JobHost& host)
    : Job(context, host),
      context_(context),
      op_(op),
      partition_(op.PartitionOf(seed(), 0, partitions())),
      every_(Duration::Nanos(op.params[Param::kEvery])),
      wanted_(op.Steps()) {}

void FollowJob::Pump() {
  if (asking_ || waking_ || finished()) return;
  const bool never = partition_ == kSystemPartition || partition_.value() > partitions();
  if (stopped_ || never || wanted_ == 0 || model().IsDropped(partition_)) return Finish();
  Ask();
}

void FollowJob::Ask() {
  Draws draws(RandomKey(seed()).Fork("op.follow").Fork(op_.id).Fork(asks_++));
  if (next_ == PartitionIndex(0) || incarnation_ != model().Incarnation(partition_)) {
    incarnation_ = model().Incarnation(partition_);
    next_ = PartitionIndex(draws.Between(1, model().Last(partition_).value() + 1));
  }
  max_records_ = draws.Between(1, 8);
  constexpr uint64_t kBytes[] = {1, 1000, 1 << 20};
  max_bytes_ = kBytes[draws.Uniform(3)];
  asking_ = true;
  told_ = false;
  asked_ = now();
  engine().Follow(partition_, next_, max_records_, max_bytes_,
                  [this](const absl::StatusOr<std::vector<Entry>>& entries) { OnEntries(entries); });
}

void FollowJob::OnEntries(const absl::StatusOr<std::vector<Entry>>& entries) {
  asking_ = false;
  if (incarnation_ != model().Incarnation(partition_)) return Pump();  // of a partition that is gone
  if (!entries.ok()) return OnRefusal(entries.status());
  oracles().OnFollowed(now(), node(), partition_, next_, max_records_, max_bytes_, *entries);
  for (const Entry& entry : *entries) {
    JudgeFollowed(context_, host(), partition_, next_, entry);
    next_ = next_.Next();
  }
  wanted_ -= std::min<uint64_t>(wanted_, entries->size());
  if (every_ > Duration() && wanted_ > 0) return PauseFor(every_);
  Pump();
}

void FollowJob::OnRefusal(const absl::Status& status) {
  if (KindOf(status) == ErrorKind::kPoisoned) {
    asking_ = told_ = true;  // until the restart
    return;
  }
  const bool going = model().MayVanish(partition_);
  if (absl::IsNotFound(status) && (going || !model().IsCreated(partition_))) return PauseFor(kPause);
  JudgeFollowed(context_, host(), partition_, next_, status);
  if (KindOf(status) == ErrorKind::kTruncated) {
    next_ = std::max(next_, oracles().rungs(node()).partition(partition_).truncated.Next());
  }
  PauseFor(kPause);
}

void FollowJob::PauseFor(Duration pause) {
  if (stopped_) return Finish();
  waking_ = true;
  host().WakeAt(*this, now() + pause);
}

void FollowJob::Wake() {
  waking_ = false;
  Pump();
}

// Where what it waits for is applied, or will never be, for the partition is gone.
bool FollowJob::overdue() const {
  if (!asking_ || fault::IsStuckForEver(plan(), node(), partition_)) return false;
  return model().IsDropped(partition_) || next_ <= oracles().rungs(node()).partition(partition_).applied.index;
}

bool FollowJob::WaitsInVain(PartitionId partition) const {
  return partition == partition_ && asking_ && !told_ && now() >= asked_ + kAWhile &&
         incarnation_ == model().Incarnation(partition_) &&
         next_ > oracles().rungs(node()).partition(partition_).forwarded.index;
}

void FollowJob::OnDown() {
  asking_ = false;
  waking_ = false;
  if (stopped_) Finish();
}

void FollowJob::Stop() {
  stopped_ = true;
  if (!asking_) Finish();
}

}  // namespace tidemark::scenarios
