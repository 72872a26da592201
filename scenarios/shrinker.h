#pragma once

// Looks for the smallest plan that still fails in the same way.
//
//   ShrinkResult small = Shrink(plan, [&](const fault::Plan& p) { return Run(p, {}).verdict.kind == kind; }, {});
//
// First faults and operations are taken out, many at once and then fewer (delta debugging); then numbers are lowered
// towards the value that stands for nothing special: settings to their defaults, counts, sizes, times and lengths
// downwards. This is repeated until a whole round finds nothing. Ids and the seed are never changed: choices are keyed
// by them, so what remains of the plan behaves as it did among the rest.

#include <cstdint>
#include <functional>

#include "fault/plan.h"

namespace tidemark::scenarios {

struct ShrinkResult {
  fault::Plan plan;         // the smallest that failed; the given one when nothing smaller did
  bool reproduced = false;  // the given plan failed at all
  bool minimal = false;     // no single step makes it smaller; false: a limit ended the search
  uint64_t runs = 0;        // how often `fails` was asked
  uint64_t accepted = 0;    // of these, smaller plans that failed too
};

struct ShrinkOptions {
  uint64_t max_runs = 5'000;
  // Asked before each run: true ends the search with what was found so far.
  std::function<bool()> stop;
  // Called after each accepted step.
  std::function<void(const ShrinkResult& so_far)> progress;
};

// `fails` is asked about valid plans only (they print and parse), never twice about the same one, and must be a
// function of the plan.
ShrinkResult Shrink(const fault::Plan& plan, const std::function<bool(const fault::Plan&)>& fails,
                    const ShrinkOptions& options);

}  // namespace tidemark::scenarios
