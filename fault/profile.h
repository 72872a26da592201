#pragma once

// Which kinds of fault a plan orders, how many, and how hard: what a plan is drawn from, beside its seed and shape.
//
// A scenario writes its profile by hand. The swarm draws one from the seed: each kind is on or off, so that plans
// without some kind are as common as plans with it (Groce, Zhang, Eide, Chen, Regehr, "Swarm Testing", ISSTA 2012: a
// fault that is always on hides what only happens in its absence).

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fault/fault.h"

namespace tidemark::fault {

// Both ends included.
struct Range {
  int64_t low = 0;
  int64_t high = 0;
  friend bool operator==(const Range&, const Range&) = default;
};

// Some faults of one kind.
struct Order {
  FaultKind kind = FaultKind::kProcessCrash;
  Range count{1, 1};
  // 1 mild, 2 usual, 3 hard: how often, how long, how much, where `fixed` does not say.
  int hardness = 2;
  // Where the kind has files: the pattern; empty: one of everything, the log, the partitions.
  std::string files{};
  // When it begins, in thousandths of the plan's span.
  Range at{0, 1000};
  // How long it lasts, likewise, where the kind is windowed; both 0: by hardness.
  Range length{0, 0};
  // Params that are not drawn.
  std::vector<std::pair<Param, int64_t>> fixed{};
};

struct Profile {
  static constexpr int64_t kMaxPerOrder = 100;
  static constexpr size_t kMaxOrdersPerKind = 10;
  // Invariant: at most kMaxOrdersPerKind of one kind, each of at most kMaxPerOrder faults: ids are made of these
  // numbers.
  std::vector<Order> orders;
};

// Kinds up to this severity, drawn by the seed.
Profile SwarmProfile(uint64_t seed, Severity worst);

}  // namespace tidemark::fault
