// What EventLoop's tests do not show of the pool below it.

#include "engine/backend/call_pool.h"

#include <uv.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "engine/base/time.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

// What it does, and what is done when it goes.
class Scripted final : public CallPool::Call {
 public:
  Scripted(std::function<void()> work, std::function<void()> gone) : work_(std::move(work)), gone_(std::move(gone)) {}
  ~Scripted() override { gone_(); }
  void Work() override { work_(); }
  void Finish() override { ADD_FAILURE() << "nobody asked for it"; }

 private:
  const std::function<void()> work_, gone_;
};

class CallPoolTest : public ::testing::TestWithParam<Duration> {
 protected:
  CallPoolTest() {
    EXPECT_EQ(uv_loop_init(&loop_), 0);
    pool_ = std::make_unique<CallPool>(loop_, GetParam());
    const absl::Status status = pool_->Init([this] {
      ++told_;
      for (auto& call : pool_->TakeFinished()) taken_.push_back(std::move(call));
    });
    EXPECT_TRUE(status.ok()) << status;
  }
  ~CallPoolTest() override {
    if (pool_ != nullptr) Close();
    taken_.clear();
    EXPECT_EQ(uv_loop_close(&loop_), 0);
  }
  void Submit(
      std::function<void()> work, std::function<void()> gone = [] {}) {
    pool_->Submit(std::make_unique<Scripted>(std::move(work), std::move(gone)));
  }
  void Close() {
    pool_->Close();
    pool_.reset();
  }

  uv_loop_t loop_;
  std::unique_ptr<CallPool> pool_;
  int told_ = 0;
  std::vector<std::unique_ptr<CallPool::Call>> taken_;
};
INSTANTIATE_TEST_SUITE_P(Polls, CallPoolTest, ::testing::Values(Duration(), Duration::Millis(20)),
                         [](const auto& poll) { return poll.param == Duration() ? "Never" : "A_While"; });

TEST_P(CallPoolTest, TheLoopLivesUntilAllCallsAreTaken) {
  std::atomic<int> worked{0};
  for (int i = 0; i < 50; ++i) Submit([&] { ++worked; });
  EXPECT_EQ(pool_->under_way(), 50u);
  EXPECT_EQ(uv_run(&loop_, UV_RUN_DEFAULT), 0);
  EXPECT_EQ(taken_.size(), 50u);
  EXPECT_EQ(worked, 50);
  EXPECT_EQ(pool_->under_way(), 0u);
  EXPECT_GT(told_, 0);
}

TEST_P(CallPoolTest, CallsAreTakenAsTheyEnd) {
  std::atomic<bool> second_ended{false};
  int gone = 0, first_gone = 0, second_gone = 0;
  Submit(
      [&] {
        while (!second_ended) std::this_thread::yield();
      },
      [&] { first_gone = ++gone; });
  Submit([] {}, [&] { second_gone = ++gone; });
  while (taken_.empty()) uv_run(&loop_, UV_RUN_ONCE);
  taken_.clear();
  second_ended = true;
  uv_run(&loop_, UV_RUN_DEFAULT);
  taken_.clear();
  EXPECT_EQ(second_gone, 1);
  EXPECT_EQ(first_gone, 2);
}

TEST_P(CallPoolTest, ClosingDoesWhatIsSubmittedMeanwhileAndTellsNobody) {
  std::atomic<int> worked{0};
  Submit([&] { ++worked; }, [&] { Submit([&] { ++worked; }, [&] { Submit([&] { ++worked; }); }); });
  Close();
  EXPECT_EQ(worked, 3);
  EXPECT_EQ(told_, 0);
}

}  // namespace
}  // namespace tidemark
