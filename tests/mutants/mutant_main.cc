// Runs scenarios, seed by seed, against an engine with a planted bug, until one of the named oracles objects.
//
//   --mutant=NAME --scenarios=a,b --oracles=R1,CHECK --seeds=N
//
// Prints how many seeds and how much processor time that took. Fails when the bug survives: then the suite has a hole.

#include <ctime>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "scenarios/report.h"
#include "scenarios/runner.h"
#include "scenarios/scenario.h"

namespace tidemark::scenarios {
namespace {

struct Flags {
  std::string mutant;
  std::vector<std::string> scenarios;
  std::vector<std::string> oracles;
  uint64_t seeds = 0;
};

bool Parse(int argc, char** argv, Flags& flags) {
  for (int i = 1; i < argc; ++i) {
    absl::string_view arg = argv[i];
    if (absl::ConsumePrefix(&arg, "--mutant=")) {
      flags.mutant = std::string(arg);
    } else if (absl::ConsumePrefix(&arg, "--scenarios=")) {
      flags.scenarios = absl::StrSplit(arg, ',');
    } else if (absl::ConsumePrefix(&arg, "--oracles=")) {
      flags.oracles = absl::StrSplit(arg, ',');
    } else if (!absl::ConsumePrefix(&arg, "--seeds=") || !absl::SimpleAtoi(arg, &flags.seeds)) {
      std::cerr << "unknown or bad flag " << argv[i] << "\n";
      return false;
    }
  }
  return !flags.scenarios.empty() && !flags.oracles.empty() && flags.seeds > 0;
}

bool Expected(const Flags& flags, const Verdict& verdict) {
  for (const std::string& oracle : flags.oracles) {
    if (verdict.oracle == oracle) return true;
  }
  return false;
}

int Main(int argc, char** argv) {
  Flags flags;
  if (!Parse(argc, argv, flags)) return 2;
  uint64_t runs = 0;
  std::string others;
  for (uint64_t seed = 1; seed <= flags.seeds; ++seed) {
    for (const std::string& name : flags.scenarios) {
      const Scenario* scenario = FindScenario(name);
      if (scenario == nullptr) {
        std::cerr << "there is no scenario " << name << "\n";
        return 2;
      }
      const fault::Plan plan = scenario->make_plan(seed);
      const RunResult result = Run(plan, {});
      ++runs;
      if (result.verdict.passed()) continue;
      if (!Expected(flags, result.verdict)) {
        if (others.empty()) others = absl::StrCat(result.verdict.oracle, ": ", result.verdict.cause);
        continue;
      }
      std::cout << "mutant " << flags.mutant << " caught by " << result.verdict.oracle << " after " << runs
                << " seeds, " << std::clock() * 1000 / CLOCKS_PER_SEC << " CPU ms (" << name << " seed " << seed
                << ")\n  " << result.verdict.cause << "\n";
      return 0;
    }
  }
  std::cout << "mutant " << flags.mutant << " SURVIVED " << runs << " seeds";
  if (!others.empty()) std::cout << "; other oracles objected: " << others;
  std::cout << "\n";
  return 1;
}

}  // namespace
}  // namespace tidemark::scenarios

int main(int argc, char** argv) { return tidemark::scenarios::Main(argc, argv); }
