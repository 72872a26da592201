#include "engine/aof/record_index.h"

#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tidemark::aof {
namespace {

TEST(RecordIndex, ReachesToTheEndOfTheLargestSegment) {
  RecordIndex index;
  index.Add(Sequence(1), kMaxSegmentBytes - 8, kMaxRecordBytes);
  EXPECT_EQ(index.At(Sequence(1)).offset, kMaxSegmentBytes - 8);
  EXPECT_EQ(index.At(Sequence(1)).length, kMaxRecordBytes);
}

TEST(RecordIndex, GivesItsMemoryBackAsRecordsGo) {
  RecordIndex index;
  for (uint64_t n = 1; n <= 10'000; ++n) index.Add(Sequence(n), n * 8, 1);
  index.LetGoBelow(Sequence(9'990));
  index.DropBelow(Sequence(9'995));
  for (uint64_t n = 9'995; n <= 10'000; ++n) EXPECT_EQ(index.At(Sequence(n)).offset, n * 8);
  index.Add(Sequence(10'001), 8, 1);
  EXPECT_EQ(index.known(), 7u);
}

TEST(RecordIndex, ADropAboveTheEndMovesTheBeginning) {
  RecordIndex index;
  index.DropBelow(Sequence(9));
  EXPECT_EQ(index.first(), Sequence(9));
  EXPECT_EQ(index.last(), Sequence(8));
  index.Add(Sequence(9), 8, 1);
  EXPECT_TRUE(index.Contains(Sequence(9)));
}

TEST(RecordIndex, WhatItSkipsIsThereButNotKnown) {
  RecordIndex index;
  index.DropBelow(Sequence(5));
  index.SkipTo(Sequence(9));
  EXPECT_EQ(index.first(), Sequence(5));
  EXPECT_EQ(index.last(), Sequence(8));
  index.Add(Sequence(9), 8, 1);
  EXPECT_TRUE(index.Contains(Sequence(8)));
  EXPECT_FALSE(index.Knows(Sequence(8)));
  EXPECT_TRUE(index.Knows(Sequence(9)));
  index.CutTo(Sequence(6));
  index.Add(Sequence(7), 16, 1);
  EXPECT_FALSE(index.Knows(Sequence(6)));
  EXPECT_EQ(index.At(Sequence(7)).offset, 16u);
}

RC_GTEST_PROP(RecordIndex, AgreesWithAMap, (bool skips)) {
  RecordIndex index;
  std::map<uint64_t, uint64_t> model;  // of those known
  uint64_t first = 1, last = 0;
  if (skips) {
    last = *rc::gen::inRange<uint64_t>(0, 12);
    index.SkipTo(Sequence(last + 1));
  }
  const auto steps = *rc::gen::container<std::vector<std::pair<int, uint64_t>>>(
      rc::gen::pair(rc::gen::inRange(0, 8), rc::gen::inRange<uint64_t>(0, 20)));
  for (const auto& [what, n] : steps) {
    if (what <= 2) {
      model[++last] = n * 8;
      index.Add(Sequence(last), n * 8, static_cast<uint32_t>(n));
    } else if (what == 3) {
      const uint64_t to = std::max(first - 1, last - std::min(last, n % 4));
      model.erase(model.upper_bound(to), model.end());
      last = to;
      index.CutTo(Sequence(to));
    } else if (what == 4) {
      first = std::max(first, std::min(last + 1, first + n % 4));
      model.erase(model.begin(), model.lower_bound(first));
      index.DropBelow(Sequence(first));
    } else if (what == 6) {
      const uint64_t from = model.empty() ? last + 1 : std::min(last + 1, model.begin()->first + n % 4);
      model.erase(model.begin(), model.lower_bound(from));
      index.LetGoBelow(Sequence(from));
    } else if (what == 7) {
      const std::string body(n, 'x');
      const std::vector<ByteSpan> bodies(n + 2, AsBytes(body));
      index.AddAll(Sequence(last + 1), n * 8, {bodies, 3, [](size_t, uint8_t*) {}}, 1, n + 1);
      for (uint64_t i = 0; i < n; ++i) model[++last] = n * 8 + i * FrameBytes(3 + n);
    } else if (!model.empty()) {
      const uint64_t from = model.begin()->first;
      for (auto& [sequence, offset] : model) offset += 512;
      index.Move(Sequence(from), model.size(), 512);
    }
    RC_ASSERT(index.first() == Sequence(first));
    RC_ASSERT(index.last() == Sequence(last));
    RC_ASSERT(index.known() == model.size());
    for (const auto& [sequence, offset] : model) RC_ASSERT(index.At(Sequence(sequence)).offset == offset);
    for (uint64_t n = first; n <= last; ++n) {
      RC_ASSERT(index.Contains(Sequence(n)));
      RC_ASSERT(index.Knows(Sequence(n)) == (model.count(n) > 0));
    }
    RC_ASSERT(!index.Contains(Sequence(last + 1)));
    RC_ASSERT(!index.Contains(Sequence(first - 1)));
  }
}

}  // namespace
}  // namespace tidemark::aof
