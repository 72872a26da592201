#include "engine/partition/slot_map.h"

#include <gtest/gtest.h>

#include <vector>

namespace tidemark {
namespace {

constexpr uint64_t kIds[] = {1, 2, 7, SlotMap::kLowIds - 1, SlotMap::kLowIds, SlotMap::kLowIds + 1, ~uint64_t{0}};

TEST(SlotMap, AnUnknownPartitionHasNoSlot) {
  SlotMap map;
  for (const uint64_t id : kIds) EXPECT_EQ(map.Find(PartitionId(id)), SlotMap::kNone) << id;
  map.Set(PartitionId(5), 0);
  for (const uint64_t id : kIds) EXPECT_EQ(map.Find(PartitionId(id)), SlotMap::kNone) << id;
}

TEST(SlotMap, LowAndHighIdsAreFound) {
  SlotMap map;
  size_t slot = 0;
  for (const uint64_t id : kIds) map.Set(PartitionId(id), slot++);
  slot = 0;
  for (const uint64_t id : kIds) EXPECT_EQ(map.Find(PartitionId(id)), slot++) << id;
  EXPECT_EQ(map.size(), std::size(kIds));
}

TEST(SlotMap, WhatIsErasedIsGoneUntilItIsSetAgain) {
  SlotMap map;
  for (const uint64_t id : kIds) map.Set(PartitionId(id), 3);
  for (const uint64_t id : kIds) {
    map.Erase(PartitionId(id));
    EXPECT_EQ(map.Find(PartitionId(id)), SlotMap::kNone) << id;
  }
  EXPECT_EQ(map.size(), 0u);
  for (const uint64_t id : kIds) {
    map.Set(PartitionId(id), 4);
    EXPECT_EQ(map.Find(PartitionId(id)), 4u) << id;
  }
}

TEST(SlotMap, AllAreToldInTheOrderOfTheirIds) {
  SlotMap map;
  for (size_t i = std::size(kIds); i-- > 0;) map.Set(PartitionId(kIds[i]), i);
  std::vector<uint64_t> ids;
  for (const auto& [id, slot] : map.all()) ids.push_back(id.value());
  EXPECT_EQ(ids, std::vector<uint64_t>(std::begin(kIds), std::end(kIds)));
}

}  // namespace
}  // namespace tidemark
