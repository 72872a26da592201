// The example's store: what it says when it is opened.

#include "examples/event_log/event_store.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/ids.h"
#include "examples/event_log/key_counts.h"
#include "gtest/gtest.h"

namespace tidemark::examples {
namespace {

class EventStoreTest : public ::testing::Test {
 protected:
  ~EventStoreTest() override { std::filesystem::remove_all(directory_); }
  std::unique_ptr<EventStore> Open() {
    auto store = EventStore::Open(directory_);
    EXPECT_TRUE(store.ok()) << store.status();
    EXPECT_TRUE((*store)->CreatePartitions(2).ok());
    return *std::move(store);
  }
  static void Append(EventStore& store, uint64_t partition, uint64_t count, const std::string& event) {
    uint64_t left = count;
    for (uint64_t i = 0; i < count; ++i) {
      store.Append(PartitionId(partition), event, [&left](const auto& result) {
        ASSERT_TRUE(result.ok()) << result.status();
        --left;
      });
    }
    store.loop().RunUntil([&] { return left == 0; });
  }

  const std::string directory_ = absl::StrCat(::testing::TempDir(), "/store-", ::getpid());
};

// Nothing of its first partition is left in the log, and the counts of it are gone.
TEST_F(EventStoreTest, AnOpenStoreHasCountedAllEvents) {
  auto store = Open();
  Append(*store, 1, 3000, "a b");
  Append(*store, 2, 60, std::string(60'000, 'x'));
  store->loop().RunUntil([&] { return store->engine().ladder().truncated > RaftIndex(3003); });
  ASSERT_TRUE(store->Close().ok());
  const KeyCounts::Partition second = store->counts().partitions().at(PartitionId(2));
  store.reset();
  std::ofstream(directory_ + "/counts") << "partition 2 60 1\n60 " << second.counts.begin()->first << "\n";

  store = Open();
  EXPECT_EQ(store->counts().partitions().at(PartitionId(1)).applied, PartitionIndex(3000));
  EXPECT_EQ(store->counts().partitions().at(PartitionId(1)).counts.at("a"), 3000u);
  EXPECT_EQ(store->counts().partitions().at(PartitionId(2)).counts, second.counts);
}

}  // namespace
}  // namespace tidemark::examples
