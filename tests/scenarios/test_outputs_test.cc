// What Bazel offers a test program, and what it gets back.

#include "scenarios/test_outputs.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace tidemark::scenarios {
namespace {

std::string ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The environment that Bazel would set, for one test.
class TestOutputsTest : public testing::Test {
 protected:
  static void Set(const char* name, const std::string& value) { ASSERT_EQ(setenv(name, value.c_str(), 1), 0); }
  void SetUp() override {
    for (const char* name : {"TEST_SHARD_STATUS_FILE", "TEST_TOTAL_SHARDS", "TEST_SHARD_INDEX", "TEST_RANDOM_SEED",
                             "TIDEMARK_SEEDS_PERCENT"})
      unsetenv(name);
  }
  const std::string folder_ = testing::TempDir();
};

TEST_F(TestOutputsTest, OutsideBazelThereIsOneShardAndOneRun) {
  EXPECT_EQ(TakeTestShard().total, 1u);
  EXPECT_EQ(TakeTestShard().index, 0u);
  EXPECT_EQ(TestRunNumber(), 1u);
}

TEST_F(TestOutputsTest, TakingAShardTellsBazelSo) {
  const std::string status = absl::StrCat(folder_, "/shard_status");
  Set("TEST_SHARD_STATUS_FILE", status);
  Set("TEST_TOTAL_SHARDS", "4");
  Set("TEST_SHARD_INDEX", "3");
  EXPECT_EQ(TakeTestShard().index, 3u);
  EXPECT_EQ(TakeTestShard().total, 4u);
  EXPECT_TRUE(std::ifstream(status).good());
}

TEST_F(TestOutputsTest, RunsAreNumberedFromOne) {
  Set("TEST_RANDOM_SEED", "7");
  EXPECT_EQ(TestRunNumber(), 7u);
  Set("TEST_RANDOM_SEED", "none");
  EXPECT_EQ(TestRunNumber(), 1u);
}

TEST_F(TestOutputsTest, SeedsMayBeMoreOrFewer) {
  EXPECT_EQ(SeedsPercent(), 100u);
  Set("TIDEMARK_SEEDS_PERCENT", "25");
  EXPECT_EQ(SeedsPercent(), 25u);
  Set("TIDEMARK_SEEDS_PERCENT", "0");
  EXPECT_EQ(SeedsPercent(), 1u) << "a suite without a seed proves nothing";
}

TEST_F(TestOutputsTest, FilesAreKeptWhereBazelCollectsThem) {
  Set("TEST_UNDECLARED_OUTPUTS_DIR", folder_);
  const std::string path = KeepFile("x.plan", "seed 1\n");
  EXPECT_EQ(ContentOf(path), "seed 1\n");
  Set("TEST_UNDECLARED_OUTPUTS_DIR", absl::StrCat(folder_, "/no/such"));
  EXPECT_EQ(KeepFile("x.plan", "seed 1\n"), "");
}

TEST_F(TestOutputsTest, TheXmlIsEscapedAndCounted) {
  const std::string path = absl::StrCat(folder_, "/test.xml");
  const char* const old = getenv("XML_OUTPUT_FILE");
  const std::string before = old == nullptr ? "" : old;
  Set("XML_OUTPUT_FILE", path);
  WriteTestXml("//a:b", {{"seeds 1 to 2", 0.5, ""}, {"seeds 3 to 4", 0.25, "R1: \"a\" < b & c\x01\nsecond line"}});
  Set("XML_OUTPUT_FILE", before);
  EXPECT_EQ(ContentOf(path), R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
<testsuite name="//a:b" tests="2" failures="1" errors="0">
<testcase classname="//a:b" name="seeds 1 to 2" time="0.500"></testcase>
<testcase classname="//a:b" name="seeds 3 to 4" time="0.250">)"
                             R"(<failure message="R1: &quot;a&quot; &lt; b &amp; c?">R1: &quot;a&quot; &lt; b &amp; c?
second line</failure></testcase>
</testsuite>
</testsuites>
)");
}

}  // namespace
}  // namespace tidemark::scenarios
