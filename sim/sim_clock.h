#pragma once

// One node's clock over the world's time: it may be off (skew), run fast or slow (drift), jump, and stand still.
// Now() never goes back; UnixNanos() may.

#include <algorithm>

#include "engine/base/time.h"
#include "engine/env/clock.h"
#include "sim/scheduler.h"

namespace tidemark::sim {

class SimClock final : public Clock {
 public:
  explicit SimClock(const Scheduler& scheduler) : scheduler_(scheduler) {}

  Instant Now() override {
    latest_ = std::max(latest_, Reading());
    return latest_;
  }
  // Starts at 2020-01-01 on an undisturbed clock.
  int64_t UnixNanos() override { return int64_t{1'577'836'800} * 1'000'000'000 + Reading().nanos() + skew_.nanos(); }

  // Changes take effect from the world's now on. After one, timers must be looked at again.
  void SetDrift(int64_t ppm) { Rebase(), ppm_ = ppm; }  // 0 is true time; more than -1,000,000
  void SetFrozen(bool frozen) { Rebase(), frozen_ = frozen; }
  void SetSkew(Duration skew) { skew_ = skew; }
  // No further than a century from the clock's start, either way.
  void Jump(Duration by) {
    Rebase(), base_local_ = std::clamp(base_local_ + by, Instant() - kCentury, Instant() + kCentury);
  }

  // The world's time at which Now() will first be `due` or later, if the clock is left alone.
  // Instant::Max() while it stands still.
  Instant WorldTimeOf(Instant due);

 private:
  static constexpr Duration kCentury = Duration::Seconds(int64_t{100} * 365 * 86'400);

  Instant Reading() const;
  void Rebase();

  const Scheduler& scheduler_;
  Instant base_world_;  // where the clock was last changed,
  Instant base_local_;  // and what it showed then
  int64_t ppm_ = 0;
  bool frozen_ = false;
  Duration skew_;
  Instant latest_;  // Invariant: the largest reading given out.
};

}  // namespace tidemark::sim
