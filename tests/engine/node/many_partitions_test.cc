// Thousands of partitions on the real disk, in a process that may have few files open.

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/backend/real_env.h"
#include "engine/base/bytes.h"
#include "engine/node/engine.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

class Counting : public StateMachine {
 public:
  void Apply(const AppliedRecord& record, ApplyDone done) override {
    applied[record.partition] = record.partition_index;
    done(absl::OkStatus());
  }
  PartitionIndex LastApplied(PartitionId) override { return PartitionIndex(0); }

  std::map<PartitionId, PartitionIndex> applied;
};

// One life of the store.
class Life {
 public:
  Life(const std::string& root, EngineOptions options) : real_(*RealEnv::Create({.root = root, .seed = 1})) {
    bool done = false;
    Engine::Recover(real_->env(), options, machine, [&](Engine::RecoverOutcome outcome) {
      EXPECT_TRUE(outcome.engine.ok()) << outcome.engine.status();
      if (outcome.engine.ok()) engine = *std::move(outcome.engine);
      done = true;
    });
    EXPECT_TRUE(real_->loop().RunUntil([&] { return done; }));
  }

  void Create(uint64_t partitions) {
    for (uint64_t p = 1; p <= partitions; ++p) {
      engine->CreatePartition(PartitionId(p), Counted());
    }
    Wait();
  }
  void Append(uint64_t partition, const std::string& payload) {
    engine->Append(PartitionId(partition), AsBytes(payload),
                   [this](const absl::StatusOr<AppendResult>& result) { Answered(result.status()); });
    ++waiting_;
  }
  void Wait() {
    ASSERT_TRUE(real_->loop().RunUntil([&] { return waiting_ == 0; }));
  }
  // Until nothing is left to do.
  void Settle() {
    real_->loop().RunUntil([] { return false; });
  }

 private:
  absl::AnyInvocable<void(absl::Status)> Counted() {
    ++waiting_;
    return [this](const absl::Status& status) { Answered(status); };
  }
  void Answered(const absl::Status& status) {
    EXPECT_TRUE(status.ok()) << status;
    --waiting_;
  }

  std::unique_ptr<RealEnv> real_;
  uint64_t waiting_ = 0;

 public:
  Counting machine;
  std::unique_ptr<Engine> engine;
};

uint64_t OpenHandles() {
  uint64_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

uint64_t DiskBytes(const std::string& root) {
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

uint64_t ResidentKib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::strtoull(line.c_str() + 6, nullptr, 10);
  }
  return 0;
}

// TIDEMARK_PARTITIONS=4096 for the full size.
TEST(ManyPartitions, HaveFewFilesOpenAndTakeLittle) {
  const char* const count = std::getenv("TIDEMARK_PARTITIONS");
  const uint64_t partitions = count == nullptr ? 600 : std::strtoull(count, nullptr, 10);
  const std::string root = absl::StrCat(::testing::TempDir(), "/many-", ::getpid());
  std::filesystem::create_directory(root);
  const rlimit few{200, 200};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  EngineOptions options;
  options.store_id = {1, 2};
  options.mode = EngineOptions::Mode::kCreate;
  options.max_open_partitions = 64;
  {
    Life life(root, options);
    life.Create(partitions);
    for (uint64_t p = 1; p <= partitions; ++p) life.Append(p, absl::StrCat("first of ", p));
    life.Wait();
    life.Settle();
    std::cout << partitions << " partitions: " << OpenHandles() << " handles, " << ResidentKib() << " KiB resident, "
              << DiskBytes(root) / 1024 << " KiB on disk\n";
    EXPECT_LE(OpenHandles(), 64 * 2 + 40u);
    EXPECT_LE(DiskBytes(root), (128u << 20) + partitions * (80u << 10));
  }
  options.mode = EngineOptions::Mode::kExisting;
  Life life(root, options);
  for (uint64_t p = partitions; p > 0; --p) life.Append(p, "second");
  life.Wait();
  life.Settle();
  ASSERT_EQ(life.machine.applied.size(), partitions);
  for (const auto& [partition, applied] : life.machine.applied) EXPECT_EQ(applied, PartitionIndex(2)) << partition;
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace tidemark
