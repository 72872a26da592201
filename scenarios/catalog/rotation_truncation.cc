// Segment files of the least size and payloads that fill them fast: the log and the partition files move on to a new
// file every few dozen records, and the log drops old files as soon as nobody needs them, also while partitions lag,
// also under crashes, also where the sync of a directory fails.
// What it provokes: a crash between making, naming, syncing and using a new file; between deciding a truncation and
// each of its removals; a log that starts in the middle after recovery; removals that a power loss undoes, in any
// order; a new file whose name may be lost.
// Who would notice: a gap between files taken for the end of the log, R1; removals out of order that leave a hole, T2;
// truncation ahead of need, T1; a spare file of an earlier life whose frames are believed, R2.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;
using fault::Param;
using fault::Setting;

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  shape.batch = {2, 12};
  shape.payload_bytes = 1500;
  shape.records = {80, 200};
  shape.truncates = {0, 4};
  shape.flushes = {0, 2};
  shape.fixed = {{Setting::kSegmentBytes, 65'536}, {Setting::kPartitionSegmentBytes, 65'536}};
  fault::Profile profile;
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {1, 3}});
  profile.orders.push_back({.kind = FaultKind::kProcessCrash, .count = {0, 2}});
  // Directories only: the log's, and the partitions'.
  for (const char* directories : {"log", "p-??????????"}) {
    profile.orders.push_back({.kind = FaultKind::kFailedSync,
                              .count = {0, 1},
                              .files = directories,
                              .fixed = {{Param::kRate, 1000}, {Param::kCount, 1}}});
  }
  profile.orders.push_back({.kind = FaultKind::kSyncLag, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kApplyLag, .count = {0, 1}});
  return fault::GeneratePlan("rotation_truncation", seed, shape, profile);
}

constexpr RareState kReaches[] = {
    RareState::kRotated,    RareState::kCrashNearRotation, RareState::kPrefixTruncated, RareState::kCrashNearTruncation,
    RareState::kTornHeader, RareState::kFilesSkipped,      RareState::kSkippedFileRead, RareState::kPlacesLetGo,
    RareState::kFoundAgain, RareState::kFileReused,        RareState::kCrashNearReuse};

}  // namespace

Scenario RotationTruncation() {
  return {"rotation_truncation", "segment files come and go under crashes, also while partitions lag", Make, kReaches};
}

}  // namespace tidemark::scenarios
