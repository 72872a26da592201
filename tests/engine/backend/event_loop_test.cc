// What EventLoop promises beyond Executor: running, stopping, other threads, blocking calls.

#include "engine/backend/event_loop.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/time.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

// By how long the loop polls while calls are under way: not at all, for a part of a call, longer than any.
class EventLoopTest : public ::testing::TestWithParam<Duration> {
 protected:
  EventLoopTest() : loop_(*EventLoop::Create(GetParam())) {}

  std::unique_ptr<EventLoop> loop_;
};

INSTANTIATE_TEST_SUITE_P(Polls, EventLoopTest,
                         ::testing::Values(Duration(), Duration::Micros(50), Duration::Seconds(1)),
                         [](const auto& poll) { return absl::StrCat(poll.param.nanos()); });

TEST_P(EventLoopTest, RunUntilIsFalseWhenNothingIsLeft) {
  int ran = 0;
  loop_->Post([&] { ++ran; });
  loop_->ScheduleAfter(Duration::Micros(10), [&] { ++ran; });
  EXPECT_FALSE(loop_->RunUntil([] { return false; }));
  EXPECT_EQ(ran, 2);
  EXPECT_FALSE(loop_->RunUntil([] { return false; }));
}

TEST_P(EventLoopTest, ACancelledTimerIsNothingToWaitFor) {
  loop_->Cancel(loop_->ScheduleAfter(Duration::Seconds(1000), [] {}));
  EXPECT_FALSE(loop_->RunUntil([] { return false; }));
}

TEST_P(EventLoopTest, RunUntilDoesNotRunATurnWhenItsConditionHolds) {
  bool ran = false;
  loop_->Post([&] { ran = true; });
  EXPECT_TRUE(loop_->RunUntil([] { return true; }));
  EXPECT_FALSE(ran);
}

TEST_P(EventLoopTest, ATaskStopsTheLoopAndWhatIsLeftStaysForTheNextRun) {
  int ran = 0;
  loop_->Post([&] {
    loop_->Stop();
    loop_->Post([&] { ++ran; });
  });
  loop_->Run();
  EXPECT_EQ(ran, 0);
  EXPECT_FALSE(loop_->RunUntil([] { return false; }));
  EXPECT_EQ(ran, 1);
}

TEST_P(EventLoopTest, StopBeforeRunEndsIt) {
  loop_->Stop();
  loop_->Run();
}

TEST_P(EventLoopTest, AnotherThreadPostsAndStops) {
  std::vector<int> order;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) loop_->PostFromAnyThread([&order, i] { order.push_back(i); });
    loop_->PostFromAnyThread([this] { loop_->Stop(); });
  });
  loop_->Run();
  other.join();
  ASSERT_EQ(order.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(order[i], i);
}

TEST_P(EventLoopTest, ALoopRunsOnAnyOneThread) {
  bool ran = false;
  loop_->Post([&] { ran = true; });
  std::thread runner([&] { loop_->Run(); });
  loop_->PostFromAnyThread([&] { loop_->ScheduleAfter(Duration::Micros(1), [this] { loop_->Stop(); }); });
  runner.join();
  EXPECT_TRUE(ran);
}

TEST_P(EventLoopTest, PostingForeverStarvesNeitherTimersNorBlockingCalls) {
  bool timer = false, call = false;
  std::function<void()> again = [&] { loop_->Post(again); };
  again();
  loop_->ScheduleAfter(Duration::Micros(1), [&] { timer = true; });
  loop_->RunBlocking([] { return 1; }, [&](int) { call = true; });
  EXPECT_TRUE(loop_->RunUntil([&] { return timer && call; }));
}

TEST_P(EventLoopTest, ABlockingCallRunsElsewhereAndCompletesHere) {
  const std::thread::id here = std::this_thread::get_id();
  std::thread::id worked_on, completed_on;
  loop_->RunBlocking([] { return std::this_thread::get_id(); },
                     [&](std::thread::id id) {
                       worked_on = id;
                       completed_on = std::this_thread::get_id();
                     });
  EXPECT_FALSE(loop_->RunUntil([] { return false; }));
  EXPECT_NE(worked_on, here);
  EXPECT_EQ(completed_on, here);
}

TEST_P(EventLoopTest, AllGoesOnWhileACallHangs) {
  std::atomic<bool> hangs{true};
  loop_->RunBlocking(
      [&] {
        while (hangs.load()) std::this_thread::yield();
        return true;
      },
      [&](bool) { loop_->Stop(); });
  std::vector<int> order;
  loop_->Post([&] { order.push_back(1); });
  loop_->ScheduleAfter(Duration::Millis(2), [&] {
    order.push_back(2);
    loop_->RunBlocking([] { return true; },
                       [&](bool) {
                         order.push_back(3);
                         std::thread([&] {
                           loop_->PostFromAnyThread([&] {
                             order.push_back(4);
                             hangs = false;
                           });
                         }).join();
                       });
  });
  loop_->Run();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3, 4}));
}

TEST_P(EventLoopTest, BlockingCallsFollowEachOther) {
  int done = 0;
  std::function<void()> next = [&] {
    loop_->RunBlocking([] { return true; },
                       [&](bool) {
                         if (++done < 2000) next();
                       });
  };
  next();
  loop_->RunUntil([&] { return done == 2000; });
  EXPECT_EQ(done, 2000);
}

Duration CpuTimeOf(clockid_t clock) {
  timespec time{};
  EXPECT_EQ(::clock_gettime(clock, &time), 0);
  return Duration::Seconds(time.tv_sec) + Duration::Nanos(time.tv_nsec);
}

