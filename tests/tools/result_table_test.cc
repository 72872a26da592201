#include "tools/result_table.h"

#include "gtest/gtest.h"
#include "scenarios/rare_state.h"

namespace tidemark::tools {
namespace {

using scenarios::RareState;

constexpr RareState kReaches[] = {RareState::kTornTail, RareState::kRedo};

ResultRow Row(const scenarios::Scenario& scenario) {
  ResultRow row{&scenario, {}, {}, Duration::Seconds(12)};
  row.result.runs = 1'200;
  row.result.failed = 1;
  row.result.census.appended = 5'000;
  row.result.census.reached[static_cast<size_t>(RareState::kRedo)] = 3;
  row.result.census.fired[static_cast<size_t>(fault::FaultKind::kPowerLoss)] = 40;
  row.result.census.fired[static_cast<size_t>(fault::FaultKind::kProcessCrash)] = 2;
  row.missed = {"torn_tail"};
  return row;
}

TEST(ResultTableTest, ARowAScenarioAndWhatItMissed) {
  const scenarios::Scenario scenario{"storm", "", nullptr, kReaches};
  EXPECT_EQ(ResultTable({Row(scenario)}),
            "scenario  seeds  failures  events  records  crashed  recoveries  rare  simulated  time\n"
            "storm     1,200         1       0    5,000       42           0   1/2       0.0s   12s\n"
            "storm missed: torn_tail\n");
}

TEST(ResultTableTest, SeveralRowsAreAddedUp) {
  const scenarios::Scenario scenario{"storm", "", nullptr, kReaches};
  const std::string table = ResultTable({Row(scenario), Row(scenario)});
  EXPECT_NE(table.find("\nall       2,400         2       0   10,000       84"), std::string::npos) << table;
}

TEST(ResultTableTest, SilenceBoundsTheBugRate) {
  EXPECT_EQ(ConfidenceLine(20'000, 0), "20,000 seeds, 0 failures: bug rate below 0.015 % (3/N) at 95 % confidence");
  EXPECT_EQ(ConfidenceLine(1, 0), "1 seed, 0 failures: bug rate below 100 % (3/N) at 95 % confidence");
  EXPECT_EQ(ConfidenceLine(200, 1), "200 seeds, 1 failure: 0.5 % of them");
  EXPECT_EQ(ConfidenceLine(0, 0), "0 seeds, 0 failures");
}

}  // namespace
}  // namespace tidemark::tools
