// The heap against a sorted set.

#include "engine/partition/need_heap.h"

#include <map>
#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tidemark {
namespace {

TEST(NeedHeap, ANewSlotNeedsNothing) {
  NeedHeap heap;
  heap.AddSlot();
  EXPECT_TRUE(heap.empty());
  heap.Clear(0);
  EXPECT_TRUE(heap.empty());
}

RC_GTEST_PROP(NeedHeap, AgreesWithASortedSet, ()) {
  NeedHeap heap;
  std::map<size_t, uint64_t> needs;
  std::multiset<uint64_t> sorted;
  const size_t slots = *rc::gen::inRange<size_t>(1, 20);
  for (size_t i = 0; i < slots; ++i) heap.AddSlot();
  const auto steps = *rc::gen::container<std::vector<std::pair<size_t, uint64_t>>>(
      rc::gen::pair(rc::gen::inRange<size_t>(0, slots), rc::gen::inRange<uint64_t>(0, 60)));
  for (const auto& [slot, index] : steps) {
    if (const auto had = needs.find(slot); had != needs.end()) sorted.erase(sorted.find(had->second));
    needs.erase(slot);
    if (index < 10) {
      heap.Clear(slot);
    } else {
      heap.Set(slot, RaftIndex(index));
      needs[slot] = index;
      sorted.insert(index);
    }
    RC_ASSERT(heap.empty() == sorted.empty());
    if (sorted.empty()) continue;
    RC_ASSERT(heap.lowest() == RaftIndex(*sorted.begin()));
    RC_ASSERT(needs.at(heap.lowest_slot()) == *sorted.begin());
  }
}

}  // namespace
}  // namespace tidemark
