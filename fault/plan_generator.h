#pragma once

// Makes a concrete plan from a seed, a shape (how much work, on what store) and a profile (what goes wrong).
//
// Keyed throughout: every setting, operation and fault draws under (seed, what it is, its number), so taking an order
// out of a profile, or widening a count, leaves every other item as it was.

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/base/time.h"
#include "fault/plan.h"
#include "fault/profile.h"

namespace tidemark::fault {

// The work of a plan. The defaults make a small one: a few milliseconds of CPU, some 100 ms of virtual time.
struct Shape {
  Range nodes{1, 1};
  Range partitions{1, 3};
  Range records{40, 240};  // appended in all, each node for itself
  Range bursts{2, 5};      // append operations that share them
  Range reads{0, 2};       // read operations
  Range truncates{0, 1};
  Range flushes{0, 1};
  Range drops{0, 0};      // of a partition, most of them followed by its creation
  Range excess{0, 0};     // creations of one partition more than there may be
  Range snapshots{0, 0};  // operations, beside those that files ask for by growing
  Range barriers{0, 0};
  Range follows{0, 0};
  Duration span = Duration::Millis(100);  // operations and faults begin within it
  // Chance in thousandths of a plan four times as long with four times the work.
  uint64_t large_permille = 30;
  // Payloads of at least this many bytes: at 1000, some sixty records fill a segment file.
  int64_t payload_bytes = 0;
  // Of every other append operation: its `batch`. Of the rest each record has a call of its own.
  Range batch{1, 1};
  // Settings that are not drawn.
  std::vector<std::pair<Setting, int64_t>> fixed;
};

// A pure function. Ids are unique; operations and faults stand in the order of their times; settings have no problem
// (FindProblem); safety_time is past the last fault and leaves time for the work; liveness_time is a second where the
// damage is beyond the budget.
Plan GeneratePlan(absl::string_view scenario, uint64_t seed, const Shape& shape, const Profile& profile);

}  // namespace tidemark::fault
