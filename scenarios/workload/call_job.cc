#include "scenarios/workload/call_job.h"

#include <algorithm>

namespace tidemark::scenarios {

void CallJob::Pump() {
  if (asking_ || finished()) return;
  if (stopped_) return Finish();
  asking_ = true;
  kind_ == fault::OpKind::kTruncate ? Truncate() : Flush();
}

void CallJob::Truncate() {
  engine().TruncateNow([this](const absl::StatusOr<RaftIndex>&) { OnAnswer(); });
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
  OnAnswer();
}

// A refusal is an answer too: what it means is told by the node's trace.
void CallJob::OnAnswer() {
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
