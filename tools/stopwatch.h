#pragma once

// Real time, for limits and speeds: what it measures never influences a run.

#include <chrono>

#include "engine/base/time.h"

namespace tidemark::tools {

class Stopwatch {
 public:
  Duration Elapsed() const {
    return Duration::Nanos(std::chrono::nanoseconds(std::chrono::steady_clock::now() - start_).count());
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace tidemark::tools
