#pragma once

#include "engine/env/clock.h"

namespace tidemark {

// The machine's own clocks: CLOCK_MONOTONIC (stands still while the machine is suspended)
// and CLOCK_REALTIME. Stateless: two instances agree. Safe from any thread.
class SystemClock final : public Clock {
 public:
  Instant Now() override;
  int64_t UnixNanos() override;
};

}  // namespace tidemark