// 'R': it runs, or could; 'S': it sleeps.
char StateOf(pid_t thread) {
  std::string text;
  std::getline(std::ifstream(absl::StrCat("/proc/self/task/", thread, "/stat")), text);
  const size_t name_ends = text.rfind(')');
  EXPECT_NE(name_ends, std::string::npos);
  return text.substr(name_ends).size() < 3 ? '?' : text[name_ends + 2];
}

// The call ends once the loop's thread has spent time on it: a loop that sleeps meanwhile does so for ever.
TEST(EventLoopPollTest, TheLoopLooksForTheEndOfACallWhileItPolls) {
  const std::unique_ptr<EventLoop> loop = *EventLoop::Create(Duration::Seconds(3600));
  clockid_t clock{};
  ASSERT_EQ(::pthread_getcpuclockid(::pthread_self(), &clock), 0);
  bool done = false;
  loop->RunBlocking(
      [&] {
        const Duration until = CpuTimeOf(clock) + Duration::Millis(20);
        while (CpuTimeOf(clock) < until) std::this_thread::yield();
        return true;
      },
      [&](bool ended) { done = ended; });
  EXPECT_FALSE(loop->RunUntil([] { return false; }));
  EXPECT_TRUE(done);
}

// The call ends once the loop's thread sleeps: a loop that polls for ever waits for ever.
TEST(EventLoopPollTest, TheLoopSleepsOnceItHasPolledForAWhile) {
  for (const Duration poll : {Duration(), Duration::Millis(1)}) {
    const std::unique_ptr<EventLoop> loop = *EventLoop::Create(poll);
    bool done = false;
    loop->RunBlocking(
        [thread = ::gettid()] {
          while (StateOf(thread) != 'S') std::this_thread::yield();
          return true;
        },
        [&](bool ended) { done = ended; });
    EXPECT_FALSE(loop->RunUntil([] { return false; }));
    EXPECT_TRUE(done);
  }
}

// Each waits for the others: none stands in line behind one that was handed to a thread directly.
TEST_P(EventLoopTest, BlockingCallsRunSideBySide) {
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> begun{0};
    int done = 0;
    for (int i = 0; i < 3; ++i) {
      loop_->RunBlocking(
          [&] {
            for (++begun; begun < 3;) std::this_thread::yield();
            return true;
          },
          [&](bool) { ++done; });
    }
    loop_->RunUntil([&] { return done == 3; });
    ASSERT_EQ(done, 3);
  }
}

TEST_P(EventLoopTest, TheWorkOfABlockingCallIsDestroyedWhereItRan) {
  std::atomic<std::thread::id> destroyed_on{};
  auto owned = std::shared_ptr<int>(new int(1), [&](int* value) {
    delete value;
    destroyed_on = std::this_thread::get_id();
  });
  std::thread::id worked_on;
  loop_->RunBlocking([owned = std::move(owned)] { return std::this_thread::get_id(); },
                     [&](std::thread::id id) { worked_on = id; });
  loop_->RunUntil([] { return false; });
  EXPECT_EQ(destroyed_on.load(), worked_on);
}

TEST_P(EventLoopTest, DestructionWaitsForBlockingCallsAndDropsTheirCompletions) {
  std::atomic<int> worked = 0;
  bool completed = false;
  auto owned = std::make_shared<int>(1);
  for (int i = 0; i < 20; ++i) {
    loop_->RunBlocking([&worked] { return ++worked; }, [&completed, owned](int) { completed = true; });
  }
  loop_.reset();
  EXPECT_EQ(worked, 20);
  EXPECT_FALSE(completed);
  EXPECT_EQ(owned.use_count(), 1);
}

// What dies with the loop may still call it, as a node's parts do when they are torn down.
TEST_P(EventLoopTest, WhatDiesWithTheLoopMayStillCallIt) {
  struct Meddler {
    EventLoop* loop;
    std::atomic<int>* worked;
    ~Meddler() {
      loop->Post([] {});
      loop->Cancel(loop->ScheduleAfter(Duration(), [] {}));
      loop->RunBlocking([worked = worked] { return ++*worked; }, [](int) {});
    }
  };
  std::atomic<int> worked = 0;
  auto meddler = [&] { return std::unique_ptr<Meddler>(new Meddler{loop_.get(), &worked}); };
  loop_->Post([m = meddler()] {});
  loop_->ScheduleAfter(Duration(), [m = meddler()] {});
  loop_->RunBlocking([] { return 1; }, [m = meddler()](int) {});
  loop_.reset();
  EXPECT_EQ(worked, 3);
}

using EventLoopDeathTest = EventLoopTest;
INSTANTIATE_TEST_SUITE_P(Asleep, EventLoopDeathTest, ::testing::Values(Duration()),
                         [](const auto&) { return std::string("0"); });

TEST_P(EventLoopDeathTest, ATaskMayNotRunTheLoop) {
  EXPECT_DEATH(
      {
        loop_->Post([&] { loop_->RunUntil([] { return false; }); });
        loop_->RunUntil([] { return false; });
      },
      "inside one of its tasks");
}

TEST_P(EventLoopDeathTest, PostFromAnotherThreadWhileTheLoopRunsIsCaught) {
  EXPECT_DEATH(
      {
        loop_->Post([&] { loop_->RunBlocking([&] { return loop_->Post([] {}), 1; }, [](int) {}); });
        loop_->Run();
      },
      "PostFromAnyThread");
}

TEST_P(EventLoopDeathTest, ANegativeDelayIsCaught) {
  EXPECT_DEATH(loop_->ScheduleAfter(Duration::Nanos(-1), [] {}), "-1ns");
}

}  // namespace
}  // namespace tidemark
