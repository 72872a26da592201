// A disk that breaks its contract: a sync answers OK and does nothing, a write never reaches the medium or lands at
// another place, a read answers with other bytes. Then power loss takes what only the cache held.
// What it provokes: holes below a promise, old blocks of an earlier life where new ones should be, whole batches gone
// without trace. Nothing can keep what such a disk drops; but whatever a store then serves must be what was written.
// Who would notice: a record served from the wrong place or an earlier life, R2 and R6; a hole that is cut as a torn
// tail although later batches prove the promise, R6; one served twice, R3.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  shape.batch = {2, 24};
  shape.reads = {1, 3};
  fault::Profile profile;
  profile.orders.push_back({.kind = FaultKind::kLostSync, .count = {0, 2}});
  profile.orders.push_back({.kind = FaultKind::kPhantomWrite, .count = {0, 2}, .hardness = 1});
  profile.orders.push_back({.kind = FaultKind::kMisdirectedWrite, .count = {0, 2}, .hardness = 1});
  profile.orders.push_back({.kind = FaultKind::kMisdirectedRead, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {1, 2}, .at = {300, 1000}});
  return fault::GeneratePlan("lying_disk", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kCorruptionReported, RareState::kLostRecordsReported,
                                  RareState::kReadRefusedDamaged};

}  // namespace

Scenario LyingDisk() {
  return {"lying_disk",
          "syncs that lie, writes that never arrive or land elsewhere, reads of the wrong place, then power loss", Make,
          kReaches};
}

}  // namespace tidemark::scenarios
