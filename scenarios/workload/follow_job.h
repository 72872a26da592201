#pragma once

// Follows a partition's tail from a drawn place on until `count` records have come, in portions of drawn sizes, and
// lets the oracles judge each of them. Where a snapshot has taken what it asks for it goes on above that; where the
// partition is dropped it ends.

#include <vector>

#include "fault/operation.h"
#include "scenarios/workload/job.h"

namespace tidemark::scenarios {

class FollowJob final : public Job {
 public:
  FollowJob(const fault::Operation& op, const JobContext& context, JobHost& host);

  void Pump() override;
  void Wake() override;
  void OnDown() override;
  void Stop() override;
  bool overdue() const override;
  bool WaitsInVain(PartitionId partition) const override;

 private:
  void Ask();
  void OnEntries(const absl::StatusOr<std::vector<Entry>>& entries);
  void OnRefusal(const absl::Status& status);
  void PauseFor(Duration pause);

  const JobContext& context_;
  const fault::Operation op_;
  const PartitionId partition_;
  const Duration every_;
  uint64_t wanted_;
  uint64_t asks_ = 0;
  PartitionIndex next_;  // 0: not begun
  uint64_t incarnation_ = 0;
  uint64_t max_records_ = 0;
  uint64_t max_bytes_ = 0;
  bool asking_ = false;
  bool told_ = false;  // that the answer is for another life
  Instant asked_;
  bool waking_ = false;
  bool stopped_ = false;
};

}  // namespace tidemark::scenarios
