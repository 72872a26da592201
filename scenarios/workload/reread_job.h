#pragma once

// Reads back what the store has promised: every record of every partition, and every record that is left in the log.
// Of a store with more than kAllUpTo of them it reads evenly spaced ones, from a drawn start.

#include "scenarios/workload/job.h"

namespace tidemark::scenarios {

class RereadJob final : public Job {
 public:
  static constexpr uint64_t kAllUpTo = 4096;
  static constexpr uint64_t kInflight = 64;

  RereadJob(const JobContext& context, JobHost& host) : Job(context, host), context_(context) {}

  void Pump() override;
  void OnDown() override;
  void Stop() override;

 private:
  void Begin();
  // Moves to the next place to read; false when there is none.
  bool Next();
  void AskForPlace();
  void OnAnswer();

  const JobContext& context_;
  bool begun_ = false;
  uint64_t stride_ = 1;
  uint64_t unanswered_ = 0;
  PartitionId partition_;  // 0: in the log
  uint64_t index_ = 0;     // last asked for there
};

}  // namespace tidemark::scenarios
