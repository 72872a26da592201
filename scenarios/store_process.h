#pragma once

// The program that a simulated node runs: an engine, started the way an operator would start it.
//
//   start     recover the store (create it, until it has served once), then create the plan's partitions,
//             but for those that a client has dropped
//   failure   a log that fails ends the process; a partition file that fails ends it after a while; it starts again
//   refusal   a recovery that refuses is tried again by the next process, at growing distances, a dozen times;
//             a few times only where trying again can not help; then the process waits for an operator
//
// What must survive a crash stands in StoreHost.

#include <memory>

#include "engine/node/engine.h"
#include "sim/process.h"

namespace tidemark::scenarios {

class StoreHost;

class StoreProcess final : public sim::Process {
 public:
  // `host` outlives it.
  StoreProcess(sim::ProcessContext context, StoreHost& host);
  ~StoreProcess() override;

  bool recovering() const override { return engine_ == nullptr && !gave_up_; }
  // Null until it serves.
  const Engine* engine() const { return engine_.get(); }
  bool gave_up() const { return gave_up_; }

  // The engine said that the log (partition 0) or a partition's file failed.
  void OnFailed(PartitionId partition);
  // Ends after the current event.
  void Exit();

 private:
  void Recover();
  void OnOutcome(Engine::RecoverOutcome outcome);
  void OnRefused(const absl::Status& status);
  void ExitAfter(Duration delay);
  // Keeps up to so many creations under way.
  void CreatePartitions();
  void Create(PartitionId partition);
  void OnCreated(PartitionId partition, const absl::Status& status);

  sim::ProcessContext context_;
  StoreHost& host_;
  bool gave_up_ = false;
  bool ending_ = false;
  PartitionId next_to_create_{1};
  uint64_t creating_ = 0;
  std::unique_ptr<Engine> engine_;
};

}  // namespace tidemark::scenarios
