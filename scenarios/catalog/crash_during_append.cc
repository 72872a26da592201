// Process crashes and power loss at arbitrary disk operations while clients append, some of them more than once.
// What it provokes: writes and syncs cut at any point, in the log and in partition files; acknowledgements that were
// about to be given; records that survive although nobody was told; applies that come again.
// Who would notice: an acknowledgement before its sync, R1; a recovery that believes bytes no sync promised, R2, R3; a
// rung that comes back lower than it was promised, R4; an apply that is skipped or repeated within a life, L5.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  shape.batch = {2, 24};
  fault::Profile profile;
  profile.orders.push_back({.kind = FaultKind::kProcessCrash, .count = {0, 2}});
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {1, 3}});
  return fault::GeneratePlan("crash_during_append", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kTornTail, RareState::kRedo, RareState::kApplyRedelivered};

}  // namespace

Scenario CrashDuringAppend() {
  return {"crash_during_append", "process crashes and power loss while records are under way", Make, kReaches};
}

}  // namespace tidemark::scenarios
