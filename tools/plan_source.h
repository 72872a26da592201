#pragma once

// Which experiment a command is about: a scenario's seed, or a plan in a file.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fault/plan.h"
#include "scenarios/scenario.h"

namespace tidemark::tools {

struct PlanSource {
  std::string scenario;  // --scenario
  std::string seed;      // --seed; text, for 0 is a seed
};

// With one word, the plan of that file; with none, the plan of scenario and seed. Errors name line and column, or the
// nearest scenario.
absl::StatusOr<fault::Plan> FindPlan(const PlanSource& source, const std::vector<std::string>& words);

absl::StatusOr<const scenarios::Scenario*> FindScenarioOrSuggest(absl::string_view name);

}  // namespace tidemark::tools
