// Everything a store must survive, in arbitrary company: each seed first draws which kinds of fault are on and how
// hard, then the plan. What the scenarios above provoke one at a time meets here in pairs and triples nobody thought
// of.
// Who would notice: any oracle; and V1 most of all, for within the budget the node must become live again.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  // One seed in three turns over files fast.
  if (seed % 3 == 0) shape.payload_bytes = 800;
  shape.truncates = {0, 2};
  shape.batch = {2, 24};
  return fault::GeneratePlan("swarm", seed, shape, fault::SwarmProfile(seed, fault::Severity::kSurvivable));
}

constexpr RareState kReaches[] = {
    RareState::kTornTail,         RareState::kRotated,     RareState::kPrefixTruncated,  RareState::kRedo,
    RareState::kPartitionStopped, RareState::kLogPoisoned, RareState::kApplyRedelivered, RareState::kLogFull,
    RareState::kFoundAgain,
};

}  // namespace

Scenario Swarm() { return {"swarm", "every survivable kind of fault, drawn on or off by the seed", Make, kReaches}; }

}  // namespace tidemark::scenarios
