// main() of a scenario_test: some seeds of one scenario, as one test.
//
//   --scenario=NAME  which one
//   --name=LABEL     of the target: the seeds are derived from it, never from time
//   --seeds=N        how many, over all shards; of these, TIDEMARK_SEEDS_PERCENT in the environment
//   --seed=N         only this one, whatever the target's are
//   --keep_going     past failures: one line for each
//
// A failure prints its one screen, and leaves plan, report and the whole trace among the test's outputs. A suite of
// kCensusSeeds or more that did not reach every rare state of its scenario fails too: it proved nothing.
// Exit codes are the verdict's (scenarios/verdict.h), 2 for unusable arguments.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "engine/base/random.h"
#include "fault/plan_text.h"
#include "scenarios/report.h"
#include "scenarios/runner.h"
#include "scenarios/scenario.h"
#include "scenarios/suite.h"
#include "scenarios/test_outputs.h"

namespace tidemark::scenarios {
namespace {

// Below it a suite may miss a rare state by chance.
constexpr uint64_t kCensusSeeds = 1000;
constexpr uint64_t kSeedsPerTestCase = 50;

struct Arguments {
  const Scenario* scenario = nullptr;
  std::string name;
  uint64_t seeds = 200;
  absl::optional<uint64_t> seed;
  bool keep_going = false;
};

// The last of several wins, so that --test_arg overrides what the target says. Empty: it is usable.
std::string Parse(int argc, char** argv, Arguments& arguments) {
  for (int i = 1; i < argc; ++i) {
    absl::string_view text = argv[i];
    if (absl::ConsumePrefix(&text, "--scenario=")) {
      arguments.scenario = FindScenario(text);
      if (arguments.scenario == nullptr) return absl::StrCat("there is no scenario '", text, "'");
    } else if (absl::ConsumePrefix(&text, "--name=")) {
      arguments.name = std::string(text);
    } else if (absl::ConsumePrefix(&text, "--seeds=")) {
      if (!absl::SimpleAtoi(text, &arguments.seeds) || arguments.seeds == 0)
        return "--seeds=N wants a number, at least 1";
    } else if (absl::ConsumePrefix(&text, "--seed=")) {
      uint64_t seed;
      if (!absl::SimpleAtoi(text, &seed)) return "--seed=N wants a number";
      arguments.seed = seed;
    } else if (text == "--keep_going") {
      arguments.keep_going = true;
    } else {
      return absl::StrCat("unknown argument '", text,
                          "'; known are --scenario=, --name=, --seeds=, --seed=, --keep_going");
    }
  }
  return arguments.scenario == nullptr ? "--scenario=NAME is missing" : "";
}

// Thousands of its own for each target, and the next ones for each further run. Short enough to be typed.
uint64_t FirstSeed(const Arguments& arguments) {
  return HashName(arguments.name) % 1'000'000 * 1'000'000 + (TestRunNumber() - 1) * arguments.seeds;
}

SuiteOptions OptionsOf(const Arguments& arguments) {
  SuiteOptions options;
  options.keep_going = arguments.keep_going;
  const TestShard shard = TakeTestShard();
  if (arguments.seed.has_value()) {
    options.first_seed = *arguments.seed;
    options.seeds = shard.index == 0 ? 1 : 0;
    options.twice_every = 1;
    return options;
  }
  options.first_seed = FirstSeed(arguments) + shard.index;
  options.stride = shard.total;
  options.seeds = arguments.seeds > shard.index ? (arguments.seeds - shard.index - 1) / shard.total + 1 : 0;
  return options;
}

std::string ShowFailure(const SuiteFailure& failure) {
  const std::string stem = absl::StrCat(failure.plan.scenario, "_", failure.seed);
  const RunResult whole = WithWholeTrace(failure.plan, failure.result);
  const std::string screen = Report(failure.plan, whole, {});
  const std::string plan_path = KeepFile(stem + ".plan", fault::PrintPlan(failure.plan));
  KeepFile(stem + ".report.txt", screen);
  std::string trace;
  for (const sim::TraceRecord& record : whole.trace) absl::StrAppend(&trace, record.ToString(), "\n");
  KeepFile(stem + ".trace.txt", trace);
  return plan_path.empty() ? screen : absl::StrCat(screen, "plan, report and trace are kept: ", plan_path, "\n");
}

// One test case a group of seeds.
class Cases {
 public:
  explicit Cases(uint64_t seeds) : left_(seeds) {}

