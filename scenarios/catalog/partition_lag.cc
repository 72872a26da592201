// Partitions fall behind the log: syncs of their files, writes to them, or their applies are late, for one partition or
// all, and power is lost while they are. Lag is normal life: it must hold back truncation, and nothing else.
// What it provokes: long stretches that only the log has; forwarding that waits for its window and goes on from the
// log; windows that fill while others are empty; recovery with much to forward again.
// Who would notice: truncation that forgets the slowest partition, T1 and then R1; a redo that skips or repeats, R3 and
// L5; lag that stands in the way of acknowledgements of others, V1.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  shape.batch = {2, 24};
  shape.payload_bytes = 300;
  shape.partitions = {2, 3};
  shape.flushes = {0, 2};
  fault::Profile profile;
  profile.orders.push_back({.kind = FaultKind::kSyncLag, .count = {0, 2}, .hardness = 3});
  profile.orders.push_back({.kind = FaultKind::kForwardLag, .count = {0, 2}, .hardness = 3});
  profile.orders.push_back({.kind = FaultKind::kApplyLag, .count = {0, 2}, .hardness = 2});
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {1, 2}, .at = {100, 1000}});
  return fault::GeneratePlan("partition_lag", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kRedo, RareState::kRotated, RareState::kApplyRedelivered};

}  // namespace

Scenario PartitionLag() {
  return {"partition_lag", "syncs, forwarding or applies of chosen partitions are late, and power is lost meanwhile",
          Make, kReaches};
}

}  // namespace tidemark::scenarios
