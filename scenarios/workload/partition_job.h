#pragma once

// One call of the engine about a partition: create, drop, snapshot, or a barrier over it (or over all). Asked again
// after a crash, until it is answered, or until there is nothing left to ask for.

#include <vector>

#include "absl/status/status.h"
#include "fault/operation.h"
#include "scenarios/workload/job.h"

namespace tidemark::scenarios {

class PartitionJob final : public Job {
 public:
  PartitionJob(const fault::Operation& op, const JobContext& context, JobHost& host);

  void Pump() override;
  void Wake() override;
  void OnDown() override;
  void Stop() override;
  bool overdue() const override;
  bool WaitsInVain(PartitionId partition) const override;

 private:
  void Create();
  void OnCreated(const absl::Status& status);
  void CreateOneTooMany();
  void Drop();
  void OnDropped(const absl::Status& status);
  void Taken(Taking what, const absl::Status& status);
  void Barrier();
  void OnBarrier(const absl::Status& status);
  bool BarrierMustAnswer() const;
  void Snapshot();
  void OnSnapshot(const absl::Status& status);
  // Before a call about partitions_; and what an error that it is answered with is judged by.
  void Remember();
  void Failed(Call call, const absl::Status& status);
  void OnAnswer();
  void TryAgain();

  const fault::Operation op_;
  const PartitionId partition_;
  bool asking_ = false;
  bool told_ = false;  // that the answer is for another life
  bool waking_ = false;
  bool stopped_ = false;
  bool drop_sent_ = false;
  uint64_t incarnation_ = 0;                // that was to be dropped
  Standing standing_;                       // when it was to be created or dropped
  uint64_t asks_ = 0;                       // barriers
  RaftIndex through_;                       // of the barrier
  std::vector<AskedPartition> partitions_;  // of the barrier, or the snapshot
  // When that was asked for.
  Instant asked_;
  bool all_there_ = false;
  PartitionIndex applied_;
  PartitionIndex durable_;
};

}  // namespace tidemark::scenarios
