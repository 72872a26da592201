#include "engine/backend/event_loop.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "engine/backend/posix_error.h"
#include "engine/base/check.h"
#include "engine/base/status.h"

namespace tidemark {
namespace {

// How long a pool thread polls: longer than it takes to answer some hundred appends and take the next ones.
constexpr Duration kMostPoolPoll = Duration::Micros(200);

Instant After(Instant now, Duration delay) { return delay > Instant::Max() - now ? Instant::Max() : now + delay; }

itimerspec OneShotAt(Instant deadline) {
  itimerspec spec = {};
  if (deadline == Instant::Max()) return spec;  // all zero disarms
  const int64_t nanos = std::max<int64_t>(deadline.nanos(), 1);
  spec.it_value.tv_sec = nanos / 1'000'000'000;
  spec.it_value.tv_nsec = nanos % 1'000'000'000;
  return spec;
}

absl::Status UvError(int result, absl::string_view call) {
  return result == 0 ? absl::OkStatus() : ErrnoError(-result, call);
}

}  // namespace

absl::StatusOr<std::unique_ptr<EventLoop>> EventLoop::Create(Duration poll) {
  CHECK_GE(poll, Duration());
  std::unique_ptr<EventLoop> loop(new EventLoop(poll));
  RETURN_IF_ERROR(loop->Init());
  return loop;
}

EventLoop::EventLoop(Duration poll) : poll_(poll), calls_(loop_, std::min(poll, kMostPoolPoll)) {}

absl::Status EventLoop::Init() {
  timer_fd_ = FileDescriptor(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  if (timer_fd_.get() < 0) return ErrnoError(errno, "timerfd_create");
  RETURN_IF_ERROR(UvError(uv_loop_init(&loop_), "uv_loop_init"));
  const int async = uv_async_init(
      &loop_, &wake_, [](uv_async_t* handle) { static_cast<EventLoop*>(handle->data)->TakeFromOtherThreads(); });
  if (async != 0) {
    uv_loop_close(&loop_);
    return UvError(async, "uv_async_init");
  }
  if (absl::Status status = calls_.Init([this] { FinishCalls(); }); !status.ok()) {
    uv_close(reinterpret_cast<uv_handle_t*>(&wake_), nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
    return status;
  }
  handles_open_ = true;
  wake_.data = posted_ready_.data = timer_ready_.data = this;
  CHECK_EQ(uv_idle_init(&loop_, &posted_ready_), 0);
  CHECK_EQ(uv_poll_init(&loop_, &timer_ready_, timer_fd_.get()), 0);
  CHECK_EQ(uv_poll_start(&timer_ready_, UV_READABLE,
                         [](uv_poll_t* handle, int, int) { static_cast<EventLoop*>(handle->data)->RunDueTimers(); }),
           0);
  // Only what can still bring a task keeps a turn waiting: pool calls, and timer_ready_ while there are timers.
  uv_unref(reinterpret_cast<uv_handle_t*>(&wake_));
  uv_unref(reinterpret_cast<uv_handle_t*>(&timer_ready_));
  return absl::OkStatus();
}

EventLoop::~EventLoop() {
  if (!handles_open_) return;
  CHECK(!in_task_) << "an EventLoop is destroyed inside its own task";
  closing_ = true;
  // Moved out first: a destroyed task may own what posts, schedules, cancels, or makes a last pool call (a File's
  // close).
  std::exchange(posted_, {});
  std::exchange(timers_, {});
  {
    std::vector<Task> tasks;
    std::lock_guard<std::mutex> lock(mutex_);
    tasks.swap(from_other_threads_);
  }
  CloseHandles();
  calls_.Close();
  CHECK_EQ(uv_loop_close(&loop_), 0) << "a handle or pool call of the loop is still open";
}

void EventLoop::CloseHandles() {
  uv_close(reinterpret_cast<uv_handle_t*>(&posted_ready_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&wake_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&timer_ready_), nullptr);
}

void EventLoop::Post(Task task) {
  if (closing_) return;
  CheckThread("Post");
  posted_.push_back(std::move(task));
  if (posted_.size() > 1) return;
  CHECK_EQ(uv_idle_start(&posted_ready_, [](uv_idle_t* handle) { static_cast<EventLoop*>(handle->data)->RunPosted(); }),
           0);
}

EventLoop::TimerId EventLoop::ScheduleAfter(Duration delay, Task task) {
  CHECK_GE(delay, Duration());
  const TimerId id = next_timer_++;
  if (closing_) return id;
  CheckThread("ScheduleAfter");
  const Instant deadline = After(clock_.Now(), delay);
  timers_.emplace(TimerKey(deadline, id), std::move(task));
  deadlines_.emplace(id, deadline);
  ArmTimer();
  return id;
}

void EventLoop::Cancel(TimerId id) {
  if (closing_) return;
  CheckThread("Cancel");
  const auto found = deadlines_.find(id);
  if (found == deadlines_.end()) return;
  const auto timer = timers_.find(TimerKey(found->second, id));
  CHECK(timer != timers_.end()) << "timer " << id;
  const Task task = std::move(timer->second);  // dies last: its destructor may come back here
  timers_.erase(timer);
  deadlines_.erase(found);
  ArmTimer();
}

// Marks the thread that runs the loop while it does.
class EventLoop::Running {
 public:
  explicit Running(EventLoop& loop) : loop_(loop) {
    CHECK(!loop.in_task_) << "the loop was run from inside one of its tasks";
    CHECK(loop.runner_.exchange(std::this_thread::get_id()) == std::thread::id()) << "two threads run one loop";
  }
  ~Running() { loop_.runner_.store(std::thread::id()); }

 private:
  EventLoop& loop_;
};

void EventLoop::Run() {
  const Running running(*this);
  uv_ref(reinterpret_cast<uv_handle_t*>(&wake_));
  while (!stop_.exchange(false)) Turn();
  uv_unref(reinterpret_cast<uv_handle_t*>(&wake_));
}

bool EventLoop::RunUntil(absl::FunctionRef<bool()> condition) {
  const Running running(*this);
  while (!condition()) {
    if (uv_loop_alive(&loop_) == 0) return false;
    Turn();
  }
  return true;
}

void EventLoop::Turn() {
  const uint64_t woken = woken_;
  while (calls_.under_way() > 0 && clock_.Now() < poll_until_) {
    uv_run(&loop_, UV_RUN_NOWAIT);
    if (woken_ != woken) return;
    ::sched_yield();
  }
  uv_run(&loop_, UV_RUN_ONCE);
}

void EventLoop::Stop() {
  stop_.store(true);
  CHECK_EQ(uv_async_send(&wake_), 0);
}

void EventLoop::PostFromAnyThread(Task task) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    from_other_threads_.push_back(std::move(task));
  }
  CHECK_EQ(uv_async_send(&wake_), 0);
}

void EventLoop::TakeFromOtherThreads() {
  ++woken_;
  std::vector<Task> tasks;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    tasks.swap(from_other_threads_);
  }
  for (Task& task : tasks) Post(std::move(task));
}

