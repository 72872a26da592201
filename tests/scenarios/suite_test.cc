// Suites: the seeds they run, the order in which results count, where they stop. Runs are told, not made.

#include "scenarios/suite.h"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace tidemark::scenarios {
namespace {

fault::Plan BarePlan(uint64_t seed) {
  fault::Plan plan;
  plan.scenario = "told";
  plan.seed = seed;
  return plan;
}

const Scenario kTold = {"told", "for this test", BarePlan, {}};

RunResult Passed(uint64_t acknowledged = 1) {
  RunResult result;
  result.census.runs = 1;
  result.census.acknowledged = acknowledged;
  return result;
}

RunResult Failed() {
  RunResult result = Passed();
  result.verdict.kind = VerdictKind::kInvariant;
  return result;
}

class SuiteTest : public testing::Test {
 protected:
  SuiteTest() {
    options_.seeds = 100;
    options_.jobs = 4;
    options_.run = [](const fault::Plan& plan, bool) { return Passed(plan.seed); };
    options_.progress = [this](const fault::Plan& plan, const RunResult&, const SuiteResult& so_far) {
      seeds_.push_back(plan.seed);
      EXPECT_EQ(so_far.runs, seeds_.size());
    };
  }
  SuiteResult Run() { return RunSuite(kTold, options_); }
  static void Doze(uint64_t seed) { std::this_thread::sleep_for(std::chrono::microseconds((seed * 7919) % 500)); }

  SuiteOptions options_;
  std::vector<uint64_t> seeds_;
};

TEST_F(SuiteTest, ResultsCountInTheOrderOfTheSeeds) {
  options_.first_seed = 5;
  options_.stride = 3;
  options_.run = [](const fault::Plan& plan, bool) { return Doze(plan.seed), Passed(plan.seed); };
  const SuiteResult result = Run();
  EXPECT_EQ(result.runs, 100u);
  EXPECT_EQ(result.census.runs, 100u);
  ASSERT_EQ(seeds_.size(), 100u);
  for (uint64_t i = 0; i < 100; ++i) EXPECT_EQ(seeds_[i], 5 + 3 * i);
}

TEST_F(SuiteTest, ItEndsWithTheFirstFailureWhateverTheThreadsDid) {
  options_.run = [](const fault::Plan& plan, bool) {
    Doze(plan.seed);
    return plan.seed == 40 || plan.seed == 43 || plan.seed == 90 ? Failed() : Passed();
  };
  for (const int jobs : {1, 2, 8}) {
    options_.jobs = jobs;
    seeds_.clear();
    const SuiteResult result = Run();
    EXPECT_EQ(result.runs, 41u);
    EXPECT_EQ(result.failed, 1u);
    EXPECT_EQ(result.census.runs, 41u);
    ASSERT_EQ(result.failures.size(), 1u);
    EXPECT_EQ(result.failures[0].seed, 40u);
    EXPECT_EQ(result.failures[0].plan, BarePlan(40));
  }
}

TEST_F(SuiteTest, ItGoesOnWhereAskedAndKeepsTheFirstFailures) {
  options_.keep_going = true;
  options_.max_failures = 2;
  options_.run = [](const fault::Plan& plan, bool) { return plan.seed % 10 == 0 ? Failed() : Passed(); };
  const SuiteResult result = Run();
  EXPECT_EQ(result.runs, 100u);
  EXPECT_EQ(result.failed, 10u);
  ASSERT_EQ(result.failures.size(), 2u);
  EXPECT_EQ(result.failures[1].seed, 10u);
}

TEST_F(SuiteTest, EveryNthSeedIsRunTwice) {
  options_.twice_every = 10;
  std::atomic<int> twice{0};
  options_.run = [&](const fault::Plan& plan, bool again) {
    if (again) ++twice;
    EXPECT_EQ(again, plan.seed % 10 == 0);
    return Passed();
  };
  Run();
  EXPECT_EQ(twice, 10);
}

TEST_F(SuiteTest, StopHandsOutNoMoreAndFoldsWhatWasBegun) {
  options_.seeds = UINT64_MAX;
  std::atomic<int> asked{0};
  options_.stop = [&] { return ++asked > 50; };
  const SuiteResult result = Run();
  EXPECT_EQ(result.runs, seeds_.size());
  EXPECT_GE(result.runs, 40u);
  EXPECT_LE(result.runs, 50u);
}

TEST_F(SuiteTest, NoSeedsIsNoRun) {
  options_.seeds = 0;
  EXPECT_EQ(Run().runs, 0u);
}

TEST_F(SuiteTest, ItDoesNotRunFarAheadOfASlowSeed) {
  options_.jobs = 2;
  options_.seeds = 1000;
  std::atomic<uint64_t> highest{0};
  options_.run = [&](const fault::Plan& plan, bool) {
    if (plan.seed == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      EXPECT_LE(highest, 128u);
    }
    highest = std::max<uint64_t>(highest, plan.seed);
    return Passed();
  };
  EXPECT_EQ(Run().runs, 1000u);
}

}  // namespace
}  // namespace tidemark::scenarios
