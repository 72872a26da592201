#include "engine/backend/system_clock.h"

#include <time.h>

#include <cerrno>

#include "engine/base/check.h"

namespace tidemark {
namespace {

int64_t NanosOf(clockid_t id) {
  timespec now;
  // Fails for an unknown clock only, and these two are always there.
  CHECK_EQ(clock_gettime(id, &now), 0) << "clock " << id << ", errno " << errno;
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

Instant SystemClock::Now() { return Instant::FromNanos(NanosOf(CLOCK_MONOTONIC)); }

int64_t SystemClock::UnixNanos() { return NanosOf(CLOCK_REALTIME); }

}  // namespace tidemark
