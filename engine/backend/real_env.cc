#include "engine/backend/real_env.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/backend/posix_error.h"
#include "engine/base/status.h"
#include "engine/base/time.h"

namespace tidemark {
namespace {

absl::StatusOr<uint64_t> SystemSeed() {
  uint64_t seed = 0;
  // Up to 256 bytes are never interrupted once the system has entropy (getrandom(2)); before that EINTR may come.
  while (::getrandom(&seed, sizeof(seed), 0) != sizeof(seed)) {
    if (errno != EINTR) return ErrnoError(errno, "getrandom");
  }
  return seed;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RealEnv>> RealEnv::Create(const RealEnvOptions& options) {
  if (options.pool_threads < 1 || options.pool_threads > 1024) {
    return absl::InvalidArgumentError(absl::StrCat("pool_threads is ", options.pool_threads, ", not 1 to 1024"));
  }
  if (options.poll < Duration() || options.poll > Duration::Seconds(1)) {
    return absl::InvalidArgumentError(absl::StrCat("poll is ", options.poll.ToString(), ", not 0 to 1 s"));
  }
  // libuv reads it once, when the process makes its first pool call.
  ::setenv("UV_THREADPOOL_SIZE", absl::StrCat(options.pool_threads).c_str(), /*overwrite=*/0);
  uint64_t seed = options.seed;
  if (seed == 0) {
    ASSIGN_OR_RETURN(seed, SystemSeed());
  }
  ASSIGN_OR_RETURN(std::unique_ptr<EventLoop> loop,
                   EventLoop::Create(std::thread::hardware_concurrency() > 1 ? options.poll : Duration()));
  ASSIGN_OR_RETURN(std::unique_ptr<PosixDisk> disk, PosixDisk::Create(*loop, options.root));
  return std::unique_ptr<RealEnv>(new RealEnv(std::move(loop), std::move(disk), RandomKey(seed)));
}

RealEnv::RealEnv(std::unique_ptr<EventLoop> loop, std::unique_ptr<PosixDisk> disk, RandomKey random)
    : random_(random), loop_(std::move(loop)), disk_(std::move(disk)) {}

Env RealEnv::env() {
  return Env{.clock = clock_, .executor = *loop_, .disk = *disk_, .tracer = tracer_, .random = random_};
}

}  // namespace tidemark
