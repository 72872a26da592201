// What a node's engine is started with under a plan.

#include "scenarios/store_options.h"

#include <gtest/gtest.h>

namespace tidemark::scenarios {
namespace {

using fault::Setting;

EngineOptions At(const fault::Plan& plan, uint64_t starts) { return StoreOptionsOf(plan, NodeId(1), 0, starts); }

fault::Plan ChangingPlan(uint64_t seed) {
  fault::Plan plan;
  plan.seed = seed;
  plan.settings.Set(Setting::kSegmentBytes, 256 << 10);
  plan.settings.Set(Setting::kPartitionSegmentBytes, 128 << 10);
  plan.settings.Set(Setting::kBlockBytes, 4096);
  plan.settings.Set(Setting::kMaxRecordBytes, 8192);
  plan.settings.Set(Setting::kChangeOptions, 1);
  return plan;
}

TEST(StoreOptionsTest, EverySecondStartTakesSmallerOnesThatAnEngineAccepts) {
  bool smaller_files = false;
  bool smaller_payloads = false;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const fault::Plan plan = ChangingPlan(seed);
    for (uint64_t starts = 1; starts <= 6; ++starts) {
      const EngineOptions options = At(plan, starts);
      ASSERT_TRUE(options.Validate().ok()) << options.Validate();
      EXPECT_EQ(options.store_id, At(plan, 1).store_id);
      const bool same = options.log_segment_bytes == 256u << 10 && options.max_payload_bytes == 8192;
      EXPECT_TRUE(same || starts % 2 == 0);
      smaller_files |= options.log_segment_bytes == 64u << 10;
      smaller_payloads |= options.max_payload_bytes <= 4096;
    }
  }
  EXPECT_TRUE(smaller_files);
  EXPECT_TRUE(smaller_payloads);
}

TEST(StoreOptionsTest, WithoutTheSettingEachStartTakesThePlansOptions) {
  fault::Plan plan = ChangingPlan(1);
  plan.settings.Set(Setting::kChangeOptions, 0);
  for (uint64_t starts = 1; starts <= 6; ++starts) {
    EXPECT_EQ(At(plan, starts).log_segment_bytes, 256u << 10);
    EXPECT_EQ(At(plan, starts).block_bytes, 4096u);
  }
}

}  // namespace
}  // namespace tidemark::scenarios
