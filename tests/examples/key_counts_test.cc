// The example's counts, as they go to their file and come back.

#include "examples/event_log/key_counts.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "engine/backend/event_loop.h"
#include "engine/base/bytes.h"
#include "gtest/gtest.h"

namespace tidemark::examples {
namespace {

class KeyCountsTest : public ::testing::Test {
 protected:
  ~KeyCountsTest() override { std::filesystem::remove(file_); }
  KeyCounts Loaded() {
    KeyCounts counts(*loop_, file_);
    const absl::Status loaded = counts.Load();
    EXPECT_TRUE(loaded.ok()) << loaded;
    return counts;
  }
  static void Apply(KeyCounts& counts, uint64_t index, const std::string& event) {
    counts.Apply({.partition = PartitionId(1),
                  .partition_index = PartitionIndex(index),
                  .raft_index = RaftIndex(index),
                  .payload = AsBytes(event)},
                 [](const absl::Status&) {});
  }

  const std::unique_ptr<EventLoop> loop_ = *EventLoop::Create();
  const std::string file_ = ::testing::TempDir() + "counts-" + std::to_string(::getpid());
};

TEST_F(KeyCountsTest, AnyKeyComesBack) {
  KeyCounts counts = Loaded();
  Apply(counts, 1, "plain text");
  Apply(counts, 2, "with\ttab text");
  Apply(counts, 3, " empty");
  Apply(counts, 4, "plain again");
  ASSERT_TRUE(counts.Save().ok());
  const KeyCounts loaded = Loaded();
  const KeyCounts::Partition& partition = loaded.partitions().at(PartitionId(1));
  EXPECT_EQ(partition.applied, PartitionIndex(4));
  EXPECT_EQ(partition.counts, (std::map<std::string, uint64_t>{{"", 1}, {"plain", 2}, {"with\ttab", 1}}));
}

TEST_F(KeyCountsTest, AFileThatEndsEarlyIsRefused) {
  for (const char* text : {"partition 1 4 2\n1 a\n", "partition 1 4\n", "partition 1 4 1\nx a\n", "counts\n"}) {
    std::ofstream(file_) << text;
    KeyCounts counts(*loop_, file_);
    EXPECT_TRUE(absl::IsDataLoss(counts.Load())) << text;
  }
}

}  // namespace
}  // namespace tidemark::examples
