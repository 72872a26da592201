// Each plan of scenarios/regressions is a test of its own: it parses, says why it is there, runs, and passes.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fault/plan_text.h"
#include "gtest/gtest.h"
#include "scenarios/report.h"
#include "scenarios/runner.h"

namespace tidemark::scenarios {
namespace {

class RegressionTest : public testing::TestWithParam<std::string> {};

TEST_P(RegressionTest, Passes) {
  std::ifstream file(absl::StrCat("scenarios/regressions/", GetParam(), ".plan"));
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const absl::StatusOr<fault::Plan> plan = fault::ParsePlan(text);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_TRUE(absl::StrContains(text, "\n# ")) << "a comment says what it provokes";
  const RunResult result = RunTwice(*plan, {});
  EXPECT_TRUE(result.verdict.passed()) << Report(*plan, result, {});
}

std::vector<std::string> Plans() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("scenarios/regressions")) {
    if (entry.path().extension() == ".plan") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, RegressionTest, testing::ValuesIn(Plans()), [](const auto& info) { return info.param; });

}  // namespace
}  // namespace tidemark::scenarios
