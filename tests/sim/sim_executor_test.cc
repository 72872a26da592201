// The simulated executor and the clock it follows.

#include "sim/sim_executor.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "sim/sim_clock.h"

namespace tidemark::sim {
namespace {

class SimExecutorTest : public testing::Test {
 protected:
  void Run() {
    while (!scheduler_.idle()) scheduler_.Step();
  }
  void RunUntil(Duration at) {
    while (!scheduler_.idle() && scheduler_.next() <= Instant() + at) scheduler_.Step();
    scheduler_.AdvanceTo(Instant() + at);
  }
  Executor::Task Log(std::string what) {
    return [this, what] { log_ += what + "@" + std::to_string(scheduler_.now().nanos() / 1'000'000) + " "; };
  }

  Scheduler scheduler_{7};
  SimClock clock_{scheduler_};
  SimExecutor executor_{scheduler_, clock_};
  std::string log_;
};

TEST_F(SimExecutorTest, PostedTasksRunInOrder) {
  executor_.Post([this] {
    log_ += "outer ";
    executor_.Post(Log("c"));
  });
  executor_.Post(Log("b"));
  Run();
  EXPECT_EQ(log_, "outer b@0 c@0 ");
}

TEST_F(SimExecutorTest, TimersFireWhenDue) {
  executor_.ScheduleAfter(Duration::Millis(5), Log("five"));
  executor_.ScheduleAfter(Duration::Millis(2), Log("two"));
  Run();
  EXPECT_EQ(log_, "two@2 five@5 ");
}

TEST_F(SimExecutorTest, ACancelledTimerIsDestroyedAtOnce) {
  auto token = std::make_shared<int>();
  const auto id = executor_.ScheduleAfter(Duration::Millis(1), [token] { FAIL(); });
  executor_.Cancel(id);
  EXPECT_EQ(token.use_count(), 1);
  executor_.Cancel(id);
  Run();
}

TEST_F(SimExecutorTest, AnOldIdDoesNotCancelANewTimer) {
  const auto old_id = executor_.ScheduleAfter(Duration::Millis(1), Log("old"));
  Run();
  executor_.ScheduleAfter(Duration::Millis(1), Log("new"));
  executor_.Cancel(old_id);
  Run();
  EXPECT_EQ(log_, "old@1 new@2 ");
}

TEST_F(SimExecutorTest, ACrashDestroysEverythingUnrun) {
  auto token = std::make_shared<int>();
  executor_.Post([token] { FAIL(); });
  executor_.ScheduleAfter(Duration::Millis(1), [token] { FAIL(); });
  executor_.Clear();
  EXPECT_EQ(token.use_count(), 1);
  executor_.Post(Log("next life"));
  Run();
  EXPECT_EQ(log_, "next life@0 ");
}

TEST_F(SimExecutorTest, APausedNodeCatchesUpWhenItResumes) {
  executor_.ScheduleAfter(Duration::Millis(1), Log("timer"));
  executor_.Post(Log("post"));
  executor_.Pause();
  RunUntil(Duration::Millis(10));
  EXPECT_EQ(log_, "");
  executor_.Resume();
  Run();
  EXPECT_NE(log_.find("timer@10"), std::string::npos);
  EXPECT_NE(log_.find("post@10"), std::string::npos);
}

TEST_F(SimExecutorTest, ACrashDuringAPauseLeavesAUsableExecutor) {
  executor_.Post(Log("lost"));
  executor_.Pause();
  RunUntil(Duration::Millis(1));
  executor_.Post(Log("lost too"));
  executor_.Clear();
  executor_.Post(Log("new"));
  Run();
  EXPECT_EQ(log_, "new@1 ");
}

TEST_F(SimExecutorTest, AFastClockFiresEarlyInWorldTime) {
  clock_.SetDrift(250'000);
  executor_.ScheduleAfter(Duration::Millis(10), Log("t"));
  Run();
  EXPECT_EQ(log_, "t@8 ");
}

TEST_F(SimExecutorTest, AFrozenClockHoldsItsTimers) {
  executor_.ScheduleAfter(Duration::Millis(2), Log("t"));
  RunUntil(Duration::Millis(1));
  clock_.SetFrozen(true);
  executor_.Reschedule();
  RunUntil(Duration::Millis(20));
  EXPECT_EQ(log_, "");
  clock_.SetFrozen(false);
  executor_.Reschedule();
  Run();
  EXPECT_EQ(log_, "t@21 ");
}

// Wherever the clock stands: what it shows may be less than zero.
TEST_F(SimExecutorTest, ATimerForEverNeverFires) {
  for (const Duration jump : {Duration(), Duration::Millis(-30), Duration::Millis(60)}) {
    clock_.Jump(jump);
    for (const int64_t ppm : {0, -400'000, 400'000}) {
      clock_.SetDrift(ppm);
      executor_.ScheduleAfter(Duration::Max(), Log("ever"));
      EXPECT_TRUE(scheduler_.idle());
    }
  }
}

TEST_F(SimExecutorTest, AJumpForwardMakesTimersDue) {
  executor_.ScheduleAfter(Duration::Seconds(5), Log("t"));
  RunUntil(Duration::Millis(3));
  clock_.Jump(Duration::Seconds(10));
  executor_.Reschedule();
  Run();
  EXPECT_EQ(log_.substr(0, 4), "t@3 ");
}

TEST_F(SimExecutorTest, NowNeverGoesBackButTheCalendarDoes) {
  scheduler_.AdvanceTo(Instant() + Duration::Millis(50));
  const Instant before = clock_.Now();
  const int64_t calendar = clock_.UnixNanos();
  clock_.Jump(Duration::Millis(-20));
  EXPECT_EQ(clock_.Now(), before);
  EXPECT_EQ(clock_.UnixNanos(), calendar - 20'000'000);
}

TEST_F(SimExecutorTest, JumpsEndAtACentury) {
  const Duration day = Duration::Seconds(86'400);
  for (int i = 0; i < 100'000; ++i) clock_.Jump(day);
  EXPECT_EQ(clock_.Now(), Instant() + day * 365 * 100);
  EXPECT_GT(clock_.UnixNanos(), 0);
  for (int i = 0; i < 200'000; ++i) clock_.Jump(day * -1);
  EXPECT_EQ(clock_.Now(), Instant() + day * 365 * 100);
  EXPECT_LT(clock_.UnixNanos(), 0);
}

RC_GTEST_PROP(SimClockProperty, ATimerIsNeverEarlyOnItsOwnClock, ()) {
  const uint64_t ppm_draw = *rc::gen::inRange<uint64_t>(0, 1'000'000);
  const int64_t wait = *rc::gen::inRange<int64_t>(1, int64_t{10'000'000'000});
  const int64_t start = *rc::gen::inRange<int64_t>(0, int64_t{10'000'000'000});
  Scheduler scheduler(1);
  SimClock clock(scheduler);
  scheduler.AdvanceTo(Instant::FromNanos(start));
  clock.SetDrift(static_cast<int64_t>(ppm_draw) - 500'000);
  const Instant due = clock.Now() + Duration::Nanos(wait);
  const Instant world = clock.WorldTimeOf(due);
  scheduler.AdvanceTo(world);
  RC_ASSERT(clock.Now() >= due);
}

}  // namespace
}  // namespace tidemark::sim
