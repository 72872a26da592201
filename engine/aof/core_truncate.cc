#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/aof/core.h"
#include "engine/aof/file_names.h"
#include "engine/aof/segment_maker.h"
#include "engine/base/status.h"

namespace tidemark::aof {

// The floor goes into the next commit frame (its own batch if nothing else waits); once that is synced, the
// files below it are removed, oldest first. A crash in between: opening finds the floor and removes them.
void Core::TruncatePrefix(Sequence new_first, DiskDone done) {
  if (poisoned()) return CompleteLater(std::move(done), Accept(0));
  if (new_first > durable_.Next()) {
    return CompleteLater(std::move(done),
                         MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
                                   absl::StrCat("aof ", options_.directory, ": cannot truncate below record ",
                                                new_first.value(), ": only ", durable_.value(), " is durable")));
  }
  if (new_first <= durable_floor_ && !removing_) return CompleteLater(std::move(done), absl::OkStatus());
  index_.DropBelow(new_first);
  recent_.DropBelow(new_first);
  truncations_.push_back({.floor = new_first, .done = std::move(done)});
  if (!busy_) Schedule();
}

void Core::RemoveDeadFiles() {
  if (removing_) return;
  if (!table_.OldestIsBelow(durable_floor_)) return FinishTruncations(absl::OkStatus());
  removing_ = true;
  removal_ = absl::OkStatus();
  to_remove_ = std::exchange(unremoved_, {});
  RemoveNext();
}

void Core::RemoveNext() {
  if (!to_remove_.empty()) {
    being_removed_ = to_remove_.back();
    to_remove_.pop_back();
  } else if (table_.OldestIsBelow(durable_floor_)) {
    const Segment dead = table_.TakeOldest();
    being_removed_ = dead.file_id;
    sealed_->Forget(being_removed_);
    reader_->Forget(being_removed_);
    if (MayReuse(dead)) {
      return ahead_->Reuse(PlanOfNext(dead.segment_bytes), SegmentName(being_removed_), Then(&Core::OnReused));
    }
  } else {
    return env_.disk.SyncDirectory(options_.directory, Then(&Core::OnRemovalsSynced));
  }
  RemoveFile();
}

// A read that is under way may find zeros: it answers that the record is gone (EndRead), whatever it found. A scan
// would tell of damage.
bool Core::MayReuse(const Segment& dead) const {
  return MayPrepareNext() && dead.segment_bytes == options_.segment_bytes && !sealed_->busy() &&
         ahead_->MayReuse(table_.back().file_id + 1);
}

void Core::OnReused(absl::Status status) {
  if (!status.ok()) return RemoveFile();
  env_.tracer.Emit({.kind = TraceKind::kFileReused,
                    .partition = PartitionId(options_.log_id),
                    .args = {being_removed_, table_.back().file_id + 1, 0, 0}});
  RemoveNext();
}

void Core::RemoveFile() {
  env_.disk.Remove(JoinPath(options_.directory, SegmentName(being_removed_)), Then(&Core::OnRemoved));
}

// A file that cannot be removed costs space, not records, and holds up no other: the next truncation that removes files
// tries it again, and so does the next opening.
void Core::OnRemoved(absl::Status status) {
  if (!status.ok() && !absl::IsNotFound(status)) {
    unremoved_.push_back(being_removed_);
    removal_.Update(status);
  }
  RemoveNext();
}

void Core::OnRemovalsSynced(absl::Status status) {
  removing_ = false;
  if (status.ok() && table_.OldestIsBelow(durable_floor_)) return RemoveDeadFiles();
  removal_.Update(status);
  FinishTruncations(removal_);
  if (closed_) return;
  if (waiting_for_space_) return RetryNow();
  MakeSpareIfMissing();
}

void Core::FinishTruncations(absl::Status status) {
  std::vector<DiskDone> finished;
  for (auto it = truncations_.begin(); it != truncations_.end();) {
    if (it->floor > durable_floor_) {
      ++it;
      continue;
    }
    finished.push_back(std::move(it->done));
    it = truncations_.erase(it);
  }
  for (DiskDone& done : finished) {
    if (!closed_) done(status);
  }
}

// Head-room for the day the disk is full. One that was made for smaller files is replaced.
void Core::MakeSpareIfMissing() {
  if (making_spare_ || full_ || poisoned()) return;
  const uint64_t bytes = options_.first_segment_bytes != 0 ? table_.back().segment_bytes : options_.segment_bytes;
  if (has_spare_ && spare_bytes_ >= bytes) return;
  MakeSpareOf(bytes);
}

// Takes the place of a smaller one.
void Core::MakeSpareOf(uint64_t bytes) {
  making_spare_ = true;
  wanted_spare_bytes_ = bytes;
  MakeSpare(env_.disk, weak_from_this(), options_.directory, bytes, Then(&Core::OnSpareMade));
}

void Core::OnSpareMade(absl::Status status) {
  making_spare_ = false;
  if (status.ok()) {
    has_spare_ = true;
    spare_bytes_ = wanted_spare_bytes_;
  }
  if (!std::exchange(rotation_wants_spare_, false)) {
    // What must go without space may have waited for it, or for the old one.
    if (has_spare_ && waiting_for_space_ && !busy_) RetryNow();
    return;
  }
  const bool full = KindOf(status) == ErrorKind::kDiskFull;
  if (!full && absl::IsResourceExhausted(status)) return TryAgainLater();
  busy_ = false;
  if (status.ok()) return Pump();
  if (!full) return Poison(status);
  SetFull(true);
  WaitForSpace();
  Pump();
}

}  // namespace tidemark::aof
