#pragma once

// One call of the engine that takes no data: truncate, or flush. Asked again after a crash, until it is answered.

#include "fault/operation.h"
#include "scenarios/workload/job.h"

namespace tidemark::scenarios {

class CallJob final : public Job {
 public:
  CallJob(fault::OpKind kind, const JobContext& context, JobHost& host) : Job(context, host), kind_(kind) {}

  void Pump() override;
  void OnDown() override;
  void Stop() override;

 private:
  void OnAnswer();

  const fault::OpKind kind_;
  bool asking_ = false;
  bool stopped_ = false;
};

}  // namespace tidemark::scenarios
