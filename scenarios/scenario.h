#pragma once

// A scenario is a family of experiments: a seed makes one concrete plan of it. All scenarios stand in one explicit
// table, scenarios/catalog.cc.

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "fault/plan.h"
#include "scenarios/rare_state.h"

namespace tidemark::scenarios {

struct Scenario {
  absl::string_view name;  // [a-z0-9_]+, also Plan::scenario
  absl::string_view doc;   // one sentence
  // The experiment of this seed: a pure function. Plan::scenario and Plan::seed are filled in.
  fault::Plan (*make_plan)(uint64_t seed);
  // Rare states that a suite of some thousand seeds of it reaches; one that does not is vacuous.
  absl::Span<const RareState> reaches;
};

// In the order in which they are listed and run.
absl::Span<const Scenario> Scenarios();
// nullptr when there is none of that name.
const Scenario* FindScenario(absl::string_view name);

}  // namespace tidemark::scenarios
