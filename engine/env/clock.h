#pragma once

#include "engine/base/time.h"

namespace tidemark {

// One node's view of time. Implementations may be skewed, drift, or jump; code must
// stay correct (not merely on time) whatever the clock says.
class Clock {
 public:
  virtual ~Clock() = default;
  // Monotonic: never goes back while the process lives. Its start is arbitrary.
  virtual Instant Now() = 0;
  // Nanoseconds since 1970, for people to read. May jump either way; decides nothing.
  virtual int64_t UnixNanos() = 0;
};

}  // namespace tidemark
