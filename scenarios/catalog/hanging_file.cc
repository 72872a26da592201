// The file of one partition, or of two, takes for ever to sync, or fails, or cannot be made, while clients write to
// all: far more than the log may hold for one of them. What it provokes: records copied into the spill, and the log's
// files gone; crashes around that; recovery with records that neither the partition's file nor the log has; a file that
// takes them at last, from the spill; readers of them; a partition dropped meanwhile. Who would notice: a log that lets
// go too early, T1; copies believed before they are durable, R1; records out of order or twice, R3 and L3; the others
// held up, V1; backlogs beyond the limits, or a spill that keeps what nobody needs, V2.

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
  shape.partitions = {2, 8};
  shape.payload_bytes = 3000;
  shape.records = {120, 300};
  shape.large_permille = 100;
  shape.barriers = {0, 1};
  shape.follows = {0, 1};
  shape.drops = {0, 1};
  shape.fixed = {{Setting::kSegmentBytes, 65'536},
                 {Setting::kPartitionSegmentBytes, 65'536},
                 {Setting::kMaxRecordBytes, 8192},
                 {Setting::kMaxUnappliedRecords, seed % 3 == 0 ? 16 : 48},
                 {Setting::kMaxHoldRecords, seed % 2 == 0 ? 12 : 30},
                 {Setting::kCacheBytes, seed % 5 == 0 ? 65'536 : 0},
                 {Setting::kSnapshotBytes, 65'536},
                 {Setting::kRecoveryPolicy, seed % 6 == 5 ? 2 : 0},
                 {Setting::kAutoTruncate, 1}};
  const int64_t late = (seed % 4 == 0 || seed % 6 == 5 ? 40 : 300) * int64_t{1'000'000};
  fault::Profile profile;
  profile.orders.push_back({.kind = seed % 7 == 0 ? FaultKind::kForwardLag : FaultKind::kSyncLag,
                            .count = {1, 2},
                            .at = {100, 300},
                            .length = {300, 1000},
                            .fixed = {{Param::kPartition, 1}, {Param::kBy, late}}});
  profile.orders.push_back({.kind = FaultKind::kFailedSync, .count = {0, 1}, .files = "p-*", .at = {200, 1000}});
  profile.orders.push_back({.kind = FaultKind::kFailedSync, .count = {0, 1}, .files = "spill/*", .at = {200, 1000}});
  profile.orders.push_back({.kind = FaultKind::kFailedName,
                            .count = {0, 1},
                            .files = "p-0000000002*",
                            .at = {0, 0},
                            .length = {300, 1000},
                            .fixed = {{Param::kRate, 1000}, {Param::kCount, 0}}});
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {0, 2}, .at = {200, 1000}});
  profile.orders.push_back({.kind = FaultKind::kProcessCrash, .count = {0, 2}, .at = {200, 1000}});
  return fault::GeneratePlan("hanging_file", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kSpilled, RareState::kCrashNearSpill, RareState::kRecoveredFromSpill,
                                  RareState::kPrefixTruncated, RareState::kCreationReleased};

}  // namespace

Scenario HangingFile() {
  return {"hanging_file",
          "the file of one partition of many does not sync: its records are set aside, and the others go on", Make,
          kReaches};
}

}  // namespace tidemark::scenarios
