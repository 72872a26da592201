#pragma once

#include <cstdint>

#include "absl/functional/any_invocable.h"
#include "engine/base/time.h"

namespace tidemark {

// Where a node's code runs: one thread, one task at a time, never inside another task.
// All completions of the node's disk and network arrive as tasks here.
class Executor {
 public:
  using Task = absl::AnyInvocable<void()>;
  // 0 is no timer.
  using TimerId = uint64_t;

  virtual ~Executor() = default;
  // Runs `task` soon, after the current task has returned. Tasks posted by one task run
  // in the order they were posted.
  virtual void Post(Task task) = 0;
  // Runs `task` once the node's clock has advanced by `delay` (>= 0); never inside this call.
  virtual TimerId ScheduleAfter(Duration delay, Task task) = 0;
  // The task will not run, and is destroyed before this returns. A timer that already ran is ignored.
  virtual void Cancel(TimerId id) = 0;
};

}  // namespace tidemark
