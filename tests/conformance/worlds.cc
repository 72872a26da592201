#include "tests/conformance/worlds.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/ids.h"
#include "engine/base/time.h"

namespace tidemark::conformance {
namespace {

constexpr uint64_t kSeed = 1;

std::unique_ptr<RealEnv> StartOn(const std::string& root) {
  auto real = RealEnv::Create({.root = root, .seed = kSeed});
  CHECK(real.ok()) << real.status();
  return *std::move(real);
}

std::string FreshDirectory() {
  const char* parent = std::getenv("TEST_TMPDIR");
  std::string path = std::string(parent == nullptr ? "/tmp" : parent) + "/conformance-XXXXXX";
  CHECK(mkdtemp(path.data()) != nullptr) << path << ": " << std::strerror(errno);
  return path;
}

}  // namespace

RealWorld::RealWorld() : root_(FreshDirectory()), real_(StartOn(root_)) {}

RealWorld::~RealWorld() {
  real_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

void RealWorld::KillProcess() {
  real_.reset();
  real_ = StartOn(root_);
}

SimWorld::SimWorld()
    : scheduler_(kSeed),
      clock_(scheduler_),
      executor_(scheduler_, clock_),
      trace_(/*keep_all=*/false),
      host_{scheduler_, executor_, trace_, NodeId(1)},
      disk_({.read_latency = Duration::Micros(80),
             .write_latency = Duration::Micros(20),
             .sync_latency = Duration::Micros(500)},
            RandomKey(kSeed).Fork("disk")) {
  disk_.Attach(&host_, /*policy=*/nullptr, /*observer=*/nullptr);
}

SimWorld::~SimWorld() { KillProcess(); }

bool SimWorld::RunUntil(absl::FunctionRef<bool()> condition) {
  while (!condition()) {
    if (scheduler_.idle()) return false;
    scheduler_.Step();
  }
  return true;
}

void SimWorld::KillProcess() {
  disk_.ProcessCrash(RandomKey(kSeed).Fork("death").Fork(++deaths_));
  executor_.Clear();
}

}  // namespace tidemark::conformance
