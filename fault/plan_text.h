#pragma once

// The text form of a plan: one item a line, '#' starts a comment. Printing and parsing are exact inverses.
// docs/formats/plan.md has the grammar.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fault/plan.h"

namespace tidemark::fault {

// Of the longest plan that is read.
inline constexpr size_t kMaxPlanBytes = 16u << 20;

// Values that equal their default are left out.
std::string PrintPlan(const Plan& plan);

// INVALID_ARGUMENT says "line L, column C: expected ..., found ...", with the nearest known name where a name is
// unknown. Limits: 16 MiB of text, 100,000 operations, 100,000 faults, ten years of time.
absl::StatusOr<Plan> ParsePlan(absl::string_view text);

// Also for flags: "20ms", "1500us", "3s", "7ns"; "-2ms".
absl::StatusOr<int64_t> ParseDurationNanos(absl::string_view text);
// Plain, or with k, m or g for 2^10, 2^20, 2^30.
absl::StatusOr<int64_t> ParseBytes(absl::string_view text);

}  // namespace tidemark::fault
