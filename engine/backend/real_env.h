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
#include "engine/base/time.h"
#include "engine/env/env.h"

namespace tidemark {

struct RealEnvOptions {
  std::string root;   // a directory of the operating system that exists
  uint64_t seed = 0;  // of Env::random; 0 draws one from the system
  // How many disk calls may be inside the kernel at once, 1 to 1024: at least two more than the partitions that sync
  // together, or the log's own sync stands in line behind theirs (16 busy partitions: 1.4 times as long with 4 threads
  // as with 32). The pool belongs to the process: the first RealEnv decides, and UV_THREADPOOL_SIZE in the
  // environment overrules it.
  int pool_threads = 32;
  // How long the loop's thread polls for the end of a disk call before it sleeps, and one pool thread, at most 200 us,
  // for the next call; at most 1 s, 0: not at all. As long as a sync takes on a fast disk: there it saves a quarter of
  // the time of an append. It takes up to a processor for each while there are calls, and nothing otherwise. Not done
  // where the process has one processor only; set 0 where its share of them is rationed.
  Duration poll = Duration::Micros(500);
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
