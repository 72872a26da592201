// Time misbehaves: the node's clock is off, runs fast or slow, jumps, stands still; the process stalls without dying;
// the disk is slow, spikes and stalls. Crashes in between.
// What it provokes: flush timers that come at once, late or not at all; a retry that never fires; a completion that
// arrives long after everything else moved on.
// Who would notice: durability or order that hangs on a timer, R1 and L5; a timer lost for ever, V1; a negative
// difference of times that becomes a huge one, CHECK or V1.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  fault::Profile profile;
  profile.orders.push_back({.kind = FaultKind::kClockSkew, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kClockDrift, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kClockJump, .count = {0, 2}});
  profile.orders.push_back({.kind = FaultKind::kClockFreeze, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kPause, .count = {0, 2}});
  profile.orders.push_back({.kind = FaultKind::kDiskLatency, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kDiskSpike, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kDiskStall, .count = {0, 1}, .hardness = 1});
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {0, 1}});
  return fault::GeneratePlan("clock_faults", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kApplyRedelivered};

}  // namespace

Scenario ClockFaults() {
  return {"clock_faults", "clocks that are off, drift, jump and freeze, processes that stall, disks that are slow",
          Make, kReaches};
}

}  // namespace tidemark::scenarios