  void Add(const fault::Plan& plan, const RunResult& run) {
    if (in_group_ == 0) first_ = plan.seed;
    ++in_group_;
    --left_;
    if (!run.verdict.passed())
      failure_ = absl::StrCat("seed ", plan.seed, ": ", run.verdict.oracle, ": ", run.verdict.cause);
    if (in_group_ == kSeedsPerTestCase || left_ == 0 || !failure_.empty()) Close(plan.seed);
  }
  std::vector<TestCase>& cases() { return cases_; }

 private:
  void Close(uint64_t last) {
    const auto now = std::chrono::steady_clock::now();
    cases_.push_back(
        {absl::StrCat("seeds ", first_, " to ", last), std::chrono::duration<double>(now - began_).count(), failure_});
    began_ = now;
    failure_.clear();
    in_group_ = 0;
  }

  std::vector<TestCase> cases_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  uint64_t left_;
  uint64_t first_ = 0;
  uint64_t in_group_ = 0;
  std::string failure_;
};

std::string Summary(const Scenario& scenario, const SuiteOptions& options, const SuiteResult& result) {
  std::string text = absl::StrCat(scenario.name, ": ", result.runs, " seeds from ", options.first_seed, ", ",
                                  result.failed, " failed; ", result.census.acknowledged, " records acknowledged, ",
                                  result.census.recoveries, " recoveries\nreached:");
  for (int s = 0; s < kRareStateCount; ++s) {
    if (result.census.reached[s] > 0)
      absl::StrAppend(&text, " ", InfoOf(static_cast<RareState>(s)).name, "=", result.census.reached[s]);
  }
  absl::StrAppend(&text, "\nfired:");
  for (int k = 0; k < fault::kFaultKindCount; ++k) {
    if (result.census.ordered[k] == 0) continue;
    absl::StrAppend(&text, " ", fault::InfoOf(static_cast<fault::FaultKind>(k)).name, "=", result.census.fired[k], "/",
                    result.census.ordered[k]);
  }
  return text + "\n";
}

int Main(int argc, char** argv) {
  Arguments arguments;
  if (const std::string problem = Parse(argc, argv, arguments); !problem.empty()) {
    std::cerr << problem << "\n";
    return 2;
  }
  arguments.seeds = std::max<uint64_t>(1, arguments.seeds * SeedsPercent() / 100);
  SuiteOptions options = OptionsOf(arguments);
  Cases cases(options.seeds);
  options.progress = [&](const fault::Plan& plan, const RunResult& run, const SuiteResult&) {
    cases.Add(plan, run);
    if (run.verdict.passed()) return;
    std::cout << "seed " << plan.seed << ": " << VerdictName(run.verdict.kind) << ": " << run.verdict.oracle << ": "
              << run.verdict.cause << "\n";
  };
  const SuiteResult result = RunSuite(*arguments.scenario, options);
  std::cout << Summary(*arguments.scenario, options, result);
  VerdictKind verdict = VerdictKind::kPass;
  if (!result.failures.empty()) {
    verdict = result.failures[0].result.verdict.kind;
    std::cout << ShowFailure(result.failures[0]);
  } else if (options.seeds >= kCensusSeeds) {
    const std::vector<std::string> missed = result.census.Missed(arguments.scenario->reaches);
    if (!missed.empty()) {
      verdict = VerdictKind::kVacuous;
      const std::string cause =
          absl::StrCat("S1: ", options.seeds, " seeds never reached: ", absl::StrJoin(missed, ", "));
      cases.cases().push_back({"census", 0, cause});
      std::cout << cause << "\n";
    }
  }
  WriteTestXml(arguments.name, cases.cases());
  return static_cast<int>(verdict);
}

}  // namespace
}  // namespace tidemark::scenarios

int main(int argc, char** argv) { return tidemark::scenarios::Main(argc, argv); }
