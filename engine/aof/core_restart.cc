// Restart: a log that forgets all it held and goes on at a later record, as when a snapshot replaces it.
//
// One new segment file does it: its header says base == first, so that opening needs no file before it and
// reads none (opening.h, WalkBack). The file gets its name, by rename, when its content is durable, and the name is
// synced before anything is written to it, promised of it, or removed. So after a crash
//
//   the name is not there   the old files are the log, as if Restart had not been called: nothing was written to them
//   the name is there       it is the log, empty, whatever is left of the old files; opening syncs the name before it
//                           believes it, and removes them
//
// and never a mixture: what was appended after Restart only ever goes to the new file or later ones. That holds for a
// damaged or torn old file too, as nothing of it is read. The old file may still have a batch on its way to it:
// harmless, it ends before the new file is begun, and is part of what a crash brings back.

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/aof/core.h"
#include "engine/base/status.h"

namespace tidemark::aof {

void Core::Restart(Sequence base, DiskDone done) {
  if (poisoned()) return CompleteLater(std::move(done), Accept(0));
  if (base < first()) {
    return CompleteLater(std::move(done),
                         MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
                                   absl::StrCat("aof ", options_.directory, ": cannot start again at record ",
                                                base.value(), ": all below ", first().value(), " is gone")));
  }
  if (!restart_.has_value()) restart_.emplace();
  restart_->base = base;
  ++restart_->asked;
  for (Queued& queued : queue_) {
    std::move(queued.waiters.begin(), queued.waiters.end(), std::back_inserter(restart_->waiters));
  }
  queue_.clear();
  queued_bytes_ = 0;
  write_now_ = false;
  VoidReadsAbove(Sequence(0));
  index_.CutTo(index_.first().Prev());
  index_.DropBelow(base);
  recent_.DropAbove(Sequence(0));
  written_last_ = durable_ = base.Prev();
  restart_->done.push_back(std::move(done));
  StopWaitingForSpace();
  if (!busy_) Schedule();
}

// Nothing is under way.
void Core::PumpRestart() {
  if (waiting_for_space_) return;
  if (flying_placed_) DropBlocked();
  MakeRestartFile(Room::kUsual);
}

// As large as the last file: so large the spare is, too.
void Core::MakeRestartFile(Room room) {
  restart_->making = restart_->asked;
  const bool grows = options_.first_segment_bytes != 0;
  const uint64_t usual = grows ? table_.back().segment_bytes : options_.segment_bytes;
  const uint64_t bytes = room == Room::kSpare ? BytesOfSpare() : room == Room::kLeast ? 0 : usual;
  least_tried_ = room == Room::kLeast;
  MakeNextFile(restart_->base, restart_->base, bytes, room, Then(&Core::OnRestartFileMade));
}

// The full disk did not take this batch, and nobody needs it any more.
void Core::DropBlocked() {
  std::move(flying_.waiters.begin(), flying_.waiters.end(), std::back_inserter(restart_->waiters));
  flying_ = {.batch = nullptr, .waiters = {}};
  flying_placed_ = false;
  write_blocked_ = false;
}

void Core::OnRestartFileMade(absl::StatusOr<std::shared_ptr<File>> file) {
  if (ahead_->used_spare()) SpareIsGone();
  if (KindOf(file.status()) == ErrorKind::kDiskFull) {
    if (has_spare_ && !making_spare_) return MakeRestartFile(Room::kSpare);
    if (MayTryLeast()) return MakeRestartFile(Room::kLeast);
    busy_ = false;
    SetFull(true);
    return WaitForSpace();
  }
  if (absl::IsResourceExhausted(file.status())) return TryAgainLater();
  if (!file.ok()) return Poison(file.status());
  table_.CutTo(rotating_to_.base.Prev());
  TakeNextFile(*std::move(file));
  busy_ = false;
  // Asked again meanwhile, perhaps for the same base, with another note: this file means nothing to the owner.
  if (restart_->making != restart_->asked) return Pump();
  written_floor_ = durable_floor_ = restart_->base;
  std::vector<DiskDone> waiters = std::move(restart_->waiters);
  for (DiskDone& done : restart_->done) truncations_.push_back({.floor = restart_->base, .done = std::move(done)});
  restart_.reset();
  listener_.OnRotated(rotating_to_.file_id, rotating_to_.base);
  SetFull(false);
  for (DiskDone& waiter : waiters) {
    if (!closed_) waiter(absl::OkStatus());
  }
  if (closed_) return;
  RemoveDeadFiles();
  Pump();
  Rest();
}

}  // namespace tidemark::aof
