// Plans from seeds: a pure function, keyed item by item, always usable, and over many seeds everything occurs.

#include "fault/plan_generator.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "fault/budget.h"
#include "fault/plan_text.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tidemark::fault {
namespace {

Plan SwarmPlan(uint64_t seed, Severity worst = Severity::kBeyond) {
  Shape shape;
  shape.nodes = {1, 2};
  shape.drops = shape.snapshots = shape.barriers = shape.follows = {0, 2};
  return GeneratePlan("swarm", seed, shape, SwarmProfile(seed, worst));
}

RC_GTEST_PROP(PlanGeneratorTest, TheSameSeedMakesTheSamePlan, (uint64_t seed)) {
  RC_ASSERT(SwarmPlan(seed) == SwarmPlan(seed));
}

RC_GTEST_PROP(PlanGeneratorTest, APlanPrintsAndParsesToItself, (uint64_t seed)) {
  const Plan plan = SwarmPlan(seed);
  const absl::StatusOr<Plan> parsed = ParsePlan(PrintPlan(plan));
  if (!parsed.ok()) RC_FAIL(std::string(parsed.status().message()));
  RC_ASSERT(*parsed == plan);
}

RC_GTEST_PROP(PlanGeneratorTest, APlanIsUsable, (uint64_t seed)) {
  const Plan plan = SwarmPlan(seed);
  RC_ASSERT(!FindProblem(plan.settings).has_value());
  std::set<uint64_t> ids;
  const Instant end = Instant() + plan.settings.DurationOf(Setting::kSafetyTime);
  int64_t records = 0;
  for (const Operation& op : plan.operations) {
    RC_ASSERT(ids.insert(op.id).second);
    RC_ASSERT(op.at + Duration::Nanos(op.params[Param::kEvery]) * static_cast<int64_t>(op.Steps()) <= end);
    RC_ASSERT(op.params[Param::kBytesMax] <= plan.settings[Setting::kMaxRecordBytes]);
    if (op.kind == OpKind::kAppend) records += op.params[Param::kCount];
  }
  RC_ASSERT(records >= 40);
  ids.clear();
  for (const Fault& fault : plan.faults) {
    RC_ASSERT(ids.insert(fault.id).second);
    RC_ASSERT(fault.end() <= end);
    RC_ASSERT(fault.node.value() >= 1 && fault.node.value() <= static_cast<uint64_t>(plan.settings[Setting::kNodes]));
  }
  RC_ASSERT(std::is_sorted(plan.faults.begin(), plan.faults.end(),
                           [](const Fault& a, const Fault& b) { return a.at < b.at; }));
}

RC_GTEST_PROP(PlanGeneratorTest, SurvivableProfilesStayWithinTheBudget, (uint64_t seed)) {
  RC_ASSERT(Budget(SwarmPlan(seed, Severity::kSurvivable)).survivable());
}

RC_GTEST_PROP(PlanGeneratorTest, LeavingAnOrderOutMovesNothingElse, (uint64_t seed)) {
  Profile profile = SwarmProfile(seed, Severity::kBeyond);
  RC_PRE(!profile.orders.empty());
  const Plan whole = GeneratePlan("x", seed, {}, profile);
  const FaultKind gone = profile.orders.back().kind;
  profile.orders.pop_back();
  const Plan less = GeneratePlan("x", seed, {}, profile);
  RC_ASSERT(less.operations == whole.operations);
  std::vector<Fault> rest;
  for (const Fault& fault : whole.faults) {
    if (fault.kind != gone) rest.push_back(fault);
  }
  RC_ASSERT(less.faults == rest);
}

TEST(PlanGeneratorTest, EveryKindOccurs) {
  std::map<FaultKind, int> faults;
  std::map<OpKind, int> operations;
  int quiet = 0;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    const Plan plan = SwarmPlan(seed);
    std::set<FaultKind> kinds;
    for (const Fault& fault : plan.faults) kinds.insert(fault.kind);
    for (const FaultKind kind : kinds) ++faults[kind];
    for (const Operation& op : plan.operations) ++operations[op.kind];
    if (plan.faults.empty()) ++quiet;
  }
  EXPECT_EQ(operations.size(), static_cast<size_t>(kOpKindCount));
  for (int k = 0; k < kFaultKindCount; ++k) {
    const int count = faults[static_cast<FaultKind>(k)];
    // On in some seeds, off in most: swarm.
    EXPECT_GT(count, 100) << InfoOf(static_cast<FaultKind>(k)).name;
    EXPECT_LT(count, 1000) << InfoOf(static_cast<FaultKind>(k)).name;
  }
  EXPECT_GT(quiet, 10);
  EXPECT_LT(quiet, 400);
}

