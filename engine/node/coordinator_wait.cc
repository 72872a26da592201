// Who waits for applies: barriers over several partitions, and readers that follow a partition's tail.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "engine/node/coordinator.h"

namespace tidemark {

// --- barriers ------------------------------------------------------------------------------------------------

void Coordinator::Barrier(const std::vector<PartitionId>& partitions, RaftIndex through, CreateDone done) {
  absl::Status status = poisoned() ? Poisoned() : absl::OkStatus();
  for (PartitionId partition : partitions) {
    if (status.ok() && !HasPartition(partition))
      status = absl::NotFoundError(absl::StrCat(partition.ToString(), " does not exist"));
  }
  for (PartitionId partition : partitions) {
    if (status.ok() && NeverPasses(SlotOf(partition), through)) status = FileFailed(SlotOf(partition));
  }
  auto barrier = std::make_shared<BarrierState>();
  if (status.ok()) {
    for (PartitionId partition : partitions) {
      const size_t slot = SlotOf(partition);
      if (HasPassed(slot, through)) continue;
      ++barrier->waiting;
      WaitersOf(slot).barriers.push_back({through, barrier});
      if (through > ladder().committed) QueueBarriers(slot);
    }
  }
  if (barrier->waiting > 0) {
    barrier->done = std::move(done);
    return;
  }
  Later([done = std::move(done), status]() mutable { done(status); });
}

// Nothing up to there can still come, and nothing of the partition up to there is unapplied.
bool Coordinator::HasPassed(size_t slot, RaftIndex through) const {
  if (through > ladder().committed) return false;
  const PartitionLadder& p = ladder().partitions[slot];
  if (p.applied_index == p.appended_index) return true;
  if (p.applied >= through) return true;
  // Where applies were released, the next record's place is not known: only that it is above `applied`.
  const PartitionIndex next = p.applied_index.Next();
  return OutstandingOf(slot).Holds(next) && OutstandingOf(slot).At(next).raft_index > through;
}

// A file that has failed takes nothing more in this life, and what it does not take is not applied.
bool Coordinator::NeverPasses(size_t slot, RaftIndex through) const {
  const PartitionLadder& p = ladder().partitions[slot];
  const PartitionIndex next = p.forwarded_index.Next();
  return p.stopped != ErrorKind::kNone && OutstandingOf(slot).Holds(next) &&
         OutstandingOf(slot).At(next).raft_index <= through && !HasPassed(slot, through);
}

// They are looked at when more is committed.
void Coordinator::QueueBarriers(size_t slot) {
  if (!std::exchange(partitions_[slot].barriers_queued, true)) barrier_slots_.push_back(slot);
}

// The state machine had the record before it was forwarded: no apply will tell.
void Coordinator::ServeWaitersSoon(size_t slot) {
  Partition& p = partitions_[slot];
  if (p.waiters == nullptr || (p.waiters->barriers.empty() && p.waiters->followers.empty())) return;
  if (std::exchange(p.waiters_queued, true)) return;
  env_.executor.Post(Guard(slot, [this, slot] {
    partitions_[slot].waiters_queued = false;
    PassBarriers(slot);
    ServeFollowers(slot);
  }));
}

void Coordinator::PassBarriers(size_t slot) {
  if (partitions_[slot].waiters == nullptr) return;
  std::vector<BarrierWait>& waits = partitions_[slot].waiters->barriers;
  if (waits.empty()) return;
  std::vector<std::shared_ptr<BarrierState>> passed, failed;
  const auto is_over = [&](const BarrierWait& wait) {
    const bool never = NeverPasses(slot, wait.through);
    if (!never && !HasPassed(slot, wait.through)) return false;
    (never ? failed : passed).push_back(wait.barrier);
    return true;
  };
  waits.erase(std::remove_if(waits.begin(), waits.end(), is_over), waits.end());
  if (std::any_of(waits.begin(), waits.end(),
                  [&](const BarrierWait& wait) { return wait.through > ladder().committed; })) {
    QueueBarriers(slot);
  }
  for (const std::shared_ptr<BarrierState>& barrier : passed) {
    if (--barrier->waiting == 0 && barrier->done != nullptr) std::exchange(barrier->done, nullptr)(absl::OkStatus());
  }
  const absl::Status why = failed.empty() ? absl::OkStatus() : FileFailed(slot);
  for (const std::shared_ptr<BarrierState>& barrier : failed) {
    if (barrier->done != nullptr) std::exchange(barrier->done, nullptr)(why);
  }
}

// --- followers -------------------------------------------------------------------------------------------------

void Coordinator::Follow(PartitionId partition, PartitionIndex from, uint64_t max_records, uint64_t max_bytes,
                         EntriesDone done) {
  absl::Status status = poisoned() ? Poisoned() : absl::OkStatus();
  if (status.ok() && !HasPartition(partition))
    status = absl::NotFoundError(absl::StrCat(partition.ToString(), " does not exist"));
  if (status.ok() && (max_records == 0 || from == PartitionIndex(0))) {
    status = MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
                       "follow: max_records and from must be at least 1");
  }
  const size_t slot = SlotOf(partition);
  if (status.ok() && from <= ladder().partitions[slot].truncated_index) {
    status = MakeError(ErrorKind::kTruncated,
                       absl::StrCat(partition.ToString(), "/", from.ToString(), " is gone: the partition begins at ",
                                    ladder().partitions[slot].truncated_index.Next().ToString()));
  }
  if (status.ok() && NeverApplies(slot, from)) status = FileFailed(slot);
  if (!status.ok()) {
    Later([done = std::move(done), status]() mutable { done(status); });
    return;
  }
  Follower follower{from, max_records, max_bytes, std::move(done)};
  if (from <= ladder().partitions[slot].applied_index) return ServeFollower(slot, std::move(follower));
  WaitersOf(slot).followers.push_back(std::move(follower));
}

