// What a failure leaves: above all that a plan is shrunk to its own failure, and not to one that is easier to have.

#include "tools/failure_files.h"

#include <string>

#include "engine/base/check.h"
#include "gtest/gtest.h"
#include "sim/trace.h"
#include "tests/scenarios/plans.h"

namespace tidemark::tools {
namespace {

using scenarios::RunResult;
using scenarios::Verdict;
using scenarios::VerdictKind;

constexpr Duration kLimit = Duration::Seconds(60);

// An engine with two bugs: one that a second power loss brings about, and one that every other run comes to.
class TwoBugs final : public sim::TraceObserver {
 public:
  void OnTrace(const sim::TraceRecord& record) override {
    if (record.event.kind == static_cast<TraceKind>(sim::kPowerLost)) ++losses_;
    CHECK_LT(losses_, 2) << "the bug in question";
    CHECK(record.event.kind != static_cast<TraceKind>(sim::kHealed)) << "the other bug";
  }

 private:
  int losses_ = 0;
};

TEST(FailureFiles, AShrunkPlanFailsAtTheSameCheck) {
  const fault::Plan plan = scenarios::PlanOf(1, R"(
op 1 at 1ms node=1 append count=100 bytes=16
fault 1 at 2ms node=1 process_crash
fault 2 at 3ms node=1 power_loss down=1ms
fault 3 at 5ms node=1 power_loss down=1ms
)");
  const auto run = [](const fault::Plan& candidate, bool) {
    TwoBugs bugs;
    return scenarios::Run(candidate, {.observer = &bugs});
  };
  const Verdict verdict = run(plan, false).verdict;
  ASSERT_NE(verdict.cause.find("the bug in question"), std::string::npos) << verdict.cause;
  const auto small = ShrinkFailure(testing::TempDir(), plan, verdict, kLimit, run);
  ASSERT_TRUE(small.ok()) << small.status();
  EXPECT_EQ(small->shrunk.plan.faults.size(), 2u) << "the other bug takes none";
}

TEST(FailureFiles, AShrunkPlanBreaksTheTruthInTheSameWay) {
  const fault::Plan plan = scenarios::PlanOf(1, R"(
op 1 at 1ms node=1 append count=9
op 2 at 2ms node=1 flush
fault 1 at 2ms node=1 process_crash
)");
  // Without the append it loses a partition, which takes nothing.
  const auto run = [](const fault::Plan& candidate, bool) {
    RunResult result;
    const bool appends = !candidate.operations.empty() && candidate.operations[0].kind == fault::OpKind::kAppend;
    result.verdict = {VerdictKind::kDurability, "R1", "", absl::nullopt, appends ? "lost record" : "lost partition"};
    return result;
  };
  const auto small = ShrinkFailure(testing::TempDir(), plan, run(plan, false).verdict, kLimit, run);
  ASSERT_TRUE(small.ok()) << small.status();
  EXPECT_TRUE(small->shrunk.plan.faults.empty());
  ASSERT_EQ(small->shrunk.plan.operations.size(), 1u);
  EXPECT_EQ(small->shrunk.plan.operations[0].id, 1u);
}

TEST(FailureFiles, APlanWhoseRunsDifferIsRunTwiceToTheEnd) {
  const fault::Plan plan = scenarios::PlanOf(1, "fault 1 at 2ms node=1 process_crash\n");
  const auto run = [](const fault::Plan&, bool twice) {
    RunResult result;
    if (twice) result.verdict = {VerdictKind::kNondeterminism, "", "event 7 differs", absl::nullopt};
    return result;
  };
  const auto small = ShrinkFailure(testing::TempDir(), plan, run(plan, true).verdict, kLimit, run);
  ASSERT_TRUE(small.ok()) << small.status();
  EXPECT_TRUE(small->shrunk.plan.faults.empty());
  EXPECT_EQ(small->result.verdict.kind, VerdictKind::kNondeterminism);
}

}  // namespace
}  // namespace tidemark::tools
