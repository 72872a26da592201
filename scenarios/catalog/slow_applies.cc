// State machines that are slow, that fail, and that stand still for a while, for one partition or for all, and crashes
// meanwhile. The log lets go of what such a partition holds for long, and applies come from the partition's own file,
// also where the log has forgotten and the cache is small.
// What it provokes: a backlog that is applied from memory, from the file and from the log; retries at growing
// distances; an answer that comes after the restart, or never; barriers and followers that wait for it. Who would
// notice: an apply that is skipped, repeated or out of order, L5; applies ahead of the file, L2; a release that forgets
// what is not yet in the file, T1; a barrier or a follower ahead of the machine, W1; a partition that is never tried
// again, V1.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;
using fault::Setting;

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  shape.batch = {2, 24};
  shape.partitions = {1, 4};
  shape.payload_bytes = seed % 2 == 0 ? 800 : 0;
  shape.barriers = {0, 3};
  shape.follows = {0, 3};
  constexpr int64_t kHolds[] = {8, 40, 65'536};
  shape.fixed = {{Setting::kMaxHoldRecords, kHolds[seed % 3]},
                 {Setting::kCacheBytes, seed % 5 < 2 ? 4096 : 8 << 20},
                 {Setting::kApplyLatency, seed % 4 == 0 ? 0 : 300'000}};
  fault::Profile profile;
  profile.orders.push_back({.kind = FaultKind::kApplyLag, .count = {0, 2}, .hardness = 3});
  profile.orders.push_back({.kind = FaultKind::kApplyFailure, .count = {0, 2}});
  profile.orders.push_back({.kind = FaultKind::kApplyStall, .count = {0, 2}});
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {0, 2}, .at = {100, 1000}});
  profile.orders.push_back({.kind = FaultKind::kProcessCrash, .count = {0, 1}, .at = {100, 1000}});
  return fault::GeneratePlan("slow_applies", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kApplyTriedAgain, RareState::kAppliesReleased,
                                  RareState::kApplyRedelivered};

}  // namespace

Scenario SlowApplies() {
  return {"slow_applies", "state machines that are slow, fail or stand still, under crashes", Make, kReaches};
}

}  // namespace tidemark::scenarios