void Coordinator::ServeFollowers(size_t slot) {
  if (partitions_[slot].waiters == nullptr) return;
  std::vector<Follower>& followers = partitions_[slot].waiters->followers;
  const PartitionIndex applied = ladder().partitions[slot].applied_index;
  for (size_t i = 0; i < followers.size();) {
    const bool never = NeverApplies(slot, followers[i].from);
    if (followers[i].from > applied && !never) {
      ++i;
      continue;
    }
    Follower ready = std::move(followers[i]);
    followers.erase(followers.begin() + static_cast<std::ptrdiff_t>(i));
    if (never) {
      Later([done = std::move(ready.done), why = FileFailed(slot)]() mutable { done(why); });
    } else {
      ServeFollower(slot, std::move(ready));
    }
  }
}

// As NeverPasses.
bool Coordinator::NeverApplies(size_t slot, PartitionIndex index) const {
  const PartitionLadder& p = ladder().partitions[slot];
  return p.stopped != ErrorKind::kNone && index > p.forwarded_index;
}

// Applied records are in the partition's file, on disk or about to be.
void Coordinator::ServeFollower(size_t slot, Follower follower) {
  const uint64_t ready = ladder().partitions[slot].applied_index.value() + 1 - follower.from.value();
  partitions_[slot].log->Entries(follower.from, std::min(ready, follower.max_records), follower.max_bytes,
                                 OrDropped(partitions_[slot].id, std::move(follower.done)));
}

Coordinator::Waiters& Coordinator::WaitersOf(size_t slot) {
  Partition& p = partitions_[slot];
  if (p.waiters == nullptr) p.waiters = std::make_unique<Waiters>();
  return *p.waiters;
}

void Coordinator::ReleaseWaiters(size_t slot, const absl::Status& status) {
  const std::unique_ptr<Waiters> waiters = std::exchange(partitions_[slot].waiters, nullptr);
  if (waiters == nullptr) return;
  for (Follower& follower : waiters->followers) follower.done(status);
  for (SnapshotWaiter& waiter : waiters->snapshots) waiter.done(status);
  for (BarrierWait& wait : waiters->barriers) {
    if (wait.barrier->done != nullptr) std::exchange(wait.barrier->done, nullptr)(status);
  }
}

}  // namespace tidemark
