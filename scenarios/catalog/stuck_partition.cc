// Many partitions, and the machine of one never answers again: not in this life, not in the next, not after the heal.
// Clients write to all of them, far more than the limits let pile up.
// What it provokes: a log held by one partition until it lets go of it; a partition that is refused while the others
// are not; files of the others that are cut below snapshots; recovery with a backlog that will never be applied. Who
// would notice: a log or a file that grows without end, or a backlog beyond its limit, V2; the others held up, V1;
// records of the stuck partition lost when the log let go, R1; a log that lets go too early, T1.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;
using fault::Setting;

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  shape.batch = {2, 12};
  shape.partitions = {2, 12};
  shape.payload_bytes = 3000;
  shape.records = {100, 260};
  shape.large_permille = 100;
  shape.barriers = {0, 1};
  shape.follows = {0, 1};
  shape.fixed = {{Setting::kSegmentBytes, 65'536},
                 {Setting::kPartitionSegmentBytes, 65'536},
                 {Setting::kMaxRecordBytes, 8192},
                 {Setting::kMaxUnappliedRecords, 24},
                 {Setting::kMaxHoldRecords, seed % 2 == 0 ? 12 : 40},
                 {Setting::kSnapshotBytes, 65'536},
                 {Setting::kAutoTruncate, 1}};
  fault::Profile profile;
  profile.orders.push_back({.kind = FaultKind::kApplyStuck, .count = {1, 1}, .at = {0, 300}});
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {0, 2}, .at = {200, 1000}});
  profile.orders.push_back({.kind = FaultKind::kProcessCrash, .count = {0, 1}, .at = {200, 1000}});
  profile.orders.push_back({.kind = FaultKind::kSyncLag, .count = {0, 1}});
  return fault::GeneratePlan("stuck_partition", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kAppliesReleased, RareState::kAppendRefused, RareState::kPrefixTruncated,
                                  RareState::kPartitionTruncated};

}  // namespace

Scenario StuckPartition() {
  return {"stuck_partition", "one partition of many is stuck for ever: the others go on, and disk use stays bounded",
          Make, kReaches};
}

}  // namespace tidemark::scenarios
