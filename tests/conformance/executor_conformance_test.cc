// What engine/env/executor.h and clock.h promise, on every implementation.

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "engine/base/time.h"
#include "gtest/gtest.h"
#include "tests/conformance/conformance_test_fixture.h"

namespace tidemark::conformance {
namespace {

// Tells when it is destroyed: what a task owns.
class Witness {
 public:
  explicit Witness(bool* destroyed) : destroyed_(destroyed) {}
  Witness(Witness&& other) noexcept : destroyed_(std::exchange(other.destroyed_, nullptr)) {}
  ~Witness() {
    if (destroyed_ != nullptr) *destroyed_ = true;
  }

 private:
  bool* destroyed_;
};

template <typename World>
class ExecutorConformance : public ConformanceTest<World> {
 protected:
  using Order = std::vector<int>;

  auto Note(int value) {
    return [this, value] { order_.push_back(value); };
  }
  void RunUntilNoted(size_t count) {
    this->RunUntil([this, count] { return order_.size() >= count; });
  }

  Order order_;
};

template <typename World>
class ClockConformance : public ConformanceTest<World> {};

TYPED_TEST_SUITE(ExecutorConformance, Worlds, WorldNames);
TYPED_TEST_SUITE(ClockConformance, Worlds, WorldNames);

TYPED_TEST(ClockConformance, NowNeverGoesBack) {
  Instant last = this->clock().Now();
  for (int i = 0; i < 100; ++i) {
    this->RunFor(Duration::Micros(10));
    const Instant now = this->clock().Now();
    ASSERT_GE(now, last);
    last = now;
  }
}

TYPED_TEST(ClockConformance, NowHasAdvancedByTheDelayWhenATimerRuns) {
  for (const Duration delay : {Duration::Nanos(1), Duration::Micros(300), Duration::Millis(3)}) {
    const Instant before = this->clock().Now();
    this->RunFor(delay);
    EXPECT_GE(this->clock().Now() - before, delay);
  }
}

TYPED_TEST(ClockConformance, UnixTimeIsAPositiveNumberOfNanoseconds) { EXPECT_GT(this->clock().UnixNanos(), 0); }

TYPED_TEST(ExecutorConformance, PostedTasksRunAfterTheCallInTheOrderPosted) {
  for (int i = 1; i <= 100; ++i) this->executor().Post(this->Note(i));
  EXPECT_TRUE(this->order_.empty());
  this->RunUntilNoted(100);
  for (int i = 1; i <= 100; ++i) EXPECT_EQ(this->order_[i - 1], i);
}

TYPED_TEST(ExecutorConformance, WhatATaskPostsRunsAfterItHasReturned) {
  this->executor().Post([this] {
    this->executor().Post(this->Note(2));
    this->executor().Post(this->Note(3));
    this->order_.push_back(1);
  });
  this->RunUntilNoted(3);
  EXPECT_EQ(this->order_, std::vector<int>({1, 2, 3}));
}

TYPED_TEST(ExecutorConformance, TasksOfOneTaskKeepTheirOrderAmongThoseOfOthers) {
  this->executor().Post([this] {
    for (int i = 1; i <= 50; ++i) this->executor().Post(this->Note(i));
  });
  this->executor().Post([this] {
    for (int i = 101; i <= 150; ++i) this->executor().Post(this->Note(i));
  });
  this->RunUntilNoted(100);
  int first = 0, second = 100;
  for (int value : this->order_) EXPECT_EQ(value, value <= 50 ? ++first : ++second);
}

TYPED_TEST(ExecutorConformance, AZeroDelayTimerRunsLater) {
  this->executor().ScheduleAfter(Duration(), this->Note(1));
  EXPECT_TRUE(this->order_.empty());
  this->RunUntilNoted(1);
}

TYPED_TEST(ExecutorConformance, TimersRunInTheOrderOfTheirDeadlines) {
  const int delays_ms[] = {5, 1, 4, 2, 3};
  for (int delay_ms : delays_ms) this->executor().ScheduleAfter(Duration::Millis(delay_ms), this->Note(delay_ms));
  this->RunUntilNoted(5);
  EXPECT_EQ(this->order_, std::vector<int>({1, 2, 3, 4, 5}));
}

TYPED_TEST(ExecutorConformance, ATimerMayBeSetFarBeyondTheEndOfTime) {
  const Executor::TimerId id = this->executor().ScheduleAfter(Duration::Max(), this->Note(9));
  this->executor().ScheduleAfter(Duration::Millis(1), this->Note(1));
  this->RunUntilNoted(1);
  EXPECT_EQ(this->order_, std::vector<int>({1}));
  this->executor().Cancel(id);
}

TYPED_TEST(ExecutorConformance, TimerIdsAreNotZeroAndDifferWhileTheyLive) {
  const auto a = this->executor().ScheduleAfter(Duration::Millis(1), [] {});
  const auto b = this->executor().ScheduleAfter(Duration::Millis(1), [] {});
  EXPECT_NE(a, 0u);
  EXPECT_NE(b, 0u);
  EXPECT_NE(a, b);
}

TYPED_TEST(ExecutorConformance, ACancelledTimerNeverRuns) {
  const auto id = this->executor().ScheduleAfter(Duration::Millis(1), this->Note(9));
  this->executor().ScheduleAfter(Duration::Millis(2), this->Note(1));
  this->executor().Cancel(id);
  this->RunFor(Duration::Millis(3));
  EXPECT_EQ(this->order_, std::vector<int>({1}));
}

TYPED_TEST(ExecutorConformance, CancelDestroysTheTaskBeforeItReturns) {
  bool destroyed = false;
  const auto id = this->executor().ScheduleAfter(Duration::Millis(1), [witness = Witness(&destroyed)] {});
  EXPECT_FALSE(destroyed);
  this->executor().Cancel(id);
  EXPECT_TRUE(destroyed);
}

TYPED_TEST(ExecutorConformance, ATaskThatRanIsDestroyedBeforeTheNextRuns) {
  bool destroyed = false;
  this->executor().Post([witness = Witness(&destroyed)] {});
  this->executor().Post([&] { this->order_.push_back(destroyed ? 1 : 0); });
  this->RunUntilNoted(1);
  EXPECT_EQ(this->order_, std::vector<int>({1}));
}

TYPED_TEST(ExecutorConformance, CancelOfNoTimerARunOneOrACancelledOneIsIgnored) {
  const auto ran = this->executor().ScheduleAfter(Duration(), this->Note(1));
  this->RunUntilNoted(1);
  this->executor().Cancel(0);
  this->executor().Cancel(ran);
  const auto cancelled = this->executor().ScheduleAfter(Duration(), this->Note(2));
  this->executor().Cancel(cancelled);
  this->executor().Cancel(cancelled);
  this->executor().ScheduleAfter(Duration::Millis(1), this->Note(3));
  this->RunUntilNoted(2);
  EXPECT_EQ(this->order_, std::vector<int>({1, 3}));
}

// The second is due as well when the first runs: it must still be stopped.
TYPED_TEST(ExecutorConformance, ATimersTaskMayCancelAnotherThatIsDue) {
  Executor::TimerId second = 0;
  this->executor().ScheduleAfter(Duration::Nanos(1), [&] {
    this->order_.push_back(1);
    this->executor().Cancel(second);
  });
  second = this->executor().ScheduleAfter(Duration::Nanos(1) * 2, this->Note(2));
  this->RunFor(Duration::Millis(2));
  EXPECT_EQ(this->order_, std::vector<int>({1}));
}

TYPED_TEST(ExecutorConformance, ATimersTaskMayCancelItselfAndScheduleAgain) {
  Executor::TimerId id = 0;
  std::function<void()> tick = [&] {
    this->executor().Cancel(id);
    this->order_.push_back(1);
    if (this->order_.size() < 3) id = this->executor().ScheduleAfter(Duration(), tick);
  };
  id = this->executor().ScheduleAfter(Duration(), tick);
  this->RunUntilNoted(3);
  this->RunFor(Duration::Millis(1));
  EXPECT_EQ(this->order_.size(), 3u);
}

TYPED_TEST(ExecutorConformance, ACancelledTaskMayPostCancelAndScheduleWhileItDies) {
  struct Meddler {
    Executor* executor = nullptr;
    std::vector<int>* order = nullptr;
    ~Meddler() {
      executor->Cancel(executor->ScheduleAfter(Duration(), [] {}));
      executor->Post([order = order] { order->push_back(7); });
    }
  };
  std::unique_ptr<Meddler> meddler(new Meddler{&this->executor(), &this->order_});
  const auto id = this->executor().ScheduleAfter(Duration::Millis(1), [meddler = std::move(meddler)] {});
  this->executor().Cancel(id);
  this->RunUntilNoted(1);
  EXPECT_EQ(this->order_.back(), 7);
}

TYPED_TEST(ExecutorConformance, ADyingProcessDestroysItsTasksUnrun) {
  bool posted_destroyed = false, timer_destroyed = false;
  this->executor().Post([this, witness = Witness(&posted_destroyed)] { this->order_.push_back(1); });
  this->executor().ScheduleAfter(Duration(),
                                 [this, witness = Witness(&timer_destroyed)] { this->order_.push_back(2); });
  this->world().KillProcess();
  EXPECT_TRUE(posted_destroyed);
  EXPECT_TRUE(timer_destroyed);
  this->RunFor(Duration::Millis(1));
  EXPECT_TRUE(this->order_.empty());
}

// What a dying process still does in its destructors reaches nobody.
TYPED_TEST(ExecutorConformance, WhatADyingProcessPostsAndSchedulesIsGoneToo) {
  struct Meddler {
    Executor* executor = nullptr;
    std::vector<int>* order = nullptr;
    ~Meddler() {
      executor->Post([order = order] { order->push_back(7); });
      executor->ScheduleAfter(Duration(), [order = order] { order->push_back(8); });
    }
  };
  const auto meddler = [this] { return std::unique_ptr<Meddler>(new Meddler{&this->executor(), &this->order_}); };
  this->executor().Post([meddler = meddler()] {});
  this->executor().ScheduleAfter(Duration::Millis(1), [meddler = meddler()] {});
  this->world().KillProcess();
  this->RunFor(Duration::Millis(1));
  EXPECT_TRUE(this->order_.empty());
}

}  // namespace
}  // namespace tidemark::conformance
