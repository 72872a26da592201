// The cache against a plain queue of the same records.

#include "engine/segmented_log/entry_cache.h"

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tidemark {
namespace {

void Add(EntryCache& cache, uint64_t index, const std::string& header, const std::string& payload) {
  cache.Add(RaftIndex(index), AsBytes(header), AsBytes(payload));
}

TEST(EntryCache, HoldsHeaderAndPayloadInOnePiece) {
  EntryCache cache(1000);
  Add(cache, 5, "header ", "payload");
  EXPECT_EQ(AsText(cache.Find(RaftIndex(5))), "header payload");
  EXPECT_TRUE(cache.Find(RaftIndex(4)).empty());
  EXPECT_TRUE(cache.Find(RaftIndex(6)).empty());
}

TEST(EntryCache, TheOldestMakeRoom) {
  EntryCache cache(100);
  for (uint64_t i = 1; i <= 10; ++i) Add(cache, i, "0123456789", std::string(15, 'x'));
  EXPECT_TRUE(cache.Find(RaftIndex(7)).empty());  // one byte always stays free
  for (uint64_t i = 8; i <= 10; ++i) EXPECT_EQ(cache.Find(RaftIndex(i)).size(), 25u) << i;
}

TEST(EntryCache, AnEntryLargerThanAllOfItEmptiesIt) {
  EntryCache cache(100);
  Add(cache, 1, "h", "p");
  Add(cache, 2, "h", std::string(100, 'x'));
  EXPECT_TRUE(cache.Find(RaftIndex(1)).empty());
  EXPECT_TRUE(cache.Find(RaftIndex(2)).empty());
  Add(cache, 3, "h", std::string(99, 'y'));
  EXPECT_EQ(cache.Find(RaftIndex(3)).size(), 100u);
}

TEST(EntryCache, TakesNoMemoryBeforeTheFirstEntryAndNeverMoreThanItsCapacity) {
  EntryCache cache(50000);
  EXPECT_EQ(cache.block_bytes(), 0u);
  for (uint64_t i = 1; i < 1000; ++i) {
    Add(cache, i, "h", std::string(i, 'x'));
    ASSERT_LE(cache.block_bytes(), 50000u);
  }
}

TEST(EntryCache, WhatIsPinnedStaysWhereItIsWhileTheBlockGrows) {
  EntryCache cache(1 << 20);
  Add(cache, 1, "h", std::string(500, 'a'));
  cache.Pin();
  const ByteSpan pinned = cache.Find(RaftIndex(1));
  for (uint64_t i = 2; i < 200; ++i) cache.Add(RaftIndex(i), AsBytes("h"), pinned.subspan(1));
  EXPECT_EQ(AsText(pinned), "h" + std::string(500, 'a'));
  for (uint64_t i = 2; i < 200; ++i) ASSERT_EQ(AsText(cache.Find(RaftIndex(i))), "h" + std::string(500, 'a')) << i;
  cache.Unpin();
  EXPECT_EQ(AsText(cache.Find(RaftIndex(1))), "h" + std::string(500, 'a'));
}

TEST(EntryCache, WhatIsPinnedMakesNoRoom) {
  EntryCache cache(1000);
  Add(cache, 1, "h", std::string(500, 'a'));
  cache.Pin();
  const ByteSpan pinned = cache.Find(RaftIndex(1));
  cache.DropBelow(RaftIndex(2));
  Add(cache, 2, "h", std::string(300, 'b'));
  Add(cache, 3, "h", std::string(300, 'c'));
  Add(cache, 4, "h", "d");
  EXPECT_EQ(AsText(pinned), "h" + std::string(500, 'a'));
  EXPECT_EQ(cache.Find(RaftIndex(2)).size(), 301u);
  EXPECT_TRUE(cache.Find(RaftIndex(3)).empty());
  EXPECT_TRUE(cache.Find(RaftIndex(4)).empty()) << "there would be a gap before it";
  cache.Unpin();
  EXPECT_TRUE(cache.Find(RaftIndex(2)).empty());
  Add(cache, 5, "h", "e");
  EXPECT_EQ(AsText(cache.Find(RaftIndex(5))), "he");
}

TEST(EntryCache, PinsNest) {
  EntryCache cache(100);
  Add(cache, 1, "h", std::string(60, 'a'));
  cache.Pin();
  cache.Pin();
  cache.Unpin();
  Add(cache, 2, "h", std::string(60, 'b'));
  EXPECT_EQ(cache.Find(RaftIndex(1)).size(), 61u);
  cache.Unpin();
  Add(cache, 3, "h", std::string(60, 'c'));
  EXPECT_EQ(cache.Find(RaftIndex(3)).size(), 61u);
}

RC_GTEST_PROP(EntryCache, AgreesWithAQueue, ()) {
  const uint64_t capacity = *rc::gen::element(0, 100, 1000, 20000, 40000);
  EntryCache cache(capacity);
  std::deque<std::string> model;  // the newest ones; the cache may hold fewer, never others
  uint64_t first = 1;
  uint64_t droppable = 1;  // below it, the cache holds nothing for sure
  const auto steps = *rc::gen::container<std::vector<std::pair<int, uint64_t>>>(
      rc::gen::pair(rc::gen::inRange(0, 10), rc::gen::inRange<uint64_t>(0, 3000)));
  for (const auto& [what, n] : steps) {
    const uint64_t end = first + model.size();
    if (what < 7) {
      model.push_back("h" + std::string(n % (capacity / 3 + 2), static_cast<char>('a' + n % 26)));
      cache.Add(RaftIndex(end), AsBytes(model.back()).subspan(0, 1), AsBytes(model.back()).subspan(1));
      if (model.back().size() > capacity) droppable = end + 1;
    } else if (what == 7) {
      droppable = std::max(droppable, first + n % (model.size() + 1));
      cache.DropBelow(RaftIndex(first + n % (model.size() + 1)));
    } else if (!model.empty()) {
      const uint64_t keep = model.size() - n % std::min<uint64_t>(model.size(), 3);
      model.resize(keep);
      droppable = std::min(droppable, first + keep);
      cache.DropAbove(RaftIndex(first + keep - 1));
    }
    // A gapless run of the newest, all of it right.
    uint64_t bytes = 0;
    bool missing = false;
    for (uint64_t back = 0; back < model.size(); ++back) {
      const uint64_t index = first + model.size() - 1 - back;
      const ByteSpan found = cache.Find(RaftIndex(index));
      if (found.empty()) missing = true;
      if (missing) {
        RC_ASSERT(found.empty());
        continue;
      }
      RC_ASSERT(index >= droppable);
      RC_ASSERT(AsText(found) == model[index - first]);
      bytes += found.size();
    }
    RC_ASSERT(bytes <= capacity);
    RC_ASSERT(cache.Find(RaftIndex(first + model.size())).empty());
    if (what < 7 && model.back().size() <= capacity)
      RC_ASSERT(!cache.Find(RaftIndex(first + model.size() - 1)).empty());
  }
}

}  // namespace
}  // namespace tidemark
