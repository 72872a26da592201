#include "engine/base/ring.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tidemark {
namespace {

RC_GTEST_PROP(Ring, AgreesWithADeque, ()) {
  const auto steps = *rc::gen::container<std::vector<std::pair<int, uint64_t>>>(
      rc::gen::pair(rc::gen::inRange(0, 6), rc::gen::inRange<uint64_t>(0, 40)));
  Ring<uint64_t> ring;
  std::deque<uint64_t> model;
  for (const auto& [what, n] : steps) {
    const size_t some = std::min<size_t>(n, model.size());
    switch (what) {
      case 0:
      case 1:
        ring.PushBack(n);
        model.push_back(n);
        break;
      case 2:
        ring.PushBackAll(n, [n = n](size_t i) { return 100 * n + i; });
        for (uint64_t i = 0; i < n; ++i) model.push_back(100 * n + i);
        break;
      case 3:
        ring.PopFront(some);
        model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(some));
        break;
      case 4:
        if (model.empty()) break;
        ring.PopBack();
        model.pop_back();
        break;
      case 5:
        if (model.empty()) break;
        RC_ASSERT(ring.TakeFront() == model.front());
        model.pop_front();
        break;
    }
    RC_ASSERT(ring.size() == model.size());
    for (size_t i = 0; i < model.size(); ++i) RC_ASSERT(ring[i] == model[i]);
  }
}

TEST(Ring, WhatLeftItIsReleased) {
  Ring<std::shared_ptr<int>> ring;
  const auto one = std::make_shared<int>(1);
  ring.PushBack(one);
  ring.PushBack(one);
  EXPECT_EQ(one.use_count(), 3);
  ring.PopFront();
  EXPECT_EQ(one.use_count(), 2);
  ring.Clear();
  EXPECT_EQ(one.use_count(), 1);
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

}  // namespace
}  // namespace tidemark
