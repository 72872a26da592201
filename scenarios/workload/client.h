#pragma once

// The clients of one node, all of them: they carry out the plan's operations, each from its time on, whatever
// becomes of the node meanwhile. They live in the harness. While the node is down or recovers they wait.
//
// The engine is called from tasks of the node's executor only.

#include <memory>
#include <vector>

#include "absl/types/optional.h"
#include "engine/env/executor.h"
#include "scenarios/rare_state_watch.h"
#include "scenarios/workload/append_job.h"
#include "scenarios/workload/job.h"
#include "sim/scheduler.h"

namespace tidemark::scenarios {

class Client final : private JobHost, private sim::EventTarget {
 public:
  Client(const JobContext& context, RareStateWatch& watch, sim::Scheduler& scheduler);

  // Operations of the plan begin at their times from now on.
  void Start();
  // The engine serves, and takes appends for the partitions it has. From a task of `executor`.
  void OnServing(Engine& engine, Executor& executor);
  // One more partition takes appends, or one does no longer.
  void OnPartitionsChanged() override;
  void OnDown();
  // The node's kRefused event.
  void OnRefusedEvent(PartitionId partition);
  // Operations that have not begun never will; the others ask for nothing new.
  void Stop();
  // Begins to append one record to each partition.
  void Probe();
  // Begins to read back all that is promised.
  void Reread();

  // Whether every job that was begun or planned is finished.
  bool done() const { return open_ == 0; }
  // Records of the plan's operations that were acknowledged. Looks at every job.
  uint64_t acknowledged() const;
  // Whether operations of the plan had records to append and never met the partition of one, for it was not there or no
  // store was, all the time, and the store has taken a probe since then, or the plan dropped the partition. Looks at
  // every job.
  bool could_only_probe() const;
  // The first partition whose probe must be acknowledged and was not yet; 0: none. Looks at every job.
  PartitionId MissingProbe() const;
  // The operation of the first job that waits for an answer which must come; nullopt: none.
  absl::optional<uint64_t> OverdueOperation() const;
  // The operation of the first job that waits for what a failed file would have to take; nullopt: none.
  absl::optional<uint64_t> OperationInVain(PartitionId failed) const;

 private:
  struct Slot {
    std::unique_ptr<Job> job;
    AppendJob* append = nullptr;  // the same job, where it is one
    Instant begin;                // not pumped before
    PartitionId probed;           // of a probe
    uint64_t operation = 0;       // of the plan
  };

  Engine& engine() override { return *engine_; }
  Instant now() const override { return scheduler_.now(); }
  void WakeAt(Job& job, Instant at) override;
  void OnFinished(Job&) override { --open_; }
  void OnSending(PartitionId partition, RecordName first, uint32_t records) override;
  bool OnSent() override;
  void OnRefused(PartitionId partition, RecordName first, uint32_t records) override;
  void OnRead(const absl::Status& status) override { watch_.OnRead(status); }

  bool Fire(uint64_t cookie) override;
  void Add(Slot slot);
  void PostPump(size_t slot, bool wake);

  const JobContext& context_;
  RareStateWatch& watch_;
  sim::Scheduler& scheduler_;
  Engine* engine_ = nullptr;      // null while the node does not serve
  Executor* executor_ = nullptr;  // likewise
  std::vector<Slot> slots_;
  size_t open_ = 0;                      // jobs not finished
  Instant stopped_at_ = Instant::Max();  // when nothing of the plan began any more
  // The send that is being made.
  bool sending_ = false;
  bool refused_ = false;  // and was refused already
  PartitionId sending_to_;
  RecordName sending_first_;
  uint32_t sending_records_ = 0;
};

}  // namespace tidemark::scenarios
