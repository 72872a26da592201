#include "scenarios/workload/call_job.h"

#include <algorithm>

namespace tidemark::scenarios {

void CallJob::Pump() {
  if (asking_ || finished()) return;
  if (stopped_) return Finish();
  asking_ = true;
  asked_ = now();
  kind_ == fault::OpKind::kTruncate ? Truncate() : Flush();
}

void CallJob::Truncate() {
  min_required_ = oracles().rungs(node()).min_required();
  engine().TruncateNow([this](const absl::StatusOr<RaftIndex>& truncated) { OnTruncated(truncated); });
}

void CallJob::OnTruncated(const absl::StatusOr<RaftIndex>& truncated) {
  if (truncated.ok()) oracles().OnTruncated(now(), node(), min_required_, *truncated);
  OnAnswer(truncated.status());
}

void CallJob::Flush() {
  appended_ = engine().ladder().appended;
  forwarded_.clear();
  for (const PartitionLadder& p : engine().ladder().partitions) {
    if (!p.dropped) forwarded_.push_back({p.partition, model().Incarnation(p.partition), p.forwarded_index});
  }
  engine().Flush([this](const absl::Status& status) { OnFlushed(status); });
}

// Of partitions whose files failed, or that are gone, nothing was promised.
void CallJob::OnFlushed(const absl::Status& status) {
  std::vector<std::pair<PartitionId, PartitionIndex>> files;
  for (const PartitionLadder& p : engine().ladder().partitions) {
    if (p.dropped || p.stopped != ErrorKind::kNone) continue;
    const auto asked = std::find_if(forwarded_.begin(), forwarded_.end(),
                                    [&](const Forwarded& f) { return f.partition == p.partition; });
    if (asked == forwarded_.end() || asked->incarnation != model().Incarnation(p.partition)) continue;
    files.emplace_back(p.partition, asked->through);
  }
  if (status.ok()) oracles().OnFlushed(now(), node(), appended_, files);
  OnAnswer(status);
}

// An error is an answer too.
void CallJob::OnAnswer(const absl::Status& status) {
  if (!status.ok()) {
    oracles().OnCallFailed({.at = now(),
                            .node = node(),
                            .call = kind_ == fault::OpKind::kTruncate ? Call::kTruncate : Call::kFlush,
                            .status = status,
                            .asked = asked_});
  }
  asking_ = false;
  Finish();
}

void CallJob::OnDown() {
  asking_ = false;
  if (stopped_) Finish();
}

void CallJob::Stop() {
  stopped_ = true;
  if (!asking_) Finish();
}

}  // namespace tidemark::scenarios
