#include "tools/plan_source.h"

#include <fstream>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "fault/nearest_name.h"
#include "fault/plan_text.h"

namespace tidemark::tools {
namespace {

absl::StatusOr<fault::Plan> ReadPlan(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) return absl::InvalidArgumentError(absl::StrCat("cannot read ", path));
  absl::StatusOr<fault::Plan> plan = fault::ParsePlan(text);
  if (!plan.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", plan.status().message()));
  return plan;
}

}  // namespace

absl::StatusOr<const scenarios::Scenario*> FindScenarioOrSuggest(absl::string_view name) {
  if (const scenarios::Scenario* scenario = scenarios::FindScenario(name); scenario != nullptr) return scenario;
  std::vector<absl::string_view> known;
  for (const scenarios::Scenario& each : scenarios::Scenarios()) known.push_back(each.name);
  return absl::InvalidArgumentError(absl::StrCat("there is no scenario ", name, fault::SuggestName(name, known)));
}

absl::StatusOr<fault::Plan> FindPlan(const PlanSource& source, const std::vector<std::string>& words) {
  const bool named = !source.scenario.empty() || !source.seed.empty();
  if (words.size() > 1 || (words.size() == 1) == named) {
    return absl::InvalidArgumentError("name one experiment: --scenario NAME --seed N, or a plan file");
  }
  if (words.size() == 1) return ReadPlan(words[0]);
  if (source.scenario.empty() || source.seed.empty()) {
    return absl::InvalidArgumentError("--scenario and --seed go together");
  }
  const absl::StatusOr<const scenarios::Scenario*> scenario = FindScenarioOrSuggest(source.scenario);
  if (!scenario.ok()) return scenario.status();
  uint64_t seed;
  if (!absl::SimpleAtoi(source.seed, &seed)) {
    return absl::InvalidArgumentError(absl::StrCat("--seed wants a number, not '", source.seed, "'"));
  }
  return (*scenario)->make_plan(seed);
}

}  // namespace tidemark::tools
