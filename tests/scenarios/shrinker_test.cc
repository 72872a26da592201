#include "scenarios/shrinker.h"

#include <algorithm>
#include <set>
#include <vector>

#include "fault/plan_text.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tidemark::scenarios {
namespace {

using fault::Fault;
using fault::FaultKind;
using fault::Operation;
using fault::OpKind;
using fault::Param;
using fault::Plan;
using fault::Setting;

Operation Append(uint64_t id, int64_t count) {
  Operation op;
  op.id = id;
  op.at = Instant() + Duration::Micros(static_cast<int64_t>(id) * 1'237);
  op.params.Set(Param::kCount, count);
  op.params.Set(Param::kBytes, 10);
  op.params.Set(Param::kBytesMax, 3'000);
  return op;
}

Fault PowerLoss(uint64_t id) {
  Fault fault;
  fault.id = id;
  fault.kind = FaultKind::kPowerLoss;
  fault.at = Instant() + Duration::Micros(static_cast<int64_t>(id) * 3'571);
  fault.params.Set(Param::kKeep, 730);
  fault.params.Set(Param::kDown, 17'000'000);
  return fault;
}

// Thirty appends, twelve faults, and settings of all kinds.
Plan Busy() {
  Plan plan;
  plan.scenario = "busy";
  plan.seed = 7;
  plan.settings.Set(Setting::kPartitions, 9);
  plan.settings.Set(Setting::kSegmentBytes, 1 << 20);
  plan.settings.Set(Setting::kMaxRecordBytes, 8'192);
  plan.settings.Set(Setting::kSyncLatency, 1'234'567);
  for (uint64_t id = 1; id <= 30; ++id) plan.operations.push_back(Append(id, 40));
  for (uint64_t id = 1; id <= 12; ++id) plan.faults.push_back(PowerLoss(id));
  return plan;
}

const Operation* Find(const Plan& plan, uint64_t id) {
  for (const Operation& op : plan.operations) {
    if (op.id == id) return &op;
  }
  return nullptr;
}
const Fault* FindFault(const Plan& plan, uint64_t id) {
  for (const Fault& fault : plan.faults) {
    if (fault.id == id) return &fault;
  }
  return nullptr;
}

TEST(ShrinkerTest, ABadPlanShrinksToItsCore) {
  const auto fails = [](const Plan& plan) {
    const Operation* op = Find(plan, 17);
    return op != nullptr && op->Steps() >= 7 && FindFault(plan, 5) != nullptr;
  };
  const ShrinkResult small = Shrink(Busy(), fails, {});
  EXPECT_TRUE(small.reproduced);
  EXPECT_TRUE(small.minimal);
  EXPECT_EQ(fault::PrintPlan(small.plan),
            "tidemark-plan 1\n"
            "scenario busy\n"
            "seed 7\n"
            "set partitions 1\n"
            "set safety_time 1ms\n"
            "op 17 at 0s node=1 append count=7\n"
            "fault 5 at 0s node=1 power_loss\n");
}

TEST(ShrinkerTest, NumbersStopWhereTheFailureDoes) {
  const auto fails = [](const Plan& plan) {
    const Fault* fault = FindFault(plan, 3);
    return fault != nullptr && fault->at >= Instant() + Duration::Millis(4) && fault->params[Param::kKeep] > 611 &&
           plan.settings[Setting::kSegmentBytes] >= 200'000;
  };
  const ShrinkResult small = Shrink(Busy(), fails, {});
  ASSERT_EQ(small.plan.faults.size(), 1u);
  EXPECT_EQ(small.plan.faults[0].params[Param::kKeep], 612);
  EXPECT_GE(small.plan.faults[0].at, Instant() + Duration::Millis(4));
  EXPECT_LE(small.plan.faults[0].at, Instant() + Duration::Millis(5));
  EXPECT_GE(small.plan.settings[Setting::kSegmentBytes], 200'000);
  EXPECT_LE(small.plan.settings[Setting::kSegmentBytes], 240'000);
}

TEST(ShrinkerTest, EveryCandidateIsAValidPlanOfTheSameKeys) {
  const Plan whole = Busy();
  std::set<std::string> asked;
  const auto fails = [&](const Plan& plan) {
    const absl::StatusOr<Plan> parsed = fault::ParsePlan(fault::PrintPlan(plan));
    EXPECT_TRUE(parsed.ok() && *parsed == plan) << parsed.status() << "\n" << fault::PrintPlan(plan);
    EXPECT_TRUE(asked.insert(fault::PrintPlan(plan)).second) << "asked twice";
    EXPECT_EQ(plan.seed, whole.seed);
    for (const Operation& op : plan.operations) {
      const Operation& before = *Find(whole, op.id);
      EXPECT_EQ(op.PartitionOf(plan.seed, 3, 5), before.PartitionOf(whole.seed, 3, 5));
      if (op.params != before.params) continue;
      EXPECT_EQ(op.BytesOf(plan.seed, 3), before.BytesOf(whole.seed, 3));
    }
    return plan.operations.size() >= 3 && plan.settings[Setting::kMaxRecordBytes] > 4'500;
  };
  EXPECT_EQ(Shrink(whole, fails, {}).plan.operations.size(), 3u);
}

TEST(ShrinkerTest, APlanThatDoesNotFailIsNotShrunk) {
  const ShrinkResult result = Shrink(Busy(), [](const Plan&) { return false; }, {});
  EXPECT_FALSE(result.reproduced);
  EXPECT_EQ(result.runs, 1u);
  EXPECT_EQ(result.plan, Busy());
}

TEST(ShrinkerTest, ALimitKeepsWhatWasFound) {
  const auto fails = [](const Plan& plan) { return Find(plan, 17) != nullptr; };
  ShrinkOptions options;
  options.max_runs = 8;
  const ShrinkResult result = Shrink(Busy(), fails, options);
  EXPECT_EQ(result.runs, 8u);
  EXPECT_FALSE(result.minimal);
  EXPECT_LT(result.plan.operations.size() + result.plan.faults.size(), 42u);
  EXPECT_TRUE(fails(result.plan));

  options.stop = [] { return true; };
  EXPECT_EQ(Shrink(Busy(), fails, options).runs, 1u);
}

RC_GTEST_PROP(ShrinkerTest, WhateverItemsAreNeededRemainAlone, ()) {
  const auto needed = *rc::gen::container<std::set<uint64_t>>(rc::gen::inRange<uint64_t>(1, 31));
  const auto fails = [&](const Plan& plan) {
    return std::all_of(needed.begin(), needed.end(), [&](uint64_t id) { return Find(plan, id) != nullptr; });
  };
  const ShrinkResult small = Shrink(Busy(), fails, {});
  std::set<uint64_t> left;
  for (const Operation& op : small.plan.operations) left.insert(op.id);
  RC_ASSERT(left == needed);
  RC_ASSERT(small.plan.faults.empty());
}

}  // namespace
}  // namespace tidemark::scenarios
