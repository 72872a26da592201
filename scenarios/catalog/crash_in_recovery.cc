// A first crash, and then crashes that wait for the n-th disk operation inside recovery, one after the other: process
// crashes and power loss, while it creates, scans, cuts, repairs, aligns and forwards again. Also inside the very first
// start.
// What it provokes: half-done repairs that the next recovery meets; a store whose creation never ended; recoveries that
// make little progress each and must still come to an end.
// Who would notice: a repair that destroys what it repairs from, R1; a second recovery that sees something else than
// the first, R5; one that never converges, V1; a promise made by recovery and not kept, R4.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;
using fault::Param;

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  shape.batch = {2, 24};
  fault::Profile profile;
  profile.orders.push_back(
      {.kind = FaultKind::kProcessCrash, .count = {1, 3}, .at = {0, 600}, .fixed = {{Param::kWhen, 1}}});
  profile.orders.push_back(
      {.kind = FaultKind::kPowerLoss, .count = {2, 5}, .at = {0, 700}, .fixed = {{Param::kWhen, 1}}});
  profile.orders.push_back(
      {.kind = FaultKind::kPowerLoss, .count = {1, 2}, .at = {200, 800}, .fixed = {{Param::kAfterIo, 0}}});
  profile.orders.push_back(
      {.kind = FaultKind::kProcessCrash, .count = {0, 2}, .at = {200, 900}, .fixed = {{Param::kAfterIo, 0}}});
  return fault::GeneratePlan("crash_in_recovery", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kCrashInRecovery, RareState::kCrashInRecoveryAgain,
                                  RareState::kCrashWhileCreating, RareState::kTornTail, RareState::kRedo};

}  // namespace

Scenario CrashInRecovery() { return {"crash_in_recovery", "crashes inside recovery, again and again", Make, kReaches}; }

}  // namespace tidemark::scenarios
