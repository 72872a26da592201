// Any bytes are either a plan, which then prints and parses to itself, or refused with an error that says where.

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "engine/base/check.h"
#include "fault/plan_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<fault::Plan> plan = fault::ParsePlan(text);
  if (!plan.ok()) {
    CHECK(absl::StartsWith(plan.status().message(), "line ")) << plan.status().message();
    return 0;
  }
  const absl::StatusOr<fault::Plan> again = fault::ParsePlan(fault::PrintPlan(*plan));
  CHECK(again.ok()) << again.status().message();
  CHECK(*again == *plan) << "a plan changed by being printed and parsed";
  return 0;
}
