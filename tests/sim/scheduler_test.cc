#include "sim/scheduler.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tidemark::sim {
namespace {

class Recorder final : public EventTarget {
 public:
  explicit Recorder(Scheduler& scheduler) : scheduler_(scheduler) {}
  bool Fire(uint64_t cookie) override {
    fired.emplace_back(scheduler_.now().nanos(), cookie);
    return true;
  }
  std::vector<std::pair<int64_t, uint64_t>> fired;

 private:
  Scheduler& scheduler_;
};

std::vector<uint64_t> OrderOfTies(uint64_t seed) {
  Scheduler scheduler(seed);
  Recorder recorder(scheduler);
  for (uint64_t i = 0; i < 8; ++i) scheduler.Schedule(Instant::FromNanos(5), &recorder, i);
  while (scheduler.Step()) {
  }
  std::vector<uint64_t> order;
  for (const auto& [time, cookie] : recorder.fired) order.push_back(cookie);
  return order;
}

TEST(SchedulerTest, TimeJumpsToTheNextEvent) {
  Scheduler scheduler(1);
  Recorder recorder(scheduler);
  scheduler.Schedule(Instant() + Duration::Seconds(9), &recorder, 1);
  scheduler.Schedule(Instant() + Duration::Millis(2), &recorder, 2);
  EXPECT_TRUE(scheduler.Step());
  EXPECT_EQ(scheduler.now(), Instant() + Duration::Millis(2));
  EXPECT_TRUE(scheduler.Step());
  EXPECT_EQ(scheduler.now(), Instant() + Duration::Seconds(9));
  EXPECT_FALSE(scheduler.Step());
}

TEST(SchedulerTest, TheSeedOrdersTies) {
  EXPECT_EQ(OrderOfTies(3), OrderOfTies(3));
  std::set<std::vector<uint64_t>> orders;
  for (uint64_t seed = 0; seed < 20; ++seed) orders.insert(OrderOfTies(seed));
  EXPECT_GT(orders.size(), 15u);
}

TEST(SchedulerTest, AnEventInThePastIsNow) {
  Scheduler scheduler(1);
  Recorder recorder(scheduler);
  scheduler.Schedule(Instant::FromNanos(100), &recorder, 1);
  scheduler.Step();
  scheduler.Schedule(Instant::FromNanos(50), &recorder, 2);
  scheduler.Step();
  EXPECT_EQ(recorder.fired.back(), (std::pair<int64_t, uint64_t>{100, 2}));
}

TEST(SchedulerTest, AdvancingNeverSkipsAnEvent) {
  Scheduler scheduler(1);
  scheduler.AdvanceTo(Instant::FromNanos(70));
  EXPECT_EQ(scheduler.now(), Instant::FromNanos(70));
}

RC_GTEST_PROP(SchedulerProperty, EventsRunInOrderOfTime, (uint64_t seed, std::vector<uint16_t> times)) {
  Scheduler scheduler(seed);
  Recorder recorder(scheduler);
  for (size_t i = 0; i < times.size(); ++i) scheduler.Schedule(Instant::FromNanos(times[i]), &recorder, i);
  while (scheduler.Step()) {
  }
  RC_ASSERT(recorder.fired.size() == times.size());
  for (size_t i = 0; i < recorder.fired.size(); ++i) {
    RC_ASSERT(recorder.fired[i].first == times[recorder.fired[i].second]);
    if (i > 0) RC_ASSERT(recorder.fired[i - 1].first <= recorder.fired[i].first);
  }
}

}  // namespace
}  // namespace tidemark::sim
