#include "engine/backend/call_pool.h"

#include <sched.h>

#include <utility>

#include "engine/backend/posix_error.h"
#include "engine/base/check.h"

namespace tidemark {

// One visit of a pool thread: a call, and those that it is handed afterwards.
struct CallPool::Runner {
  Runner(CallPool& pool, Call* first) : pool(pool), first(first) { request.data = this; }
  void Run() {
    --pool.in_queue_;
    for (Call* call = first; call != nullptr; call = pool.AwaitNext()) {
      call->Work();
      pool.Finished(call);
    }
  }

  CallPool& pool;
  Call* const first;
  uv_work_t request;
};

absl::Status CallPool::Init(absl::AnyInvocable<void()> on_finished) {
  on_finished_ = std::move(on_finished);
  const int result = uv_async_init(&loop_, &ended_, [](uv_async_t* handle) {
    auto* pool = static_cast<CallPool*>(handle->data);
    if (!pool->closed_) pool->on_finished_();
  });
  if (result != 0) return ErrnoError(-result, "uv_async_init");
  ended_.data = this;
  uv_unref(reinterpret_cast<uv_handle_t*>(&ended_));
  return absl::OkStatus();
}

CallPool::~CallPool() { CHECK_EQ(under_way_, 0u) << "calls that nobody waits for"; }

void CallPool::Close() {
  closed_ = true;
  uv_unref(reinterpret_cast<uv_handle_t*>(&ended_));
  // What dies with a call may make a last one.
  do {
    CHECK_EQ(uv_run(&loop_, UV_RUN_DEFAULT), 0);
    TakeFinished().clear();
  } while (under_way_ > 0);
  CHECK(offered_ == nullptr) << "a call was handed to nobody";
  uv_close(reinterpret_cast<uv_handle_t*>(&ended_), nullptr);
  CHECK_EQ(uv_run(&loop_, UV_RUN_DEFAULT), 0);
}

void CallPool::Submit(std::unique_ptr<Call> call) {
  if (under_way_++ == 0 && !closed_) uv_ref(reinterpret_cast<uv_handle_t*>(&ended_));
  Call* const raw = call.release();
  if (!Offer(raw)) {
    auto* runner = new Runner(*this, raw);
    ++in_queue_;
    // Fails only without a work function.
    CHECK_EQ(uv_queue_work(
                 &loop_, &runner->request, [](uv_work_t* request) { static_cast<Runner*>(request->data)->Run(); },
                 [](uv_work_t* request, int) { delete static_cast<Runner*>(request->data); }),
             0);
  }
  // Where the scheduler put the pool thread behind this one it would wait until all tasks here are done.
  ::sched_yield();
}

// Whether a pool thread that polls has it. One that stops meanwhile may have seen it or not.
bool CallPool::Offer(Call* call) {
  if (!polling_ || offered_ != nullptr) return false;
  offered_ = call;
  return polling_ || offered_.exchange(nullptr) == nullptr;
}

CallPool::Call* CallPool::AwaitNext() {
  if (poll_ == Duration() || closed_ || polling_.exchange(true)) return nullptr;
  const Instant until = clock_.Now() + poll_;
  while (offered_ == nullptr && in_queue_ == 0 && !closed_ && clock_.Now() < until) ::sched_yield();
  polling_ = false;
  return offered_.exchange(nullptr);
}

void CallPool::Finished(Call* call) {
  bool first = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    first = finished_.empty();
    finished_.emplace_back(call);
  }
  if (!first || closed_) return;
  CHECK_EQ(uv_async_send(&ended_), 0);
}

std::vector<std::unique_ptr<CallPool::Call>> CallPool::TakeFinished() {
  std::vector<std::unique_ptr<Call>> finished;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    finished.swap(finished_);
  }
  under_way_ -= finished.size();
  if (under_way_ == 0 && !closed_) uv_unref(reinterpret_cast<uv_handle_t*>(&ended_));
  return finished;
}

}  // namespace tidemark
