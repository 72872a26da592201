// Partition files of the least size, and machines that are asked for snapshots as soon as a file has grown, and by
// clients; the files are cut below them. Machines are late or fail meanwhile, and crashes and power loss throw them
// back. What it provokes: a crash between a snapshot and the cut, and between the removals of the cut; a machine that
// has only its snapshot left; a file that begins in the middle, with nothing of what is before it in the log either;
// readers and followers of what is gone.
// Who would notice: a cut ahead of the snapshot, T3, and a recovery that refuses for it, R1; a hole where records
// should be, T2; a machine that is thrown back below its snapshot and applies from the wrong place, L5; a file that
// stays although a snapshot has all of it, V2.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;
using fault::Setting;

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  shape.partitions = {1, 2};
  shape.payload_bytes = 1200;
  shape.records = {100, 260};
  shape.snapshots = {1, 6};
  shape.reads = {1, 3};
  shape.follows = {0, 2};
  shape.truncates = {0, 2};
  shape.flushes = {0, 2};
  shape.fixed = {{Setting::kSegmentBytes, 65'536},
                 {Setting::kPartitionSegmentBytes, 65'536},
                 {Setting::kMaxUnappliedRecords, 100'000},
                 {Setting::kSnapshotBytes, seed % 4 == 0 ? 0 : 65'536}};
  fault::Profile profile;
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {1, 3}});
  profile.orders.push_back({.kind = FaultKind::kProcessCrash, .count = {0, 2}});
  profile.orders.push_back({.kind = FaultKind::kApplyLag, .count = {0, 1}, .hardness = 1});
  profile.orders.push_back({.kind = FaultKind::kApplyFailure, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kSyncLag, .count = {0, 1}});
  return fault::GeneratePlan("snapshot_truncation", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kPartitionTruncated, RareState::kCrashNearPartitionTruncation,
                                  RareState::kApplyTriedAgain, RareState::kFilesSkipped, RareState::kSkippedFileRead};

}  // namespace

Scenario SnapshotTruncation() {
  return {"snapshot_truncation", "machines take snapshots and partition files are cut below them, under crashes", Make,
          kReaches};
}

}  // namespace tidemark::scenarios
