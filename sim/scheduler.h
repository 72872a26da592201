#pragma once

// The one event queue of a world. Time is virtual: it jumps to the next event, and nothing happens in between.
//
// Events at the same instant run in an order drawn from the seed: the tie-break is a keyed mix of the event's
// ordinal. The mix is a bijection, so no two events tie, and the order depends on nothing but (seed, ordinal).
//
// An event is 32 bytes in a 4-ary heap: when, tie-break, whom to call, and a number for the callee. There is no
// cancelling here: a callee that lost interest recognises a stale number and ignores the call.

#include <cstdint>
#include <vector>

#include "engine/base/random.h"
#include "engine/base/time.h"

namespace tidemark::sim {

class EventTarget {
 public:
  // `cookie` is what the target gave to Schedule. True: something happened. False: the event was stale.
  virtual bool Fire(uint64_t cookie) = 0;

 protected:
  ~EventTarget() = default;
};

class Scheduler {
 public:
  explicit Scheduler(uint64_t seed) : tie_key_(RandomKey(seed).Fork("scheduler.tie")) {}
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  Instant now() const { return now_; }
  bool idle() const { return heap_.empty(); }
  size_t pending() const { return heap_.size(); }
  // Time of the next event; Instant::Max() when idle.
  Instant next() const { return heap_.empty() ? Instant::Max() : Instant::FromNanos(heap_.front().time); }

  // Calls target->Fire(cookie) at `at`; an instant in the past is now. The target outlives the event or the scheduler's
  // last Step.
  void Schedule(Instant at, EventTarget* target, uint64_t cookie);
  void ScheduleAfter(Duration delay, EventTarget* target, uint64_t cookie) { Schedule(now_ + delay, target, cookie); }

  // Advances to the next event and runs it. False: it was stale, or there was none.
  bool Step();
  // Moves time forward without running anything. Nothing may be due before `to`.
  void AdvanceTo(Instant to);

 private:
  struct Entry {
    int64_t time;
    uint64_t tie;
    EventTarget* target;
    uint64_t cookie;
    bool Before(const Entry& other) const { return time != other.time ? time < other.time : tie < other.tie; }
  };
  static constexpr size_t kArity = 4;

  RandomKey tie_key_;
  Instant now_;              // Invariant: no entry's time is below it.
  uint64_t scheduled_ = 0;   // ordinal of the next event
  std::vector<Entry> heap_;  // Invariant: no entry is Before its parent, (i - 1) / kArity.
};

}  // namespace tidemark::sim
