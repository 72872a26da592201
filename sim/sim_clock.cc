#include "sim/sim_clock.h"

namespace tidemark::sim {
namespace {
constexpr int64_t kMillion = 1'000'000;
}

Instant SimClock::Reading() const {
  if (frozen_) return base_local_;
  const int64_t elapsed = (scheduler_.now() - base_world_).nanos();
  // elapsed * ppm in 128 bits: exact for any span of time.
  const int64_t drift = static_cast<int64_t>(static_cast<__int128>(elapsed) * ppm_ / kMillion);
  return base_local_ + Duration::Nanos(elapsed + drift);
}

void SimClock::Rebase() {
  base_local_ = Reading();
  base_world_ = scheduler_.now();
}

Instant SimClock::WorldTimeOf(Instant due) {
  if (due <= Now()) return scheduler_.now();
  if (frozen_ || due == Instant::Max()) return Instant::Max();
  const __int128 missing = static_cast<__int128>(due.nanos()) - Reading().nanos();
  const __int128 rate = kMillion + ppm_;
  // Rounded up: never early. One nanosecond more makes up for Reading's own rounding.
  const __int128 wait = (missing * kMillion + rate - 1) / rate + (ppm_ != 0);
  if (wait > (Instant::Max() - scheduler_.now()).nanos()) return Instant::Max();
  return scheduler_.now() + Duration::Nanos(static_cast<int64_t>(wait));
}

}  // namespace tidemark::sim
