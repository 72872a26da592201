// A partition's file is cut below its state machine's snapshot: the machine is asked when the file has grown, takes its
// time, and whole segment files go. A crash in between loses nothing: the file keeps more than it must.

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/node/coordinator.h"

namespace tidemark {

void Coordinator::MaybeSnapshot(size_t slot) {
  Partition& p = partitions_[slot];
  if (options_.snapshot_bytes == 0 || p.log == nullptr || p.dropping || p.snapshotting) return;
  if (p.log->file_bytes() < p.snapshot_mark + options_.snapshot_bytes) return;
  p.snapshotting = true;
  machine_.TakeSnapshot(p.id, Guard(slot, [this, slot](absl::StatusOr<PartitionIndex> through) {
                          OnSnapshot(slot, std::move(through));
                        }));
}

void Coordinator::OnSnapshot(size_t slot, absl::StatusOr<PartitionIndex> through) {
  if (poisoned()) return;
  Partition& p = partitions_[slot];
  const PartitionLadder& rungs = ladder().partitions[slot];
  p.snapshotting = false;
  p.snapshot_mark = p.log->file_bytes();
  if (!through.ok() || rungs.stopped != ErrorKind::kNone) return;
  CHECK_LE(*through, rungs.applied_index) << p.id << ": a snapshot of more than was applied";
  const PartitionIndex last = std::min(*through, rungs.durable_index);
  if (last <= rungs.truncated_index) return;
  watermarks_->SetPartitionTruncated(slot, last);
  p.log->TruncatePrefix(last.Next(), Guard(slot, [this, slot](const absl::Status&) {
                          partitions_[slot].snapshot_mark = partitions_[slot].log->file_bytes();
                        }));
}

}  // namespace tidemark
