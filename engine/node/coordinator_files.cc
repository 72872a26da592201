// What the log's and the partitions' files tell beside what is durable: that they failed, that the disk is full, and
// what their heads are to repeat. A failed log fails the engine; a failed partition file stops its partition, and under
// kRollback the engine too.

#include <utility>

#include "engine/base/status.h"
#include "engine/node/coordinator.h"

namespace tidemark {

void Coordinator::OnLogFailed(const absl::Status& why) {
  if (poisoned()) return;
  failure_ = why;
  pipeline_->Close();
  durable_waiters_ = 0;
  while (!waiters_.empty()) waiters_.TakeFront().done(Poisoned());
  while (!creations_.empty()) creations_.TakeFront().Answer(Poisoned());
  while (!to_make_.empty()) to_make_.TakeFront().Answer(Poisoned());
  while (!drops_.empty()) drops_.TakeFront().done(Poisoned());
  for (size_t slot = 0; slot < partitions_.size(); ++slot) ReleaseWaiters(slot, Poisoned());
}

void Coordinator::OnLogFull(bool) {}

std::vector<RosterEntry> Coordinator::RosterAt(RaftIndex base) {
  std::vector<RosterEntry> roster;
  const PartitionIndex control = control_.NextAt(base);
  if (control > PartitionIndex(1)) roster.push_back({kSystemPartition, control});
  for (const auto& [id, slot] : slots_.all()) {
    const Partition& p = partitions_[slot];
    const bool dropped = p.dropping && (ladder().partitions[slot].dropped || p.dropped_at < base);
    if (p.created_at < base && !dropped) roster.push_back({id, watermarks_->NextIndexAt(slot, base)});
  }
  return roster;
}

void Coordinator::OnPartitionFailed(size_t slot, const absl::Status& why) {
  watermarks_->Stop(slot, KindOf(why) == ErrorKind::kNone ? ErrorKind::kIoError : KindOf(why));
  // What it lacks can become safe in another life only, and so can all that comes after.
  if (rolls_back()) return OnLogFailed(Annotate(why, partitions_[slot].id.ToString()));
  ServeWaitersSoon(slot);
}

void Coordinator::OnPartitionFull(size_t slot, bool full) {
  if (!full) env_.executor.Post(Guard(slot, [this, slot] { ForwardAgain(slot); }));
}

Checkpoint Coordinator::CheckpointOf(size_t slot) {
  const PartitionLadder& p = ladder().partitions[slot];
  return {p.partition_durable, p.durable_index.Next(), p.applied};
}

}  // namespace tidemark
