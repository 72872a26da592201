#include "tools/flags.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace tidemark::tools {
namespace {

class FlagsTest : public testing::Test {
 protected:
  FlagsTest() : flags_("run", "[scenario...]", "Runs.") {
    flags_.Number("seeds", &seeds, "how many");
    flags_.Switch("trace", &trace, "print it");
    flags_.Text("out", &out, "where");
    flags_.Time("time", &time, "at most");
  }
  std::vector<std::string> Parse(const std::vector<std::string>& arguments) {
    const auto words = flags_.Parse(arguments);
    EXPECT_TRUE(words.ok()) << words.status();
    return words.ok() ? *words : std::vector<std::string>();
  }
  std::string Error(const std::vector<std::string>& arguments) {
    return std::string(flags_.Parse(arguments).status().message());
  }

  Flags flags_;
  uint64_t seeds = 5;
  bool trace = false;
  std::string out = "out";
  Duration time;
};

TEST_F(FlagsTest, FlagsStandAnywhereAmongWords) {
  EXPECT_EQ(Parse({"a", "--seeds", "7", "b", "--out=x=y", "--trace", "c"}), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(seeds, 7u);
  EXPECT_EQ(out, "x=y");
  EXPECT_TRUE(trace);
}

TEST_F(FlagsTest, WhatIsNotSaidStaysAsItWas) {
  EXPECT_TRUE(Parse({}).empty());
  EXPECT_EQ(seeds, 5u);
  EXPECT_FALSE(trace);
}

TEST_F(FlagsTest, AfterTwoDashesAllIsWords) {
  EXPECT_EQ(Parse({"--", "--seeds"}), std::vector<std::string>{"--seeds"});
}

TEST_F(FlagsTest, MistakesAreNamed) {
  EXPECT_EQ(Error({"--seed", "7"}), "run has no flag --seed; did you mean 'seeds'?");
  EXPECT_EQ(Error({"--seeds"}), "--seeds wants a value");
  EXPECT_EQ(Error({"--seeds=-1"}), "--seeds wants a number from 0 to 18446744073709551615, not '-1'");
  EXPECT_EQ(Error({"--trace=1"}), "--trace takes no value");
  EXPECT_EQ(Error({"--time", "soon"}), "--time wants a time such as 90s, 20ms, 5m or 2h, not 'soon'");
}

TEST_F(FlagsTest, TimesHaveUnits) {
  EXPECT_EQ(*ParseTime("90s"), Duration::Seconds(90));
  EXPECT_EQ(*ParseTime("20ms"), Duration::Millis(20));
  EXPECT_EQ(*ParseTime("5m"), Duration::Seconds(300));
  EXPECT_EQ(*ParseTime("2h"), Duration::Seconds(7'200));
  for (const char* bad : {"", "5", "-5s", "m", "h", "9999999999999h", "1.5s"}) EXPECT_FALSE(ParseTime(bad).ok()) << bad;
}

TEST_F(FlagsTest, HelpShowsDefaults) {
  EXPECT_EQ(flags_.Help(),
            "usage: ./tidemark run [scenario...] [flags]\n\nRuns.\n\n"
            "  --seeds N          how many (5)\n"
            "  --trace            print it\n"
            "  --out TEXT         where (out)\n"
            "  --time TIME        at most\n");
  EXPECT_TRUE(Flags::WantsHelp({"x", "--help"}));
}

}  // namespace
}  // namespace tidemark::tools
