#pragma once

// Counts of what runs did: which fault kinds were ordered and fired, which rare states were reached, how much
// work was done. A suite's census says whether its silence means anything (S1).

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "fault/fault.h"
#include "scenarios/rare_state.h"

namespace tidemark::scenarios {

struct Census {
  uint64_t runs = 0;
  uint64_t events = 0;    // of the traces
  uint64_t appended = 0;  // client records that entered a log
  uint64_t acknowledged = 0;
  uint64_t applied = 0;
  uint64_t recoveries = 0;  // that completed
  Duration simulated;
  // Runs in which it was ordered, or fired at least once.
  std::array<uint64_t, fault::kFaultKindCount> ordered = {};
  std::array<uint64_t, fault::kFaultKindCount> fired = {};
  // Runs in which it was reached at least once.
  std::array<uint64_t, kRareStateCount> reached = {};

  void Add(const Census& other);
  // S1: the names of fault kinds that were ordered and never fired, and of `must_reach` states never reached.
  std::vector<std::string> Missed(absl::Span<const RareState> must_reach) const;
};

}  // namespace tidemark::scenarios
