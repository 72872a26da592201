#include "engine/base/check.h"

#include <stdexcept>
#include <string>

#include "gtest/gtest.h"

namespace tidemark {
namespace {

struct Thrown : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] void Throw(const CheckFailure& failure) { throw Thrown(failure.message); }

class CheckTest : public testing::Test {
 protected:
  CheckTest() : before_(SetCheckFailureHandler([](const CheckFailure& failure) { Throw(failure); })) {}
  ~CheckTest() override { SetCheckFailureHandler(before_); }

  template <typename Body>
  std::string MessageOf(Body body) {
    try {
      body();
    } catch (const Thrown& thrown) {
      return thrown.what();
    }
    return "nothing failed";
  }

 private:
  CheckFailureHandler before_;
};

TEST_F(CheckTest, HoldingConditionsAreSilent) {
  EXPECT_EQ(MessageOf([] {
              CHECK(true) << "never built";
              CHECK_EQ(1, 1);
              CHECK_LE(1, 2);
            }),
            "nothing failed");
}

TEST_F(CheckTest, FailureSaysConditionAndText) {
  EXPECT_EQ(MessageOf([] { CHECK(1 > 2) << "partition " << 7; }), "CHECK failed: 1 > 2 partition 7");
}

TEST_F(CheckTest, ComparisonsPrintBothValues) {
  const int durable = 3, forwarded = 5;
  EXPECT_EQ(MessageOf([&] { CHECK_GE(durable, forwarded) << "rung"; }),
            "CHECK failed: durable >= forwarded (3 vs. 5) rung");
}

TEST_F(CheckTest, OperandsAreEvaluatedOnce) {
  int calls = 0;
  CHECK_EQ(++calls, 1);
  EXPECT_EQ(calls, 1);
}

TEST_F(CheckTest, BindsToTheRightElse) {
  bool reached = false;
  if (true)
    CHECK(true);
  else
    reached = true;
  EXPECT_FALSE(reached);
}

TEST(CheckDeathTest, DefaultHandlerPrintsAndAborts) {
  EXPECT_DEATH(CHECK_LT(5, 4) << "numbers", "check_test.cc:.*5 < 4 \\(5 vs. 4\\) numbers");
}

}  // namespace
}  // namespace tidemark
