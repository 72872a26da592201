#include "engine/backend/tracers.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace tidemark {

void CountingTracer::Emit(const TraceEvent& event) { ++counts_[RowOf(event.kind)]; }

uint64_t CountingTracer::CountOf(TraceKind kind) const { return counts_[RowOf(kind)]; }

std::string CountingTracer::ToString() const {
  std::string text;
  for (size_t row = 0; row < counts_.size(); ++row) {
    if (counts_[row] == 0) continue;
    const absl::string_view name = row == kMaxKinds ? "other" : InfoOf(static_cast<TraceKind>(row)).name;
    absl::StrAppend(&text, text.empty() ? "" : ", ", name, " ", counts_[row]);
  }
  return text;
}

size_t CountingTracer::RowOf(TraceKind kind) { return std::min(static_cast<size_t>(kind), kMaxKinds); }

}  // namespace tidemark
