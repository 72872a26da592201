#pragma once

// Blocking calls on libuv's pool threads, for one loop.
//
//   Submit         a pool thread does the call's Work
//   on_finished    runs on the loop's thread when calls have ended: TakeFinished
//
// To wake a sleeping thread takes longer than much of what is asked of it. So one pool thread that has ended a call
// polls for the next one for a while before it goes back to libuv; what comes meanwhile is handed to it directly.
//
// All but Work runs on the loop's thread.

#include <uv.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "engine/backend/system_clock.h"
#include "engine/base/time.h"

namespace tidemark {

class CallPool {
 public:
  class Call {
   public:
    virtual ~Call() = default;
    virtual void Work() = 0;    // on a pool thread
    virtual void Finish() = 0;  // for whoever takes it, on the loop's thread
  };

  // `poll`: how long a pool thread looks for its next call; 0: not at all.
  CallPool(uv_loop_t& loop, Duration poll) : loop_(loop), poll_(poll) {}
  ~CallPool();
  // Once, first.
  absl::Status Init(absl::AnyInvocable<void()> on_finished);
  // Runs the loop until all calls are done, those too that are submitted meanwhile, and destroys them unfinished. The
  // loop's other handles are closed, or about to be.
  void Close();

  // Keeps the loop alive until the call was taken.
  void Submit(std::unique_ptr<Call> call);
  // In the order in which they ended. Destroys none of them.
  std::vector<std::unique_ptr<Call>> TakeFinished();
  // Submitted, and not taken.
  uint64_t under_way() const { return under_way_; }

 private:
  struct Runner;

  bool Offer(Call* call);
  Call* AwaitNext();
  void Finished(Call* call);

  uv_loop_t& loop_;
  const Duration poll_;
  SystemClock clock_;
  absl::AnyInvocable<void()> on_finished_;
  uv_async_t ended_;
  uint64_t under_way_ = 0;
  std::atomic<bool> closed_{false};    // nobody polls, and on_finished_ is not run
  std::atomic<uint64_t> in_queue_{0};  // calls that wait for a thread of libuv's

  // Only the loop's thread puts a call here, and only while polling_; whoever polls takes it, and looks once more after
  // it has stopped.
  std::atomic<Call*> offered_{nullptr};
  std::atomic<bool> polling_{false};  // a pool thread polls
  std::mutex mutex_;
  std::vector<std::unique_ptr<Call>> finished_;  // guarded by mutex_
};

}  // namespace tidemark
