// The medium rots: bits flip in place and stay flipped, sectors become unreadable until they are written again. It hits
// what was promised long ago, the newest batch, and what nobody was promised; then the node restarts, or reads what it
// wrote. In a fifth of the seeds partition files are so late that the log alone has most records.
// What it provokes: damage in the middle of the log, of records of which their partition's file has a copy, or has
// none; in its last batch; in a partition file of which the log still has, or no longer has, the records, at its end or
// where recovery does not look; a damaged header. Who would notice: damage below a promise that is cut silently, or
// served, R6; a tail above every promise refused as damage, R6; a partition rebuilt from a log that lacks its first
// records, R1.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;
using fault::Param;

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  shape.reads = {1, 3};
  if (seed % 3 == 0) {
    // Partition files of several segments, whose first records the log has let go of.
    shape.partitions = {1, 2};
    shape.payload_bytes = 1200;
    shape.records = {100, 260};
    shape.fixed = {{fault::Setting::kAutoTruncate, 1}};
  }
  fault::Profile profile;
  if (seed % 5 == 1) {
    // One spot, in what the log alone holds: nothing but its own evidence tells it from a torn tail.
    profile.orders.push_back(
        {.kind = FaultKind::kBitRot, .files = "log/*", .at = {300, 900}, .fixed = {{Param::kCount, 1}}});
    profile.orders.push_back(
        {.kind = FaultKind::kForwardLag, .at = {0, 300}, .length = {600, 900}, .fixed = {{Param::kBy, 60'000'000}}});
    profile.orders.push_back({.kind = FaultKind::kProcessCrash, .at = {700, 1000}});
    return fault::GeneratePlan("bit_rot", seed, shape, profile);
  }
  profile.orders.push_back({.kind = FaultKind::kBitRot, .count = {0, 1}, .at = {200, 900}});
  profile.orders.push_back(
      {.kind = FaultKind::kBitRot, .count = {0, 1}, .files = "log/*", .at = {200, 900}, .fixed = {{Param::kCount, 1}}});
  profile.orders.push_back(
      {.kind = FaultKind::kBitRot, .count = {0, 1}, .files = "p-*", .at = {200, 900}, .fixed = {{Param::kCount, 1}}});
  profile.orders.push_back({.kind = FaultKind::kLatentSectorError, .count = {0, 1}, .at = {200, 900}});
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {0, 1}, .at = {500, 1000}});
  profile.orders.push_back({.kind = FaultKind::kProcessCrash, .count = {1, 1}, .at = {700, 1000}});
  return fault::GeneratePlan("bit_rot", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kCorruptionReported, RareState::kPartitionRebuilt,
                                  RareState::kReadRefusedDamaged, RareState::kGapMended,
                                  RareState::kSkippedFileDamaged};

}  // namespace

Scenario BitRot() {
  return {"bit_rot",
          "bits that flip on the medium, and sectors that can not be read, below and above what was promised", Make,
          kReaches};
}

}  // namespace tidemark::scenarios
