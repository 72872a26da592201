// The runner: from a plan to its verdict.

#include "gtest/gtest.h"
#include "scenarios/report.h"
#include "scenarios/runner.h"
#include "tests/scenarios/plans.h"

namespace tidemark::scenarios {
namespace {

RunResult RunOf(const fault::Plan& plan) { return Run(plan, {}); }

TEST(Runner, ACalmPlanPasses) {
  const fault::Plan plan = PlanOf(1, kCalm);
  const RunResult result = RunOf(plan);
  EXPECT_TRUE(result.verdict.passed()) << Report(plan, result, {});
  EXPECT_EQ(result.census.acknowledged, 100 + 3) << "a hundred of the client's and a probe for each partition";
  EXPECT_EQ(result.census.applied, 100 + 3);
  EXPECT_EQ(result.census.recoveries, 2) << "the start, and the clean restart at the end";
}

TEST(Runner, AStormPasses) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const fault::Plan plan = PlanOf(seed, kStorm);
    const RunResult result = RunOf(plan);
    EXPECT_TRUE(result.verdict.passed()) << Report(plan, result, {});
    EXPECT_GE(result.census.acknowledged, 100);
    EXPECT_GE(result.census.recoveries, 4) << "start, two crashes at least, clean restart";
  }
}

TEST(Runner, TheSamePlanGivesTheSameDigest) {
  const fault::Plan plan = PlanOf(7, kStorm);
  const RunResult once = RunOf(plan), again = RunOf(plan);
  EXPECT_EQ(once.digest, again.digest);
  EXPECT_EQ(once.checkpoints, again.checkpoints);
  EXPECT_TRUE(RunTwice(plan, {}).verdict.passed());
}

TEST(Runner, AnotherSeedGivesAnotherDigest) {
  EXPECT_FALSE(RunOf(PlanOf(1, kCalm)).digest == RunOf(PlanOf(2, kCalm)).digest);
}

TEST(Runner, APlanWithoutAnAcknowledgedRecordIsVacuous) {
  const fault::Plan plan = PlanOf(1, "op 1 at 1ms node=1 truncate\n");
  EXPECT_EQ(RunOf(plan).verdict.kind, VerdictKind::kVacuous) << Report(plan, RunOf(plan), {});
}

TEST(Runner, APartitionThatLagsForEverBreaksLiveness) {
  const fault::Plan plan = PlanOf(1, R"(
set apply_latency 3600s
set liveness_time 2s
op 1 at 1ms node=1 append count=10 bytes=16 partition=2
)");
  const RunResult result = RunOf(plan);
  EXPECT_EQ(result.verdict.kind, VerdictKind::kLiveness) << Report(plan, result, {});
  EXPECT_EQ(result.verdict.oracle, "V1");
  EXPECT_NE(result.verdict.cause.find("has applied i0 of i"), std::string::npos) << result.verdict.cause;
}

}  // namespace
}  // namespace tidemark::scenarios
