#pragma once

// One call of the engine that takes no data: truncate, or flush. Asked again after a crash, until it is answered. What
// a flush says is judged by what was under way when it was asked for.

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
  void Flush();
  void OnFlushed(const absl::Status& status);
  void OnAnswer();

  std::vector<Forwarded> forwarded_;
  RaftIndex appended_;
  const fault::OpKind kind_;
  bool asking_ = false;
  bool stopped_ = false;
};

}  // namespace tidemark::scenarios
