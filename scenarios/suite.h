#pragma once

// A suite runs one scenario over many seeds, on several threads, and adds up what they did.
//
//   SuiteOptions options;
//   options.first_seed = 1;
//   options.seeds = 10'000;
//   options.jobs = 2;
//   SuiteResult result = RunSuite(*FindScenario("torn_tail"), options);
//   if (!result.failures.empty()) std::cout << Report(result.failures[0].plan, result.failures[0].result, {});
//   else if (std::vector<std::string> missed = result.census.Missed(scenario.reaches); !missed.empty()) ...  // vacuous
//
// Worker threads pull seeds; their results are folded in the order of the seeds, by the calling thread. So the result
// is the same for every number of threads, unless `stop` ends it early.

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "fault/plan.h"
#include "scenarios/census.h"
#include "scenarios/runner.h"
#include "scenarios/scenario.h"

namespace tidemark::scenarios {

// One seed that failed, with all that is needed to show it.
struct SuiteFailure {
  uint64_t seed = 0;
  fault::Plan plan;
  RunResult result;
};

struct SuiteResult {
  uint64_t runs = 0;                   // seeds that were run and folded in
  uint64_t failed = 0;                 // of these
  Census census;                       // over all of them
  std::vector<SuiteFailure> failures;  // the first ones, in the order of the seeds
};

struct SuiteOptions {
  // The seeds first_seed, first_seed + stride, ..., `seeds` of them. Wraps around at 2^64.
  uint64_t first_seed = 0;
  uint64_t seeds = 200;
  uint64_t stride = 1;
  // Worker threads; at least 1.
  int jobs = 1;
  // Go on after a failure; else the suite ends with the first one, in the order of the seeds.
  bool keep_going = false;
  // Failures kept in SuiteResult::failures; later ones are only counted.
  size_t max_failures = 8;
  // Every n-th seed is run twice and must come out the same (kNondeterminism); 0: none is.
  uint64_t twice_every = 64;
  // Called by the calling thread after each seed is folded in, with its plan and result and the sums so far.
  std::function<void(const fault::Plan& plan, const RunResult& run, const SuiteResult& so_far)> progress;
  // Runs one plan, once or twice, from any thread; nullptr: Run and RunTwice with no options.
  std::function<RunResult(const fault::Plan& plan, bool twice)> run;
  // Asked by worker threads before each seed, from several at once: true hands out no more (time is up, a key was hit).
  std::function<bool()> stop;
};

SuiteResult RunSuite(const Scenario& scenario, const SuiteOptions& options);

}  // namespace tidemark::scenarios
