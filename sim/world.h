#pragma once

// A world is a plan come alive: machines, their processes, and the plan's faults at their times. Step by step it
// yields a trace; the same plan yields the same trace, always.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fault/plan.h"
#include "sim/node.h"
#include "sim/process.h"
#include "sim/scheduler.h"
#include "sim/trace.h"

namespace tidemark::sim {

struct WorldOptions {
  bool keep_whole_trace = false;
  // A process that gave up by itself is started again after this.
  Duration restart_delay = Duration::Millis(1);
};

class World final : private EventTarget {
 public:
  // Nothing has happened yet; nodes start with the first step. `plan` outlives the world; `factory` makes each node's
  // process at each start.
  World(const fault::Plan& plan, ProcessFactory factory, WorldOptions options);
  ~World();

  // Runs the next event. False when there is none left.
  bool Step();
  Instant now() const { return scheduler_.now(); }
  Instant next() const { return scheduler_.next(); }
  Scheduler& scheduler() { return scheduler_; }
  Trace& trace() { return trace_; }
  const fault::Plan& plan() const { return plan_; }
  size_t nodes() const { return nodes_.size(); }
  Node& node(size_t i) { return *nodes_[i]; }  // of NodeId(i + 1)

  // Ends every fault, resumes and restarts every node, sets the clocks going. Later faults of the plan do not begin.
  void Heal();
  bool healed() const { return healed_; }

  // How often each fault of the plan acted, by fault id; 0: it never did.
  std::map<uint64_t, uint64_t> FaultHits() const;

 private:
  class Watch;  // counts a node's disk operations for faults that wait for the n-th
  enum Action : uint64_t { kBegin, kEnd, kStrike, kRestart, kExit };
  static uint64_t CookieOf(uint64_t action, uint64_t index) { return action << 48 | index; }

  bool Fire(uint64_t cookie) override;
  void Begin(size_t index);
  void End(size_t index);
  void Strike(size_t index);  // a crash of some kind, now
  bool CanStrike(const fault::Fault& fault) const;
  void Crash(const fault::Fault& fault, Node& node);
  void BeginClock(const fault::Fault& fault, bool on);
  void RestartLater(Node& node, Duration down);
  void StartNode(Node& node);
  void CountHit(const fault::Fault& fault) { ++hits_[fault.id]; }
  RandomKey KeyOf(const fault::Fault& fault) const;
  Node& NodeOf(const fault::Fault& fault) { return *nodes_[fault.node.value() - 1]; }

  const fault::Plan& plan_;
  const ProcessFactory factory_;
  const WorldOptions options_;
  Scheduler scheduler_;
  Trace trace_;
  bool healed_ = false;
  std::map<uint64_t, uint64_t> hits_;            // of faults that this class carries out
  std::vector<std::unique_ptr<Watch>> watches_;  // one a node
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<uint64_t> restarts_;  // per node: of the pending restart that counts
};

}  // namespace tidemark::sim
