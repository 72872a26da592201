#pragma once

// One machine: a clock, an executor and a disk, and the life of the process on it.
//
// A crash destroys, in this order: disk operations under way (each decided first), posted tasks and timers, the
// process. None of their callbacks runs. The disk stays.

#include <memory>
#include <vector>

#include "engine/env/env.h"
#include "fault/disk_policy.h"
#include "fault/lag_policy.h"
#include "sim/process.h"
#include "sim/sim_clock.h"
#include "sim/sim_disk.h"
#include "sim/sim_executor.h"
#include "sim/trace.h"

namespace tidemark::sim {

class Node final : private Tracer {
 public:
  Node(NodeId id, const fault::Plan& plan, Scheduler& scheduler, Trace& trace, IssueObserver* observer);
  ~Node();

  NodeId id() const { return id_; }
  bool up() const { return process_ != nullptr; }
  uint64_t life() const { return life_; }  // how often it was started
  Process* process() { return process_.get(); }
  SimDisk& disk() { return *disk_; }
  SimClock& clock() { return clock_; }
  SimExecutor& executor() { return executor_; }
  fault::DiskPolicy& disk_policy() { return disk_policy_; }
  fault::LagPolicy& lag_policy() { return lag_policy_; }

  // Not up. `exit` is called when the process gives up by itself.
  void Start(const ProcessFactory& factory, std::function<void()> exit);
  // Up. `key` makes the choices of what happened to operations under way and, for power loss, to unsynced state.
  void ProcessCrash(RandomKey key);
  void PowerLoss(const LossRules& rules, RandomKey key);
  void ProcessExit(RandomKey key);
  // Up and not paused; up and paused.
  void Pause();
  void Resume();
  // Not up. A new, empty disk.
  void ReplaceDisk();
  // Both not up.
  static void SwapDisks(Node& a, Node& b);
  // After the clock was changed.
  void ClockChanged() { executor_.Reschedule(); }
  void EmitWorld(SimTraceKind kind, std::array<uint64_t, 4> args);

 private:
  void Emit(const TraceEvent& event) override;
  void Die();
  std::unique_ptr<SimDisk> NewDisk();

  const NodeId id_;
  const fault::Plan& plan_;
  Scheduler& scheduler_;
  Trace& trace_;
  IssueObserver* const observer_;
  SimClock clock_;
  SimExecutor executor_;
  fault::DiskPolicy disk_policy_;
  fault::LagPolicy lag_policy_;
  DiskHost host_;
  uint64_t disks_ = 0;  // made for this node
  std::unique_ptr<SimDisk> disk_;
  // The scheduler still holds events of theirs, stale ones.
  std::vector<std::unique_ptr<SimDisk>> lost_disks_;
  uint64_t life_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace tidemark::sim