void EventLoop::RunPosted() {
  ++woken_;
  for (size_t left = posted_.size(); left > 0; --left) {
    Task task = std::move(posted_.front());
    posted_.pop_front();
    RunTask(std::move(task));
  }
  if (posted_.empty()) uv_idle_stop(&posted_ready_);
}

void EventLoop::RunDueTimers() {
  ++woken_;
  uint64_t expirations;
  // Nothing to read: the timer was moved after it fired.
  if (::read(timer_fd_.get(), &expirations, sizeof(expirations)) > 0) armed_for_ = Instant::Max();
  const Instant now = clock_.Now();
  const TimerId first_later_timer = next_timer_;
  while (!timers_.empty()) {
    const auto timer = timers_.begin();
    const auto [deadline, id] = timer->first;
    if (deadline > now || id >= first_later_timer) break;
    Task task = std::move(timer->second);
    timers_.erase(timer);
    deadlines_.erase(id);
    RunTask(std::move(task));
  }
  ArmTimer();
}

void EventLoop::ArmTimer() {
  const Instant first = timers_.empty() ? Instant::Max() : timers_.begin()->first.first;
  auto* handle = reinterpret_cast<uv_handle_t*>(&timer_ready_);
  timers_.empty() ? uv_unref(handle) : uv_ref(handle);
  if (first == armed_for_) return;
  armed_for_ = first;
  const itimerspec spec = OneShotAt(first);
  CHECK_EQ(::timerfd_settime(timer_fd_.get(), TFD_TIMER_ABSTIME, &spec, nullptr), 0) << "errno " << errno;
}

void EventLoop::Submit(std::unique_ptr<CallPool::Call> call) {
  if (!closing_) CheckThread("RunBlocking");
  if (poll_ > Duration()) poll_until_ = After(clock_.Now(), poll_);
  calls_.Submit(std::move(call));
}

void EventLoop::FinishCalls() {
  ++woken_;
  for (std::unique_ptr<CallPool::Call>& call : calls_.TakeFinished()) {
    in_task_ = true;
    const absl::Cleanup leave = [this] { in_task_ = false; };
    call->Finish();
    call.reset();
  }
}

void EventLoop::RunTask(Task task) {
  in_task_ = true;
  const absl::Cleanup leave = [this] { in_task_ = false; };
  std::move(task)();
  task = nullptr;
}

void EventLoop::CheckThread(const char* call) const {
  const std::thread::id runner = runner_.load(std::memory_order_relaxed);
  CHECK(runner == std::thread::id() || runner == std::this_thread::get_id())
      << call << " from another thread than the loop's; use PostFromAnyThread";
}

}  // namespace tidemark
