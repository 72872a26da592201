#include "engine/aof/segment_ahead.h"

#include <utility>

#include "engine/aof/file_names.h"
#include "engine/base/check.h"

namespace tidemark::aof {

void SegmentAhead::Claim(SegmentPlan plan) {
  preparing_ = tried_ = true;
  file_id_ = plan.file_id;
  segment_bytes_ = plan.segment_bytes;
  plan_ = std::move(plan);
}

void SegmentAhead::MayPrepare(SegmentPlan plan) {
  if (preparing_ || making_ || (tried_ && file_id_ == plan.file_id)) return;
  Claim(std::move(plan));
  reused_ = false;
  PrepareInTurn();
}

// The old name goes first, and durably: after a crash no file of that name has lost what it held. No record hangs on
// that: the floor is durable, and what is below it is not read, whatever it holds. But where the newest file is damaged
// the floor may not be seen; opening then looks for the files before it, and is to miss this one, not to blame its
// zeros.
void SegmentAhead::Reuse(SegmentPlan plan, const std::string& old_name, DiskDone gone) {
  CHECK(MayReuse(plan.file_id)) << "a second file becomes segment " << plan.file_id;
  Claim(std::move(plan));
  reused_ = true;
  const std::string new_path = JoinPath(plan_.directory, NewSegmentName(file_id_));
  disk_.Rename(JoinPath(plan_.directory, old_name), new_path,
               [weak = weak_from_this(), gone = std::move(gone)](absl::Status status) mutable {
                 auto self = weak.lock();
                 if (self == nullptr) return;
                 if (!status.ok()) return self->OnRenamed(std::move(status), std::move(gone));
                 self->disk_.SyncDirectory(self->plan_.directory,
                                           [weak, gone = std::move(gone)](absl::Status synced) mutable {
                                             auto self = weak.lock();
                                             if (self != nullptr) self->OnRenamed(std::move(synced), std::move(gone));
                                           });
               });
}

void SegmentAhead::OnRenamed(absl::Status status, DiskDone gone) {
  if (status.ok()) {
    PrepareInTurn();
  } else {
    tried_ = false;  // MayPrepare may
    OnPrepared(status);
  }
  gone(status);
}

void SegmentAhead::PrepareInTurn() {
  if (turns_ == nullptr || waiting_done_ != nullptr) return Prepare();
  waits_for_turn_ = true;
  turns_->RequestBackground([weak = weak_from_this(), file_id = file_id_](Turns::Turn turn) {
    auto self = weak.lock();
    if (self == nullptr || !self->waits_for_turn_ || self->file_id_ != file_id) return;
    self->turn_.emplace(std::move(turn));
    self->Prepare();
  });
}

void SegmentAhead::Prepare() {
  waits_for_turn_ = false;
  auto made = [this](absl::StatusOr<std::shared_ptr<File>> file) { OnPrepared(std::move(file)); };
  (reused_ ? ReuseSegment : PrepareSegment)(disk_, weak_from_this(), std::move(plan_), std::move(made));
}

void SegmentAhead::OnPrepared(absl::StatusOr<std::shared_ptr<File>> file) {
  preparing_ = false;
  turn_.reset();
  is_prepared_ = file.ok();
  if (file.ok() && keep_open_) prepared_ = *std::move(file);
  if (waiting_done_ != nullptr) Make(std::move(waiting_plan_), std::exchange(waiting_done_, nullptr));
}

void SegmentAhead::Make(SegmentPlan plan, SegmentMade done) {
  CHECK(waiting_done_ == nullptr && !making_) << "segment " << plan.file_id << " is made twice";
  if (preparing_) {
    waiting_plan_ = std::move(plan);
    waiting_done_ = std::move(done);
    if (waits_for_turn_) Prepare();
    return;
  }
  tried_ = false;
  plan.is_prepared = std::exchange(is_prepared_, false) && file_id_ == plan.file_id &&
                     segment_bytes_ == plan.segment_bytes;
  if (plan.is_prepared) plan.prepared = std::move(prepared_);
  prepared_.reset();
  used_spare_ = plan.from_spare && !plan.is_prepared;
  making_ = true;
  MakeSegment(disk_, weak_from_this(), std::move(plan),
              [this, done = std::move(done)](absl::StatusOr<std::shared_ptr<File>> file) mutable {
                making_ = false;
                std::exchange(done, nullptr)(std::move(file));
              });
}

}  // namespace tidemark::aof
