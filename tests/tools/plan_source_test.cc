#include "tools/plan_source.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace tidemark::tools {
namespace {

std::string Error(const PlanSource& source, const std::vector<std::string>& words) {
  return std::string(FindPlan(source, words).status().message());
}

TEST(PlanSourceTest, AScenarioMakesAPlanOfASeed) {
  const std::string name(scenarios::Scenarios()[0].name);
  const absl::StatusOr<fault::Plan> plan = FindPlan({name, "17"}, {});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->scenario, name);
  EXPECT_EQ(plan->seed, 17u);
}

TEST(PlanSourceTest, AFileIsAPlan) {
  const std::string path = testing::TempDir() + "/a.plan";
  std::ofstream(path) << "tidemark-plan 1\nscenario by_hand\nseed 5\n";
  const absl::StatusOr<fault::Plan> plan = FindPlan({}, {path});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->scenario, "by_hand");
}

TEST(PlanSourceTest, MistakesAreNamed) {
  EXPECT_EQ(Error({}, {}), "name one experiment: --scenario NAME --seed N, or a plan file");
  EXPECT_EQ(Error({"torn_tail", "1"}, {"a.plan"}), "name one experiment: --scenario NAME --seed N, or a plan file");
  EXPECT_EQ(Error({"torn_tail", ""}, {}), "--scenario and --seed go together");
  EXPECT_EQ(Error({"torn_tail", "x"}, {}), "--seed wants a number, not 'x'");
  EXPECT_EQ(Error({"torn_tale", "1"}, {}), "there is no scenario torn_tale; did you mean 'torn_tail'?");
  EXPECT_EQ(Error({}, {"/no/such.plan"}), "cannot read /no/such.plan: No such file or directory");
}

TEST(PlanSourceTest, OnlyAFileOrAPipeIsReadAsAPlan) {
  EXPECT_EQ(Error({}, {"/"}), "cannot read /: it is a directory; name a plan file in it");
  EXPECT_EQ(Error({}, {"/dev/zero"}), "cannot read /dev/zero: it is neither a file nor a pipe");
  const std::string path = testing::TempDir() + "/a.pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(path) << "tidemark-plan 1\nscenario by_hand\nseed 5\n"; });
  EXPECT_EQ(Error({}, {path}), "");
  writer.join();
}

TEST(PlanSourceTest, NoMoreIsReadThanTheLongestPlanHas) {
  const std::string path = testing::TempDir() + "/long.plan";
  std::ofstream(path).close();
  std::filesystem::resize_file(path, uint64_t{1} << 40);  // sparse: reading all of it would never end
  EXPECT_EQ(Error({}, {path}),
            absl::StrCat("cannot read ", path, ": it is longer than the 16777216 bytes of the longest plan"));
}

TEST(PlanSourceTest, ABadFileIsNamedWithItsPlace) {
  const std::string path = testing::TempDir() + "/bad.plan";
  std::ofstream(path) << "tidemark-plan 1\nscenario by_hand\nseed 5\nop x\n";
  EXPECT_NE(Error({}, {path}).find("bad.plan: line 4, column 4"), std::string::npos) << Error({}, {path});
}

}  // namespace
}  // namespace tidemark::tools
