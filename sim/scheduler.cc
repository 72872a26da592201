#include "sim/scheduler.h"

#include <algorithm>

#include "engine/base/check.h"

namespace tidemark::sim {

void Scheduler::Schedule(Instant at, EventTarget* target, uint64_t cookie) {
  const Entry entry{std::max(at, now_).nanos(), tie_key_.BitsAt(scheduled_++), target, cookie};
  size_t hole = heap_.size();
  heap_.push_back(entry);
  while (hole > 0) {
    const size_t parent = (hole - 1) / kArity;
    if (!entry.Before(heap_[parent])) break;
    heap_[hole] = heap_[parent];
    hole = parent;
  }
  heap_[hole] = entry;
}

bool Scheduler::Step() {
  if (heap_.empty()) return false;
  const Entry first = heap_.front();
  const Entry last = heap_.back();
  heap_.pop_back();
  const size_t size = heap_.size();
  size_t hole = 0;
  while (size > 0) {
    const size_t begin = hole * kArity + 1;
    if (begin >= size) break;
    const size_t end = std::min(begin + kArity, size);
    size_t best = begin;
    for (size_t child = begin + 1; child < end; ++child) {
      if (heap_[child].Before(heap_[best])) best = child;
    }
    if (!heap_[best].Before(last)) break;
    heap_[hole] = heap_[best];
    hole = best;
  }
  if (size > 0) heap_[hole] = last;
  CHECK_GE(first.time, now_.nanos()) << "time went back";
  now_ = Instant::FromNanos(first.time);
  return first.target->Fire(first.cookie);
}

void Scheduler::AdvanceTo(Instant to) {
  CHECK_LE(to, next()) << "an event would be skipped";
  now_ = std::max(now_, to);
}

}  // namespace tidemark::sim
