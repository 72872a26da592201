#pragma once

// Plans for tests of the runner, from their text.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/base/check.h"
#include "fault/plan.h"
#include "fault/plan_text.h"

namespace tidemark::scenarios {

inline fault::Plan ParseOrDie(absl::string_view text) {
  absl::StatusOr<fault::Plan> plan = fault::ParsePlan(text);
  CHECK(plan.ok()) << plan.status().ToString();
  return *std::move(plan);
}

// A plan named "test": its seed, then the lines.
inline fault::Plan PlanOf(uint64_t seed, absl::string_view lines) {
  return ParseOrDie(absl::StrCat("tidemark-plan 1\nscenario test\nseed ", seed, "\n", lines));
}

inline constexpr absl::string_view kCalm = R"(
op 1 at 1ms node=1 append count=100 bytes=16 bytes_max=300
)";

// 100 records to three partitions, and three crashes among them.
inline constexpr absl::string_view kStorm = R"(
op 1 at 1ms node=1 append count=100 bytes=16 bytes_max=300 inflight=4
op 2 at 6ms node=1 read count=20 every=300us
op 3 at 9ms node=1 truncate
op 4 at 10ms node=1 flush
fault 1 at 2ms node=1 power_loss down=1ms keep=400 garbage=300
fault 2 at 4ms node=1 process_crash down=1ms after_io=20
fault 3 at 7ms node=1 power_loss keep=200 tear=byte after_io=3 when=recovery
)";

}  // namespace tidemark::scenarios
