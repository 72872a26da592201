#include "sim/sim_executor.h"

#include <utility>

#include "engine/base/check.h"

namespace tidemark::sim {
namespace {

constexpr uint64_t CookieOf(uint32_t slot, uint32_t version) { return uint64_t{version} << 32 | slot; }

}  // namespace

void SimExecutor::Post(Task task) {
  if (clearing_) return;
  posted_.push_back(std::move(task));
  if (queue_events_ > 0) return;
  ++queue_events_;
  scheduler_.Schedule(scheduler_.now(), this, kRunQueue);
}

Executor::TimerId SimExecutor::ScheduleAfter(Duration delay, Task task) {
  CHECK_GE(delay, Duration()) << "a timer in the past";
  if (clearing_) return CookieOf(0, 0);
  uint32_t slot;
  if (free_timers_.empty()) {
    slot = static_cast<uint32_t>(timers_.size());
    timers_.emplace_back();
  } else {
    slot = free_timers_.back();
    free_timers_.pop_back();
  }
  timers_[slot].task = std::move(task);
  const Instant now = clock_.Now();
  timers_[slot].due = now > Instant::Max() - delay ? Instant::Max() : now + delay;
  Arm(slot);
  return CookieOf(slot, timers_[slot].version);
}

void SimExecutor::Arm(uint32_t slot) {
  const Instant at = clock_.WorldTimeOf(timers_[slot].due);
  if (at == Instant::Max()) return;  // Reschedule arms it when the clock moves again
  scheduler_.Schedule(at, this, CookieOf(slot, timers_[slot].version));
}

void SimExecutor::Cancel(TimerId id) {
  const uint32_t slot = static_cast<uint32_t>(id);
  // A timer keeps its id while Reschedule moves it: the id's version is at most the slot's.
  if (slot >= timers_.size() || timers_[slot].task == nullptr || timers_[slot].version != (id >> 32)) return;
  Task dropped = std::exchange(timers_[slot].task, nullptr);
  ++timers_[slot].version;
  free_timers_.push_back(slot);
}

bool SimExecutor::Admit(EventTarget* target, uint64_t cookie) {
  if (!paused_) return true;
  held_.push_back({target, cookie});
  return false;
}

bool SimExecutor::Fire(uint64_t cookie) {
  if (!Admit(this, cookie)) return false;
  if (cookie == kRunQueue) return FirePosted();
  return FireTimer(static_cast<uint32_t>(cookie), static_cast<uint32_t>(cookie >> 32));
}

bool SimExecutor::FirePosted() {
  CHECK_GT(queue_events_, 0u);
  --queue_events_;
  if (posted_.empty()) return false;
  Task task = std::move(posted_.front());
  posted_.pop_front();
  if (!posted_.empty()) {
    ++queue_events_;
    scheduler_.Schedule(scheduler_.now(), this, kRunQueue);
  }
  task();
  return true;
}

bool SimExecutor::FireTimer(uint32_t slot, uint32_t version) {
  if (slot >= timers_.size() || timers_[slot].task == nullptr || timers_[slot].version != version) return false;
  if (clock_.Now() < timers_[slot].due) {  // the clock was slowed meanwhile
    Arm(slot);
    return false;
  }
  Task task = std::exchange(timers_[slot].task, nullptr);
  ++timers_[slot].version;
  free_timers_.push_back(slot);
  task();
  return true;
}

void SimExecutor::Resume() {
  paused_ = false;
  std::vector<Held> held;
  held.swap(held_);
  for (const Held& event : held) scheduler_.Schedule(scheduler_.now(), event.target, event.cookie);
}

void SimExecutor::Reschedule() {
  for (uint32_t slot = 0; slot < timers_.size(); ++slot) {
    if (timers_[slot].task != nullptr) Arm(slot);
  }
}

void SimExecutor::Clear() {
  clearing_ = true;
  std::exchange(posted_, {});
  for (uint32_t slot = 0; slot < timers_.size(); ++slot) {
    if (timers_[slot].task == nullptr) continue;
    Task dropped = std::exchange(timers_[slot].task, nullptr);
    ++timers_[slot].version;
    free_timers_.push_back(slot);
  }
  // A run-queue event that a pause put aside is gone with it; one still in the scheduler will find nothing.
  for (const Held& event : held_) {
    if (event.target == this && event.cookie == kRunQueue) --queue_events_;
  }
  held_.clear();
  paused_ = false;
  clearing_ = false;
}

}  // namespace tidemark::sim
