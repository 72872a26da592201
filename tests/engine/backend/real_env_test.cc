#include "engine/backend/real_env.h"

#include <cstdlib>

#include "absl/strings/string_view.h"
#include "engine/base/random.h"
#include "engine/base/time.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

RealEnvOptions Options() { return {.root = ::testing::TempDir(), .seed = 7}; }

TEST(RealEnvTest, AMissingRootIsNamed) {
  RealEnvOptions options = Options();
  options.root += "/no-such-place";
  const auto real = RealEnv::Create(options);
  EXPECT_EQ(real.status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(real.status().message().find("no-such-place"), absl::string_view::npos) << real.status();
}

TEST(RealEnvTest, PoolThreadsOutOfRangeAreRefused) {
  for (const int threads : {-1, 0, 1025}) {
    RealEnvOptions options = Options();
    options.pool_threads = threads;
    EXPECT_EQ(RealEnv::Create(options).status().code(), absl::StatusCode::kInvalidArgument) << threads;
  }
}

TEST(RealEnvTest, APollOutOfRangeIsRefused) {
  for (const Duration poll : {Duration::Nanos(-1), Duration::Seconds(1) + Duration::Nanos(1)}) {
    RealEnvOptions options = Options();
    options.poll = poll;
    EXPECT_EQ(RealEnv::Create(options).status().code(), absl::StatusCode::kInvalidArgument) << poll;
  }
}

TEST(RealEnvTest, TheEnvironmentOverrulesPoolThreads) {
  ASSERT_EQ(::setenv("UV_THREADPOOL_SIZE", "3", 1), 0);
  ASSERT_TRUE(RealEnv::Create(Options()).ok());
  EXPECT_STREQ(std::getenv("UV_THREADPOOL_SIZE"), "3");
}

TEST(RealEnvTest, AGivenSeedGivesTheSameKeyAndNoneADifferentOneEachTime) {
  EXPECT_EQ((*RealEnv::Create(Options()))->env().random, RandomKey(7));
  RealEnvOptions unseeded = Options();
  unseeded.seed = 0;
  const auto a = *RealEnv::Create(unseeded), b = *RealEnv::Create(unseeded);
  EXPECT_FALSE(a->env().random == b->env().random);
}

}  // namespace
}  // namespace tidemark
