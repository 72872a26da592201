#include "scenarios/workload/call_job.h"

namespace tidemark::scenarios {

void CallJob::Pump() {
  if (asking_ || finished()) return;
  if (stopped_) return Finish();
  asking_ = true;
  if (kind_ == fault::OpKind::kTruncate) {
    engine().TruncateNow([this](const absl::StatusOr<RaftIndex>&) { OnAnswer(); });
  } else {
    engine().Flush([this](const absl::Status&) { OnAnswer(); });
  }
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
