#pragma once

// Where the conformance suites run: one set of doors each. A world has
//   Env env();                   the doors of the one process that lives in it
//   bool RunUntil(condition);    lets the process run until `condition` holds; false when nothing is left to happen
//   void KillProcess();          the process dies without warning and starts again on the same disk;
//                                everything that hung on the old env() is gone

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "engine/backend/real_env.h"
#include "engine/backend/tracers.h"
#include "engine/base/random.h"
#include "engine/env/env.h"
#include "sim/scheduler.h"
#include "sim/sim_clock.h"
#include "sim/sim_disk.h"
#include "sim/sim_executor.h"
#include "sim/trace.h"

namespace tidemark::conformance {

// The real doors over a fresh directory under TEST_TMPDIR. Killing the process is imitated within it: the loop, with
// all its tasks and calls in flight, is destroyed. tests/engine/backend/process_death_test.cc kills a real one.
class RealWorld {
 public:
  static constexpr char kName[] = "real";

  RealWorld();
  ~RealWorld();
  Env env() { return real_->env(); }
  bool RunUntil(absl::FunctionRef<bool()> condition) { return real_->loop().RunUntil(condition); }
  void KillProcess();

 private:
  std::string root_;
  std::unique_ptr<RealEnv> real_;
};

// The simulated doors: one machine in virtual time, its disk without faults.
class SimWorld {
 public:
  static constexpr char kName[] = "simulated";

  SimWorld();
  ~SimWorld();
  Env env() {
    return Env{.clock = clock_, .executor = executor_, .disk = disk_, .tracer = tracer_, .random = RandomKey(1)};
  }
  bool RunUntil(absl::FunctionRef<bool()> condition);
  void KillProcess();

 private:
  sim::Scheduler scheduler_;
  sim::SimClock clock_;
  sim::SimExecutor executor_;
  sim::Trace trace_;
  NullTracer tracer_;
  sim::DiskHost host_;
  sim::SimDisk disk_;
  uint64_t deaths_ = 0;
};

}  // namespace tidemark::conformance
