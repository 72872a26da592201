#pragma once

// One call of the engine that takes no data: truncate, or flush. Asked again after a crash, until it is answered. What
// it says is judged by how the log and the files stood when it was asked for.

#include <utility>
#include <vector>

#include "fault/operation.h"
#include "scenarios/workload/job.h"

namespace tidemark::scenarios {

class CallJob final : public Job {
 public:
  CallJob(fault::OpKind kind, const JobContext& context, JobHost& host) : Job(context, host), kind_(kind) {}

  void Pump() override;
  void OnDown() override;
  void Stop() override;
  bool overdue() const override { return asking_; }

 private:
  // What a partition's file had to make durable, and what the partition was then.
  struct Forwarded {
    PartitionId partition;
    uint64_t incarnation;
    PartitionIndex through;
  };
  void Truncate();
  void OnTruncated(const absl::StatusOr<RaftIndex>& truncated);
  void Flush();
  void OnFlushed(const absl::Status& status);
  void OnAnswer(const absl::Status& status);

  std::vector<Forwarded> forwarded_;
  RaftIndex appended_;
  RaftIndex min_required_;
  Instant asked_;
  const fault::OpKind kind_;
  bool asking_ = false;
  bool stopped_ = false;
};

}  // namespace tidemark::scenarios
