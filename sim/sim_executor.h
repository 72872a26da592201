#pragma once

// One node's executor in virtual time. Posted tasks run one an event, in order; timers follow the node's clock. A
// paused node's events wait; a crash destroys every task and timer unrun.

#include <cstdint>
#include <deque>
#include <vector>

#include "engine/base/time.h"
#include "engine/env/executor.h"
#include "sim/scheduler.h"
#include "sim/sim_clock.h"

namespace tidemark::sim {

class SimExecutor final : public Executor, public EventTarget {
 public:
  SimExecutor(Scheduler& scheduler, SimClock& clock) : scheduler_(scheduler), clock_(clock) {}

  void Post(Task task) override;
  TimerId ScheduleAfter(Duration delay, Task task) override;
  void Cancel(TimerId id) override;

  bool Fire(uint64_t cookie) override;

  // Events of other targets that belong to this node (disk completions) ask here first: false means the node is
  // paused, and the event was put aside until Resume.
  bool Admit(EventTarget* target, uint64_t cookie);
  void Pause() { paused_ = true; }
  void Resume();
  bool paused() const { return paused_; }
  // After the clock was changed: timers are due at other times now.
  void Reschedule();
  // The process died: every task and timer is destroyed unrun, posted tasks first, in order.
  void Clear();

 private:
  struct Timer {
    Task task;             // null: free
    Instant due;           // on the node's clock
    uint32_t version = 1;  // of the event that may fire it; older events are stale
  };
  struct Held {
    EventTarget* target;
    uint64_t cookie;
  };
  static constexpr uint64_t kRunQueue = ~uint64_t{0};

  bool FirePosted();
  void Arm(uint32_t slot);
  bool FireTimer(uint32_t slot, uint32_t version);

  Scheduler& scheduler_;
  SimClock& clock_;
  bool paused_ = false;
  bool clearing_ = false;  // what a dying process asks for in its destructors is dropped
  std::deque<Task> posted_;
  uint64_t queue_events_ = 0;  // of the run queue, pending in the scheduler. Invariant: 0 or 1 while not paused.
  std::vector<Timer> timers_;
  std::vector<uint32_t> free_timers_;
  std::vector<Held> held_;  // events that came while paused, in order
};

}  // namespace tidemark::sim
