// Partitions are dropped while clients append to them, read and follow them and wait at barriers; most are created
// again at once. Process crashes and power loss meanwhile, at any disk operation, also inside the recovery that
// finishes a drop. What it provokes: a crash between a drop's record and the removal of each of its files, and between
// their removal and the end of the record's need; removals that power loss undoes; an id whose files, state and records
// of an earlier partition are still around; a creation that waits for a drop, and one for which there is no room while
// the last partition is on its way, or on its way out. Who would notice: a drop that comes undone, R2; a partition lost
// that nobody drops, R1; records or applies of the earlier partition in the new one, R2, R3 and L5; a partition too
// many, V2; a drop that never ends, or a reader that waits for ever, V1.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;
using fault::Param;

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  shape.partitions = {2, 5};
  shape.batch = {2, 12};
  shape.drops = {2, 8};
  shape.excess = {0, 4};
  shape.barriers = {0, 2};
  shape.follows = {0, 2};
  shape.truncates = {0, 2};
  shape.flushes = {0, 2};
  // One seed in three turns over files fast: the log forgets drops.
  if (seed % 3 == 0) shape.payload_bytes = 1200;
  fault::Profile profile;
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {0, 3}});
  profile.orders.push_back({.kind = FaultKind::kProcessCrash, .count = {0, 2}});
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {0, 1}, .fixed = {{Param::kWhen, 1}}});
  profile.orders.push_back({.kind = FaultKind::kApplyLag, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kSyncLag, .count = {0, 1}});
  return fault::GeneratePlan("drop_create", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kPartitionDropped, RareState::kCrashNearDrop,
                                  RareState::kDropFinishedInRecovery, RareState::kPartitionRecreated};

}  // namespace

Scenario DropCreate() {
  return {"drop_create", "partitions are dropped and created again, under load and under crashes", Make, kReaches};
}

}  // namespace tidemark::scenarios
