#include "engine/aof/segment_ahead.h"

#include <utility>

#include "engine/base/check.h"

namespace tidemark::aof {

void SegmentAhead::MayPrepare(SegmentPlan plan) {
  if (preparing_ || making_ || (tried_ && file_id_ == plan.file_id)) return;
  preparing_ = tried_ = true;
  file_id_ = plan.file_id;
  segment_bytes_ = plan.segment_bytes;
  PrepareSegment(disk_, weak_from_this(), std::move(plan),
                 [this](absl::StatusOr<std::shared_ptr<File>> file) { OnPrepared(std::move(file)); });
}

void SegmentAhead::OnPrepared(absl::StatusOr<std::shared_ptr<File>> file) {
  preparing_ = false;
  if (file.ok()) prepared_ = *std::move(file);
  if (waiting_done_ != nullptr) Make(std::move(waiting_plan_), std::exchange(waiting_done_, nullptr));
}

void SegmentAhead::Make(SegmentPlan plan, SegmentMade done) {
  CHECK(waiting_done_ == nullptr && !making_) << "segment " << plan.file_id << " is made twice";
  if (preparing_) {
    waiting_plan_ = std::move(plan);
    waiting_done_ = std::move(done);
    return;
  }
  tried_ = false;
  if (prepared_ != nullptr && file_id_ == plan.file_id && segment_bytes_ == plan.segment_bytes) {
    plan.prepared = std::move(prepared_);
  }
  prepared_.reset();
  used_spare_ = plan.from_spare && plan.prepared == nullptr;
  making_ = true;
  MakeSegment(disk_, weak_from_this(), std::move(plan),
              [this, done = std::move(done)](absl::StatusOr<std::shared_ptr<File>> file) mutable {
                making_ = false;
                std::exchange(done, nullptr)(std::move(file));
              });
}

}  // namespace tidemark::aof
