#include "scenarios/census.h"

#include <string>

namespace tidemark::scenarios {
namespace {

template <size_t kSize>
void AddAll(std::array<uint64_t, kSize>& to, const std::array<uint64_t, kSize>& from) {
  for (size_t i = 0; i < kSize; ++i) to[i] += from[i];
}

}  // namespace

void Census::Add(const Census& other) {
  runs += other.runs;
  events += other.events;
  appended += other.appended;
  acknowledged += other.acknowledged;
  applied += other.applied;
  recoveries += other.recoveries;
  simulated = simulated + other.simulated;
  AddAll(ordered, other.ordered);
  AddAll(fired, other.fired);
  AddAll(reached, other.reached);
}

std::vector<std::string> Census::Missed(absl::Span<const RareState> must_reach) const {
  std::vector<std::string> missed;
  for (int i = 0; i < fault::kFaultKindCount; ++i) {
    if (ordered[i] > 0 && fired[i] == 0) missed.emplace_back(fault::InfoOf(static_cast<fault::FaultKind>(i)).name);
  }
  for (const RareState state : must_reach) {
    if (reached[static_cast<size_t>(state)] == 0) missed.emplace_back(InfoOf(state).name);
  }
  return missed;
}

}  // namespace tidemark::scenarios
