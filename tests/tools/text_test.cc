#include "tools/text.h"

#include "gtest/gtest.h"

namespace tidemark::tools {
namespace {

TEST(TextTest, NumbersAreGrouped) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1'000), "1,000");
  EXPECT_EQ(Grouped(12'345'678), "12,345,678");
  EXPECT_EQ(Grouped(UINT64_MAX), "18,446,744,073,709,551,615");
}

TEST(TextTest, TimesGetCoarserAsTheyGrow) {
  EXPECT_EQ(ShortTime(Duration()), "0.0s");
  EXPECT_EQ(ShortTime(Duration::Millis(1'250)), "1.2s");
  EXPECT_EQ(ShortTime(Duration::Seconds(42)), "42s");
  EXPECT_EQ(ShortTime(Duration::Seconds(187)), "3m07s");
  EXPECT_EQ(ShortTime(Duration::Seconds(7'380)), "2h03m");
}

TEST(TextTest, RatiosKeepThreeDigits) {
  EXPECT_EQ(Ratio(1, 4), "0.25");
  EXPECT_EQ(Ratio(123, 10), "12.3");
  EXPECT_EQ(Ratio(12'345.6, 10), "1,235");
  EXPECT_EQ(Ratio(1, 0), "-");
}

}  // namespace
}  // namespace tidemark::tools
