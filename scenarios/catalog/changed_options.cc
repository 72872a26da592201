// A store whose every second start takes other options than the one before: smaller files, blocks, payloads, windows
// and caches, drawn by the seed. It was made with the larger ones, dies often, and in a third of the seeds changes its
// policy of recovery as well. What it provokes: a file that goes on under options that would not have made it; records
// that are longer than what is allowed now, read, forwarded and copied; a spare, or a tail, for files of another size;
// blocks of two sizes in one log; an index that is let go and read again; a recovery that refuses, and the next one
// that must not. Who would notice: a record that a file of other options does not take, or whose reader gives up on it,
// R1, R4 and R6; a store that only the old options would bring on, V1; an edge that was computed by the new ones,
// CHECK.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;
using fault::Setting;

fault::Plan Make(uint64_t seed) {
  constexpr int64_t kSegments[] = {68 << 10, 128 << 10, 256 << 10};
  fault::Shape shape;
  shape.batch = {2, 16};
  shape.partitions = {1, 4};
  shape.records = {60, 240};
  shape.reads = {1, 4};
  shape.truncates = {0, 2};
  shape.flushes = {0, 2};
  shape.drops = {0, 2};
  shape.snapshots = {0, 3};
  shape.barriers = {0, 2};
  shape.payload_bytes = seed % 2 == 0 ? 600 : 0;
  shape.fixed = {{Setting::kChangeOptions, 1},
                 {Setting::kSegmentBytes, kSegments[seed % 3]},
                 {Setting::kPartitionSegmentBytes, kSegments[seed / 3 % 3]},
                 {Setting::kBlockBytes, 4096},
                 {Setting::kMaxRecordBytes, 8192},
                 {Setting::kRecoveryPolicy, seed % 9 < 6 ? 0 : static_cast<int64_t>(seed % 9 - 6)}};
  fault::Profile profile;
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {1, 3}, .at = {50, 1000}});
  profile.orders.push_back({.kind = FaultKind::kProcessCrash, .count = {2, 5}, .at = {50, 1000}});
  profile.orders.push_back({.kind = FaultKind::kSyncLag, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kApplyLag, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kFailedSync, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kDiskFull, .count = {0, 1}});
  return fault::GeneratePlan("changed_options", seed, shape, profile);
}

constexpr RareState kReaches[] = {
    RareState::kTornTail,           RareState::kRotated,    RareState::kPrefixTruncated, RareState::kRedo,
    RareState::kPartitionTruncated, RareState::kRolledBack, RareState::kPlacesLetGo,     RareState::kOptionsRefused,
};

}  // namespace

Scenario ChangedOptions() {
  return {"changed_options", "every second start takes smaller files, blocks, payloads and caches, under crashes", Make,
          kReaches};
}

}  // namespace tidemark::scenarios