TEST(PlanGeneratorTest, MostDroppedPartitionsAreCreatedAgain) {
  Shape shape;
  shape.partitions = {5, 5};
  shape.drops = {3, 3};
  int drops = 0, creations = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const Plan plan = GeneratePlan("x", seed, shape, {});
    for (const Operation& op : plan.operations) {
      if (op.kind == OpKind::kDrop) ++drops;
      if (op.kind != OpKind::kCreate) continue;
      ++creations;
      const auto of_it = [&](const Operation& drop) {
        return drop.kind == OpKind::kDrop && drop.params == op.params && drop.at <= op.at;
      };
      EXPECT_TRUE(std::any_of(plan.operations.begin(), plan.operations.end(), of_it)) << seed;
    }
  }
  EXPECT_EQ(drops, 600);
  EXPECT_GT(creations, 400);
  EXPECT_LT(creations, 560);
}

TEST(PlanGeneratorTest, ExcessCreationsNameNoPartition) {
  Shape shape;
  shape.excess = {2, 2};
  const Plan plan = GeneratePlan("x", 5, shape, {});
  EXPECT_EQ(std::count_if(plan.operations.begin(), plan.operations.end(),
                          [](const Operation& op) {
                            return op.kind == OpKind::kCreate && op.params[Param::kPartition] == kAnyPartition;
                          }),
            2);
}

TEST(PlanGeneratorTest, OperationsOfOneKindLeaveTheOthersAsTheyWere) {
  Shape shape;
  const Plan less = GeneratePlan("x", 5, shape, {});
  shape.drops = shape.follows = {2, 2};
  Plan more = GeneratePlan("x", 5, shape, {});
  const auto is_new = [](const Operation& op) { return op.id >= 10'000; };
  more.operations.erase(std::remove_if(more.operations.begin(), more.operations.end(), is_new), more.operations.end());
  EXPECT_EQ(more.operations, less.operations);
}

TEST(PlanGeneratorTest, FixedSettingsAndParamsAreKept) {
  Shape shape;
  shape.fixed = {{Setting::kSegmentBytes, 131'072}};
  Profile profile;
  profile.orders.push_back({.kind = FaultKind::kFailedSync,
                            .count = {3, 3},
                            .files = "p-*",
                            .at = {500, 500},
                            .length = {100, 100},
                            .fixed = {{Param::kRate, 7}}});
  shape.large_permille = 0;
  const Plan plan = GeneratePlan("x", 1, shape, profile);
  EXPECT_EQ(plan.settings[Setting::kSegmentBytes], 131'072);
  ASSERT_EQ(plan.faults.size(), 3u);
  for (const Fault& fault : plan.faults) {
    EXPECT_EQ(fault.files, "p-*");
    EXPECT_EQ(fault.at, Instant() + Duration::Millis(50));
    EXPECT_EQ(fault.length, Duration::Millis(10));
    EXPECT_EQ(fault.params[Param::kRate], 7);
  }
}

TEST(PlanGeneratorTest, LivenessIsWaitedForOnlyWhereItIsDue) {
  Profile profile;
  profile.orders.push_back({.kind = FaultKind::kPowerLoss});
  EXPECT_EQ(GeneratePlan("x", 1, {}, profile).settings[Setting::kLivenessTime],
            InfoOf(Setting::kLivenessTime).fallback);
  profile.orders.push_back({.kind = FaultKind::kBitRot});
  EXPECT_EQ(GeneratePlan("x", 1, {}, profile).settings.DurationOf(Setting::kLivenessTime), Duration::Seconds(1));
}

}  // namespace
}  // namespace tidemark::fault
