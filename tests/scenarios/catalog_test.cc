// The catalogue: every scenario makes usable plans, for every seed; together they order every kind of fault.

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "fault/budget.h"
#include "fault/plan_text.h"
#include "gtest/gtest.h"
#include "scenarios/scenario.h"

namespace tidemark::scenarios {
namespace {

constexpr uint64_t kSeeds = 200;

TEST(CatalogTest, NamesAreUniqueAndFound) {
  std::set<absl::string_view> names;
  for (const Scenario& scenario : Scenarios()) {
    EXPECT_TRUE(names.insert(scenario.name).second) << scenario.name;
    EXPECT_EQ(FindScenario(scenario.name), &scenario);
    EXPECT_FALSE(scenario.doc.empty()) << scenario.name;
  }
  EXPECT_GE(names.size(), 15u);
  EXPECT_EQ(FindScenario("no_such"), nullptr);
}

TEST(CatalogTest, PlansArePureNamedAndPrintable) {
  for (const Scenario& scenario : Scenarios()) {
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const fault::Plan plan = scenario.make_plan(seed);
      EXPECT_EQ(plan.scenario, scenario.name);
      EXPECT_EQ(plan.seed, seed);
      EXPECT_EQ(plan, scenario.make_plan(seed));
      const absl::StatusOr<fault::Plan> parsed = fault::ParsePlan(fault::PrintPlan(plan));
      ASSERT_TRUE(parsed.ok()) << scenario.name << " " << seed << ": " << parsed.status().message();
      EXPECT_EQ(*parsed, plan);
    }
  }
}

TEST(CatalogTest, PlansAreSmall) {
  for (const Scenario& scenario : Scenarios()) {
    uint64_t records = 0;
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
      for (const fault::Operation& op : scenario.make_plan(seed).operations) {
        if (op.kind == fault::OpKind::kAppend) records += op.Steps();
      }
    }
    EXPECT_GE(records / kSeeds, 40u) << scenario.name;
    EXPECT_LE(records / kSeeds, 400u) << scenario.name;
  }
}

TEST(CatalogTest, EveryKindOfFaultIsOrderedOutsideTheSwarmsToo) {
  std::set<fault::FaultKind> kinds;
  for (const Scenario& scenario : Scenarios()) {
    if (absl::StartsWith(scenario.name, "swarm")) continue;
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
      for (const fault::Fault& fault : scenario.make_plan(seed).faults) kinds.insert(fault.kind);
    }
  }
  EXPECT_EQ(kinds.size(), static_cast<size_t>(fault::kFaultKindCount));
}

TEST(CatalogTest, OnlyHostileScenariosLeaveTheBudget) {
  const std::set<absl::string_view> hostile = {"bit_rot", "disk_gone", "lying_disk", "swarm_hostile"};
  for (const Scenario& scenario : Scenarios()) {
    bool beyond = false;
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) beyond |= !fault::Budget(scenario.make_plan(seed)).survivable();
    EXPECT_EQ(beyond, hostile.contains(scenario.name)) << scenario.name;
  }
}

TEST(CatalogTest, EveryRareStateIsPromisedBySomeScenario) {
  std::set<RareState> promised;
  for (const Scenario& scenario : Scenarios()) promised.insert(scenario.reaches.begin(), scenario.reaches.end());
  for (int s = 0; s < kRareStateCount; ++s) {
    EXPECT_TRUE(promised.contains(static_cast<RareState>(s))) << InfoOf(static_cast<RareState>(s)).name;
  }
}

// Consecutive seeds walk through the points at which power is lost.
TEST(CatalogTest, CrashPointsEnumerates) {
  const Scenario& scenario = *FindScenario("crash_points");
  std::set<std::string> faults;
  for (uint64_t seed = 1000; seed < 5000; ++seed) {
    fault::Plan plan = scenario.make_plan(seed);
    plan.seed = 0;
    plan.operations.clear();
    EXPECT_TRUE(faults.insert(fault::PrintPlan(plan)).second) << seed;
  }
}

}  // namespace
}  // namespace tidemark::scenarios
