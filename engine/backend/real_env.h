#pragma once

// Everything a node needs to run on a real machine, owned in the right order:
//
//   ASSIGN_OR_RETURN(auto real, RealEnv::Create({.root = "/var/lib/store"}));
//   Engine::Recover(real->env(), ...);   // completes while the loop runs
//   real->loop().Run();                  // until real->loop().Stop()
//
// Whatever was built on env() is destroyed before the RealEnv, on the loop's thread.

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "engine/backend/event_loop.h"
#include "engine/backend/posix_disk.h"
#include "engine/backend/system_clock.h"
#include "engine/backend/tracers.h"
#include "engine/env/env.h"

namespace tidemark {

struct RealEnvOptions {
  std::string root;   // a directory of the operating system that exists
  uint64_t seed = 0;  // of Env::random; 0 draws one from the system
};

class RealEnv {
 public:
  static absl::StatusOr<std::unique_ptr<RealEnv>> Create(const RealEnvOptions& options);

  Env env();
  EventLoop& loop() { return *loop_; }
  const CountingTracer& tracer() const { return tracer_; }

 private:
  RealEnv(std::unique_ptr<EventLoop> loop, std::unique_ptr<PosixDisk> disk, RandomKey random);

  SystemClock clock_;
  CountingTracer tracer_;
  const RandomKey random_;
  const std::unique_ptr<EventLoop> loop_;  // before disk_: destroyed after it
  const std::unique_ptr<PosixDisk> disk_;
};

}  // namespace tidemark
