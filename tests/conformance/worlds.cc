#include "tests/conformance/worlds.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "engine/base/check.h"

namespace tidemark::conformance {
namespace {

std::unique_ptr<RealEnv> StartOn(const std::string& root) {
  auto real = RealEnv::Create({.root = root, .seed = 1});
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

}  // namespace tidemark::conformance
