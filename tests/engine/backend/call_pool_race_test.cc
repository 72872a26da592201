// What a CallPool must not lose, or do twice, where a pool thread that polls ends its visit just as it is handed a
// call: many calls, and polls so short that they end all the time. UV_THREADPOOL_SIZE says how many threads there are.
//
// A call that is lost, or starves, leaves the loop waiting for ever.

#include <sched.h>
#include <uv.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "engine/backend/call_pool.h"
#include "engine/base/random.h"
#include "engine/base/time.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

constexpr Duration kForEver = Duration::Seconds(3600);

class Counted final : public CallPool::Call {
 public:
  Counted(std::atomic<uint32_t>& worked, uint32_t& taken, const std::atomic<bool>& may_end)
      : worked_(worked), taken_(taken), may_end_(may_end) {}
  void Work() override {
    ++worked_;
    while (!may_end_) ::sched_yield();
  }
  void Finish() override { ++taken_; }

 private:
  std::atomic<uint32_t>& worked_;
  uint32_t& taken_;
  const std::atomic<bool>& may_end_;
};

// Calls in numbers, submitted and taken one by one.
class Calls {
 public:
  Calls(uint64_t most, Duration poll) : worked_(most), taken_(most, 0) {
    EXPECT_EQ(uv_loop_init(&loop_), 0);
    pool_ = std::make_unique<CallPool>(loop_, poll);
    const absl::Status status = pool_->Init([this] {
      for (const std::unique_ptr<CallPool::Call>& call : pool_->TakeFinished()) {
        call->Finish();
        ++all_taken_;
      }
    });
    EXPECT_TRUE(status.ok()) << status;
  }
  ~Calls() {
    pool_->Close();
    pool_.reset();
    EXPECT_EQ(uv_loop_close(&loop_), 0);
  }
  uint64_t submitted() const { return submitted_; }
  void Submit() {
    pool_->Submit(std::make_unique<Counted>(worked_[submitted_], taken_[submitted_], may_end_));
    ++submitted_;
  }
  // Whether a thread that polls was handed the call: then libuv was asked for nothing.
  bool SubmitsPastLibuv() {
    const unsigned asked = loop_.active_reqs.count;
    Submit();
    return loop_.active_reqs.count == asked;
  }
  // From now on no call ends, until the next AwaitAll.
  void Hold() { may_end_ = false; }
  void AwaitAll() {
    may_end_ = true;
    while (all_taken_ < submitted_) uv_run(&loop_, UV_RUN_NOWAIT);
  }
  void ExpectEachOnce() const {
    for (uint64_t i = 0; i < submitted_; ++i) {
      ASSERT_EQ(worked_[i], 1u) << "call " << i;
      ASSERT_EQ(taken_[i], 1u) << "call " << i;
    }
  }

 private:
  uv_loop_t loop_;
  std::unique_ptr<CallPool> pool_;
  std::vector<std::atomic<uint32_t>> worked_;
  std::vector<uint32_t> taken_;
  std::atomic<bool> may_end_{true};
  uint64_t submitted_ = 0, all_taken_ = 0;
};

class CallPoolRaceTest : public ::testing::TestWithParam<Duration> {};
INSTANTIATE_TEST_SUITE_P(Polls, CallPoolRaceTest,
                         ::testing::Values(Duration(), Duration::Nanos(1), Duration::Micros(2), Duration::Micros(20),
                                           kForEver),
                         [](const auto& poll) { return std::to_string(poll.param.nanos()); });

// One to three at a time, each time after a while in which the thread that polls may just have stopped.
TEST_P(CallPoolRaceTest, EachCallIsDoneAndTakenOnce) {
  constexpr uint64_t kCalls = 40'000;
  Calls calls(kCalls, GetParam());
  Draws draws(RandomKey(7).Fork("calls"));
  while (calls.submitted() < kCalls - 3) {
    for (uint64_t left = draws.Between(1, 3); left > 0; --left) calls.Submit();
    calls.AwaitAll();
    for (std::atomic<uint64_t> pause = draws.Uniform(200); pause > 0; --pause) {
    }
  }
  calls.ExpectEachOnce();
}

// While no thread polls all calls are left to libuv. A thread that has ended the first one may not look for others that
// it may be handed, where it is the only one that could do those.
TEST_P(CallPoolRaceTest, CallsThatWereLeftToLibuvAreNotKeptWaiting) {
  constexpr uint64_t kCalls = 3'000;
  Calls calls(kCalls, GetParam());
  while (calls.submitted() < kCalls) {
    calls.Hold();
    for (int i = 0; i < 3; ++i) calls.Submit();
    calls.AwaitAll();
  }
  calls.ExpectEachOnce();
}

TEST(CallPoolPollTest, AThreadThatPollsIsHandedItsNextCall) {
  constexpr uint64_t kTries = 10'000;
  Calls calls(kTries, kForEver);
  bool handed = false;
  while (!handed && calls.submitted() < kTries) {
    handed = calls.SubmitsPastLibuv();
    calls.AwaitAll();
    for (int i = 0; i < 100; ++i) ::sched_yield();  // a thread that has ended a call is about to poll
  }
  EXPECT_TRUE(handed);
}

TEST(CallPoolPollTest, AThreadThatDoesNotPollIsHandedNone) {
  constexpr uint64_t kTries = 1'000;
  Calls calls(kTries, Duration());
  while (calls.submitted() < kTries) {
    EXPECT_FALSE(calls.SubmitsPastLibuv());
    calls.AwaitAll();
  }
}

}  // namespace
}  // namespace tidemark
