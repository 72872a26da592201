#pragma once

// The real Executor: one libuv loop on one thread. Posted tasks, timers and the completions
// of blocking calls all run as tasks of the thread that is inside Run or RunUntil; libuv's
// pool threads (UV_THREADPOOL_SIZE of them, 4 if unset, read once) only make kernel calls.
//
// One turn: the tasks that were posted before it, in order, then completions and due
// timers. What a task posts runs in the next turn, so that posting never starves the disk.
//
// A thread that sleeps takes tens of microseconds to wake, which is much beside the sync of a fast disk. So a loop may
// poll for a while after a blocking call was begun, giving the processor to whoever wants it in between, and sleeps
// only then: a call that hangs costs no more than that. Likewise a pool thread that has ended a call.
//
// Destroying the loop destroys tasks and timers unrun, waits for the pool threads to finish
// the calls they have begun or been given, and destroys their completions unrun.

#include <uv.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "engine/backend/call_pool.h"
#include "engine/backend/file_descriptor.h"
#include "engine/backend/system_clock.h"
#include "engine/base/time.h"
#include "engine/env/executor.h"

namespace tidemark {

class EventLoop final : public Executor {
 public:
  // Sleeps not before `poll` after the last RunBlocking while its call is under way; 0: at once. Fails only where the
  // kernel has no descriptors left.
  static absl::StatusOr<std::unique_ptr<EventLoop>> Create(Duration poll = Duration());
  // Not inside a task, and on the thread that ran it last.
  ~EventLoop() override;

  void Post(Task task) override;
  // Precision: that of the kernel's high-resolution timers, microseconds; never early by SystemClock.
  // Tasks of timers run in the order of their deadlines, equal ones in the order they were scheduled.
  TimerId ScheduleAfter(Duration delay, Task task) override;
  void Cancel(TimerId id) override;

  // Runs tasks until Stop; waits where there are none. What is left after Stop stays for the next run.
  void Run();
  // Runs turns until `condition`, asked between turns, holds: true. False when nothing is left that could run.
  bool RunUntil(absl::FunctionRef<bool()> condition);
  // Makes Run return after the turn it is in, or the next Run after its first. From any thread.
  void Stop();
  // Post for other threads. Tasks of one thread run in the order it posted them.
  void PostFromAnyThread(Task task);

  // Calls work() on a pool thread and destroys it there, then then(result) as a task. The caller sees to it that
  // `work` touches nothing that the loop's thread changes meanwhile. `work` may not return void.
  template <typename Work, typename Then>
  void RunBlocking(Work work, Then then) {
    Submit(std::make_unique<CallOf<Work, Then>>(std::move(work), std::move(then)));
  }

 private:
  template <typename WorkFunction, typename Then>
  struct CallOf;
  class Running;
  using TimerKey = std::pair<Instant, TimerId>;

  explicit EventLoop(Duration poll);
  absl::Status Init();
  void Turn();
  void Submit(std::unique_ptr<CallPool::Call> call);
  void FinishCalls();
  void RunPosted();
  void TakeFromOtherThreads();
  void RunDueTimers();
  void ArmTimer();
  void RunTask(Task task);
  void CheckThread(const char* call) const;
  void CloseHandles();

  SystemClock clock_;
  const Duration poll_;
  Instant poll_until_;  // no call that is under way was begun later than poll_ before this
  uint64_t woken_ = 0;  // how often libuv has called back
  uv_loop_t loop_;
  CallPool calls_;
  uv_idle_t posted_ready_;   // active while posted_ holds tasks
  uv_async_t wake_;          // Stop and PostFromAnyThread
  uv_poll_t timer_ready_;    // timer_fd_ is readable
  FileDescriptor timer_fd_;  // a timerfd on CLOCK_MONOTONIC: uv_timer_t counts in milliseconds only
  bool handles_open_ = false;

  std::deque<Task> posted_;
  absl::btree_map<TimerKey, Task> timers_;
  absl::flat_hash_map<TimerId, Instant> deadlines_;  // Invariant: the same timers as timers_.
  TimerId next_timer_ = 1;
  Instant armed_for_ = Instant::Max();  // what timer_fd_ waits for; Max is nothing

  bool in_task_ = false;
  bool closing_ = false;
  std::atomic<bool> stop_{false};
  std::atomic<std::thread::id> runner_{};  // the thread inside Run or RunUntil
  std::mutex mutex_;
  std::vector<Task> from_other_threads_;  // guarded by mutex_
};

template <typename WorkFunction, typename Then>
struct EventLoop::CallOf final : CallPool::Call {
  CallOf(WorkFunction work, Then then) : work(std::move(work)), then(std::move(then)) {}
  void Work() override {
    result.emplace((*work)());
    work.reset();
  }
  void Finish() override { then(*std::move(result)); }

  absl::optional<WorkFunction> work;
  absl::optional<std::invoke_result_t<WorkFunction&>> result;
  Then then;
};

}  // namespace tidemark
