#pragma once

// Reads `count` records back, one after another: drawn places, by turns from the partition and from the log, up to the
// one behind the last record that was taken: what is not committed yet must be refused.

#include "fault/operation.h"
#include "scenarios/workload/job.h"

namespace tidemark::scenarios {

class ReadJob final : public Job {
 public:
  ReadJob(const fault::Operation& op, const JobContext& context, JobHost& host);

  void Pump() override;
  void Wake() override;
  void OnDown() override;
  void Stop() override;
  bool overdue() const override { return asking_; }

 private:
  void Ask(PartitionId partition);
  void OnAnswer();

  const JobContext& context_;
  const fault::Operation op_;
  const Duration every_;
  uint64_t step_ = 0;
  uint64_t steps_;
  bool asking_ = false;
  bool waking_ = false;
  Instant not_before_;
};

}  // namespace tidemark::scenarios
