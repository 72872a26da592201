// The runner: from a plan to its verdict.

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/check.h"
#include "gtest/gtest.h"
#include "scenarios/report.h"
#include "scenarios/runner.h"
#include "tests/scenarios/plans.h"

namespace tidemark::scenarios {
namespace {

RunResult RunOf(const fault::Plan& plan) { return scenarios::Run(plan, {}); }

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

// Faults kept its partition from being made for as long as they could. The store owed it nothing before the heal.
TEST(Runner, APlanWhoseClientsNeverFoundAPartitionIsNotVacuous) {
  const fault::Plan plan = PlanOf(1, R"(
set partitions 1
set safety_time 50ms
op 1 at 1ms node=1 append count=10 bytes=16
fault 1 at 0ms for 50ms node=1 failed_write files=p-*
)");
  const RunResult result = RunOf(plan);
  EXPECT_TRUE(result.verdict.passed()) << Report(plan, result, {});
  EXPECT_EQ(result.census.acknowledged, 1) << "the probe";
}

// It was dropped, and could not be made again: that its records were refused was right, too.
TEST(Runner, APlanWhoseClientsOnlyMetADroppedPartitionIsNotVacuous) {
  const fault::Plan plan = PlanOf(1, R"(
set partitions 1
set safety_time 50ms
op 1 at 10ms node=1 drop partition=1
op 2 at 15ms node=1 create partition=1
op 3 at 20ms node=1 append count=10 bytes=16
fault 1 at 14ms for 36ms node=1 failed_write files=p-*
)");
  const RunResult result = RunOf(plan);
  EXPECT_TRUE(result.verdict.passed()) << Report(plan, result, {});
  EXPECT_EQ(result.census.acknowledged, 1) << "the probe";
}

TEST(Runner, APlanWhoseClientsWouldBeginAfterTheEndIsVacuous) {
  const fault::Plan plan = PlanOf(1, R"(
set safety_time 50ms
op 1 at 60ms node=1 append count=10 bytes=16
)");
  EXPECT_EQ(RunOf(plan).verdict.kind, VerdictKind::kVacuous);
}

TEST(Runner, AStallThatOutlastsTheSafetyPhaseEndsWithIt) {
  const fault::Plan plan = PlanOf(1, R"(
set safety_time 50ms
set liveness_time 2s
op 1 at 1ms node=1 append count=10 bytes=16
op 2 at 20ms node=1 append count=10 bytes=16
fault 1 at 10ms for 3600s node=1 disk_stall
)");
  const RunResult result = RunOf(plan);
  EXPECT_TRUE(result.verdict.passed()) << Report(plan, result, {});
}

TEST(Runner, HoweverLongClocksAreFrozenNoFileIsDueMeanwhile) {
  std::string lines(kCalm);
  for (int id = 1; id <= 40; ++id)
    absl::StrAppend(&lines, "fault ", id, " at 2ms for 315360000s node=1 clock_freeze\n");
  const fault::Plan plan = PlanOf(1, lines);
  const RunResult result = RunOf(plan);
  EXPECT_TRUE(result.verdict.passed()) << Report(plan, result, {});
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

// Fails a CHECK at the n-th event, as an engine would.
class Bomb final : public sim::TraceObserver {
 public:
  explicit Bomb(uint64_t at) : at_(at) {}
  void OnTrace(const sim::TraceRecord& record) override { CHECK_LT(record.ordinal, at_) << "in the test"; }

 private:
  const uint64_t at_;
};

TEST(Runner, AFailedCheckIsACrashWithItsPlace) {
  for (uint64_t at : {1, 30, 200, 500}) {
    Bomb bomb(at);
    const RunResult result = scenarios::Run(PlanOf(1, kStorm), {.observer = &bomb});
    EXPECT_EQ(result.verdict.kind, VerdictKind::kCrash);
    EXPECT_NE(result.verdict.what.find("runner_test.cc:"), std::string::npos) << result.verdict.what;
    EXPECT_EQ(result.verdict.cause.find(result.verdict.what), 0u) << result.verdict.cause;
    EXPECT_NE(result.verdict.cause.find("in the test"), std::string::npos) << result.verdict.cause;
    EXPECT_EQ(result.census.events, at);
  }
}

// Throws what the standard library throws, at once.
class Thrower final : public sim::TraceObserver {
 public:
  void OnTrace(const sim::TraceRecord&) override { std::string("x").at(1) = 'y'; }
};

TEST(Runner, AnExceptionIsACrashAndNoFailedCheck) {
  Thrower thrower;
  const fault::Plan plan = PlanOf(1, kCalm);
  const RunResult result = scenarios::Run(plan, {.observer = &thrower});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kCrash);
  EXPECT_EQ(result.verdict.oracle, "EXCEPTION");
  const std::string text = Report(plan, result, {});
  EXPECT_NE(text.find("\nEXCEPTION: "), std::string::npos) << text;
  EXPECT_EQ(text.find("CHECK"), std::string::npos) << text;
}

TEST(Runner, ARunThatNeedsTooManyEventsIsStuck) {
  const RunResult result = scenarios::Run(PlanOf(1, kCalm), {.max_events = 100});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kLiveness);
  EXPECT_NE(result.verdict.cause.find("stuck"), std::string::npos) << result.verdict.cause;
  EXPECT_EQ(result.verdict.what, "stuck");
}

TEST(Runner, TheCensusSaysWhatWasOrderedAndWhatFired) {
  const fault::Plan plan = PlanOf(1, absl::StrCat(kCalm, "fault 1 at 2ms node=1 process_crash\n",
                                                  "fault 2 at 2ms node=1 power_loss after_io=100000\n"));
  const RunResult result = RunOf(plan);
  const auto row = [](fault::FaultKind kind) { return static_cast<size_t>(kind); };
  EXPECT_EQ(result.census.ordered[row(fault::FaultKind::kProcessCrash)], 1u);
  EXPECT_EQ(result.census.fired[row(fault::FaultKind::kProcessCrash)], 1u);
  EXPECT_EQ(result.census.ordered[row(fault::FaultKind::kPowerLoss)], 1u);
  EXPECT_EQ(result.census.fired[row(fault::FaultKind::kPowerLoss)], 0u);
  EXPECT_EQ(result.fault_hits, (std::map<uint64_t, uint64_t>{{1, 1}, {2, 0}}));
}

TEST(Runner, RunsOnSeveralThreadsDoNotMeet) {
  const fault::Plan plan = PlanOf(7, kStorm);
  const sim::Digest alone = RunOf(plan).digest;
  std::vector<sim::Digest> digests(4);
  std::vector<std::thread> threads;
  for (sim::Digest& digest : digests) threads.emplace_back([&] { digest = RunOf(plan).digest; });
  for (std::thread& thread : threads) thread.join();
  for (const sim::Digest& digest : digests) EXPECT_EQ(digest, alone);
}

TEST(Runner, TheTraceIsKeptWholeWhereAsked) {
  const fault::Plan plan = PlanOf(1, kStorm);
  const RunResult whole = scenarios::Run(plan, {.keep_whole_trace = true});
  const RunResult last = RunOf(plan);
  EXPECT_EQ(whole.trace.size(), whole.census.events);
  EXPECT_EQ(whole.digest, last.digest);
  EXPECT_EQ(last.trace.size(), sim::Trace::kRingSize);
  EXPECT_EQ(last.trace.back(), whole.trace.back());
}

TEST(Runner, WhoeverTellsOfAFailureSeesTheWholeRun) {
  const fault::Plan plan = PlanOf(3, "op 1 at 1ms node=1 append count=200 bytes=50 every=100us\n");
  const RunResult result = scenarios::Run(plan, {});
  ASSERT_GT(result.trace.front().ordinal, 1u) << "only the last events are kept";
  const RunResult whole = WithWholeTrace(plan, result);
  EXPECT_EQ(whole.trace.size(), result.census.events);
  EXPECT_EQ(whole.digest, result.digest);
  RunResult other = result;
  other.digest.low ^= 1;
  EXPECT_EQ(WithWholeTrace(plan, other).trace.size(), result.trace.size()) << "another run says nothing of this one";
}

}  // namespace
}  // namespace tidemark::scenarios
