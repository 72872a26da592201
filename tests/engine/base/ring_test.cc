#include "engine/base/ring.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>

#include "engine/base/random.h"

namespace tidemark {
namespace {

std::string Text(uint64_t number) { return "item " + std::to_string(number); }

TEST(Ring, HoldsWhatAQueueHolds) {
  Draws draws(RandomKey(7));
  Ring<std::string> ring;
  std::deque<std::string> queue;
  for (uint64_t step = 0; step < 20'000; ++step) {
    const uint64_t wanted = step / 1'000 % 2 == 0 ? 40 : 3;  // long for a while, then short
    if (queue.size() < draws.Uniform(2 * wanted)) {
      ring.PushBack(Text(step));
      queue.push_back(Text(step));
    } else if (!queue.empty() && draws.Chance(800)) {
      EXPECT_EQ(ring.TakeFront(), queue.front());
      queue.pop_front();
    } else if (!queue.empty()) {
      ring.PopBack();
      queue.pop_back();
    }
    if (draws.Chance(50)) ring.ShrinkIfSparse();
    ASSERT_EQ(ring.size(), queue.size());
    for (size_t i = 0; i < queue.size(); ++i) ASSERT_EQ(ring[i], queue[i]) << "step " << step;
  }
}

TEST(Ring, WhatIsPoppedIsReleased) {
  auto item = std::make_shared<int>(1);
  Ring<std::shared_ptr<int>> ring;
  for (int i = 0; i < 3; ++i) ring.PushBack(item);
  ring.PopFront();
  ring.PopBack();
  EXPECT_EQ(item.use_count(), 2);
  ring.Clear();
  EXPECT_EQ(item.use_count(), 1);
}

TEST(Ring, AnEmptyOneBeginsAgainInTheSamePlace) {
  Ring<int> ring;
  ring.PushBack(1);
  const int* const place = &ring.front();
  for (int i = 0; i < 100; ++i) {
    ring.PopFront();
    ring.PushBack(i);
    EXPECT_EQ(&ring.front(), place);
  }
}

TEST(Ring, ShrinkingKeepsWhatIsInIt) {
  Ring<int> ring;
  for (int i = 0; i < 1'000; ++i) ring.PushBack(i);
  for (int i = 0; i < 995; ++i) ring.PopFront();
  ring.ShrinkIfSparse();
  ASSERT_EQ(ring.size(), 5u);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ring[static_cast<size_t>(i)], 995 + i);
  ring.Clear();
  ring.ShrinkIfSparse();
  EXPECT_TRUE(ring.empty());
  ring.PushBack(3);
  EXPECT_EQ(ring.front(), 3);
}

}  // namespace
}  // namespace tidemark
