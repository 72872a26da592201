// A partition's file is cut below its state machine's snapshot: the machine is asked when the file has grown, takes its
// time, and whole segment files go. A crash in between loses nothing: the file keeps more than it must.
//
// The newest record of the snapshot stays: recovery reads there what place in the log the machine's last record had.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/check.h"
#include "engine/base/status.h"
#include "engine/node/coordinator.h"

namespace tidemark {

void Coordinator::MaybeSnapshot(size_t slot) {
  const Partition& p = partitions_[slot];
  if (options_.snapshot_bytes == 0 || p.log == nullptr || p.dropping || p.snapshotting) return;
  const uint64_t bytes = p.log->file_bytes();
  if (bytes - std::min(bytes, p.snapshot_mark) >= options_.snapshot_bytes) StartSnapshot(slot);
}

void Coordinator::SnapshotNow(PartitionId partition, CreateDone done) {
  absl::Status status = poisoned() ? Poisoned() : absl::OkStatus();
  if (status.ok() && !HasPartition(partition))
    status = absl::NotFoundError(absl::StrCat(partition.ToString(), " does not exist"));
  if (!status.ok()) {
    Later([done = std::move(done), status]() mutable { done(status); });
    return;
  }
  const size_t slot = SlotOf(partition);
  Partition& p = partitions_[slot];
  WaitersOf(slot).snapshots.push_back({p.snapshotting ? p.snapshots : p.snapshots + 1, std::move(done)});
  if (!p.snapshotting) StartSnapshot(slot);
}

void Coordinator::StartSnapshot(size_t slot) {
  Partition& p = partitions_[slot];
  p.snapshotting = true;
  p.snapshot_asked = p.log->file_bytes();
  ++p.snapshots;
  machine_.TakeSnapshot(
      p.id, Guard(slot, [this, slot](const absl::StatusOr<PartitionIndex>& through) { OnSnapshot(slot, through); }));
}

// What came since the machine was asked counts towards the next snapshot. Where there is nothing new to cut, what an
// earlier snapshot cut may still be on its way.
void Coordinator::OnSnapshot(size_t slot, const absl::StatusOr<PartitionIndex>& through) {
  if (poisoned()) return;
  Partition& p = partitions_[slot];
  const PartitionLadder& rungs = ladder().partitions[slot];
  p.snapshotting = false;
  p.snapshot_mark = p.snapshot_asked;
  p.snapshot_failed = !through.ok();
  if (!through.ok()) return TrySnapshotLater(slot, through.status());
  if (rungs.stopped != ErrorKind::kNone) return AnswerSnapshot(slot, p.snapshots, FileFailed(slot));
  // After a restart the machine may have more than was applied in this life.
  const PartitionIndex last = std::min({*through, rungs.applied_index, rungs.durable_index});
  const bool cuts = last > rungs.truncated_index.Next();
  if (cuts) watermarks_->SetPartitionTruncated(slot, last.Prev());
  if (rungs.truncated_index == PartitionIndex(0)) return AnswerSnapshot(slot, p.snapshots, absl::OkStatus());
  p.log->TruncatePrefix(
      rungs.truncated_index.Next(),
      Guard(slot, [this, slot, snapshot = p.snapshots, cuts, before = p.log->file_bytes()](const absl::Status& status) {
        const uint64_t removed = before - std::min(before, partitions_[slot].log->file_bytes());
        for (uint64_t* const bytes : {&partitions_[slot].snapshot_mark, &partitions_[slot].snapshot_asked}) {
          if (cuts) *bytes -= std::min(*bytes, removed);
        }
        AnswerSnapshot(slot, snapshot, status);
      }));
}

// At the latest: it is tried sooner if the file grows, but it may never grow again. A machine that takes no snapshots
// is left alone.
void Coordinator::TrySnapshotLater(size_t slot, const absl::Status& why) {
  if (!absl::IsUnimplemented(why) && !std::exchange(partitions_[slot].snapshot_timer_set, true)) {
    env_.executor.ScheduleAfter(options_.apply_retry_max, Guard(slot, [this, slot] {
                                  Partition& p = partitions_[slot];
                                  p.snapshot_timer_set = false;
                                  if (!poisoned() && p.snapshot_failed && !p.snapshotting) StartSnapshot(slot);
                                }));
  }
  AnswerSnapshot(slot, partitions_[slot].snapshots, why);
}

// Those who wait for that snapshot of the slot's. In a task of its own: a machine may answer inside the call.
void Coordinator::AnswerSnapshot(size_t slot, uint64_t snapshot, const absl::Status& status) {
  if (partitions_[slot].waiters != nullptr) {
    for (SnapshotWaiter& waiter : std::exchange(partitions_[slot].waiters->snapshots, {})) {
      if (waiter.snapshot != snapshot) {
        partitions_[slot].waiters->snapshots.push_back(std::move(waiter));
      } else {
        Later([done = std::move(waiter.done), status]() mutable { done(status); });
      }
    }
  }
  MaybeSnapshot(slot);
}

}  // namespace tidemark
