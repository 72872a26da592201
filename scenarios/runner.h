#pragma once

// One plan, run to its verdict: safety phase, heal, liveness phase, with every oracle told of every event.
//
//   RunResult result = Run(plan, {});
//   if (!result.verdict.passed()) ...
//
// Run is a pure function of the plan: it may be called from any thread, any number of times at once.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "fault/plan.h"
#include "scenarios/census.h"
#include "scenarios/verdict.h"
#include "sim/trace.h"

namespace tidemark::scenarios {

struct RunOptions {
  // Keep every trace record, not only the last ones.
  bool keep_whole_trace = false;
  // A run that needs more events than this is stuck, and ends as kLiveness. 0: two million, and 200 for each step of
  // each operation.
  uint64_t max_events = 0;
  // Told of every event, after the oracles; not owned; may be null. Of one run only.
  sim::TraceObserver* observer = nullptr;
};

struct RunResult {
  Verdict verdict;
  sim::Digest digest;
  std::vector<sim::Digest> checkpoints;     // after every sim::Trace::kCheckpointEvery events
  Census census;                            // of this run
  std::vector<std::string> ladders;         // one a node: where its rungs stood at the end
  std::map<uint64_t, uint64_t> fault_hits;  // by fault id: how often it acted
  std::vector<sim::TraceRecord> trace;      // oldest first; the last ones, or all
};

RunResult Run(const fault::Plan& plan, const RunOptions& options);

// The same result with all events of the run, for those who tell of it: the record that a failure is about may lie far
// back. Runs the plan again; as it is where that goes another way.
RunResult WithWholeTrace(const fault::Plan& plan, RunResult result);

// Runs it twice and compares: kNondeterminism, with the first differing event as the cause, where they differ.
RunResult RunTwice(const fault::Plan& plan, const RunOptions& options);

}  // namespace tidemark::scenarios
