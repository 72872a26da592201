#pragma once

// What the harness keeps of one node across the lives of its process: the model of what its store owes, the oracles
// that hold it to that, its state machine's memory and its clients. It hears the node's trace and tells each of them.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "engine/node/engine.h"
#include "fault/plan.h"
#include "scenarios/contract.h"
#include "scenarios/oracles/oracle_set.h"
#include "scenarios/rare_state_watch.h"
#include "scenarios/workload/client.h"
#include "scenarios/workload/job.h"
#include "scenarios/workload/ledger_machine.h"
#include "scenarios/workload/payload.h"
#include "scenarios/workload/record_model.h"
#include "sim/process.h"
#include "sim/scheduler.h"
#include "sim/trace.h"

namespace tidemark::scenarios {

class StoreProcess;

class StoreHost {
 public:
  // References outlive it.
  StoreHost(const fault::Plan& plan, NodeId node, const Contract& contract, const PayloadSource& payloads,
            RareStateWatch& watch, sim::Scheduler& scheduler);
  ~StoreHost();

  // --- the node's lives ---------------------------------------------------------
  std::unique_ptr<sim::Process> StartProcess(sim::ProcessContext context);
  void OnTrace(const sim::TraceRecord& record);
  // Nothing more happens at this instant.
  void OnInstantOver();
  // A store that has given up tries again.
  void OnHeal();
  // Ends the process; it starts again. False: there is none.
  bool Restart();

  // --- what its process tells ---------------------------------------------------
  void OnRecovered(Engine& engine, Executor& executor, const RecoveryReport& report);
  void OnRecoveryRefused(const absl::Status& status, const RecoveryReport& report);
  void OnCreationAnswered(PartitionId partition, const Standing& asked, const absl::Status& status);
  void OnPartitionCreated(PartitionId partition);
  void OnPartitionRefused(PartitionId partition, const absl::Status& status);
  // It is about to start again, for the partition's file failed a while ago.
  void OnLeaving(PartitionId failed);

  // --- what its process asks -----------------------------------------------------
  const fault::Plan& plan() const { return plan_; }
  // With the mode: a store is created until it has served once.
  EngineOptions options() const;
  LedgerMachine& machine() { return machine_; }
  // Whether its process is to create the partition, should it not be there.
  bool Wants(PartitionId partition) const { return !model_.IsDropped(partition); }
  void OnCreating(PartitionId partition) { model_.CreateSent(partition); }
  // Refusals since a recovery last completed.
  uint64_t refusals() const { return refusals_; }

  // --- how it stands ---------------------------------------------------------------
  NodeId node() const { return node_; }
  Client& client() { return client_; }
  const Client& client() const { return client_; }
  OracleSet& oracles() { return oracles_; }
  const RecordModel& model() const { return model_; }
  bool violated() const { return !oracles_.violations().empty(); }
  // Null while it does not serve.
  const Engine* engine() const;
  // It gave up on its disk, and waits for someone to help.
  bool gave_up() const;
  const absl::Status& last_refusal() const { return last_refusal_; }
  uint64_t recoveries() const { return recoveries_; }
  // The first record of the log's newest file, as far as rotations told.
  RaftIndex newest_file_base() const { return file_bases_.empty() ? RaftIndex(1) : file_bases_.back(); }
  // Its rungs, or why there are none.
  std::string DescribeLadder() const;

 private:
  void OnDown(Instant at, DownReason reason);
  void ForgetLost(const Ladder& ladder);
  void ForgetFilesFrom(RaftIndex base);

  const fault::Plan& plan_;
  const NodeId node_;
  const Contract& contract_;
  RareStateWatch& watch_;
  sim::Scheduler& scheduler_;
  RecordModel model_;
  OracleSet oracles_;
  LedgerMachine machine_;
  const JobContext job_context_;
  Client client_;

  StoreProcess* process_ = nullptr;  // owned by the world; null between its lives
  bool ever_served_ = false;
  uint64_t foreign_disks_ = 0;
  uint64_t starts_ = 0;  // of its process
  uint64_t recoveries_ = 0;
  uint64_t refusals_ = 0;
  absl::Status last_refusal_;
  std::vector<RaftIndex> file_bases_;  // Invariant: ascending. Of the log's files that were begun, where it still is.
};

}  // namespace tidemark::scenarios
