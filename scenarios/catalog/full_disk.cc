// The disk has only so many bytes left, for a while, and sometimes no more than a few files in all; crashes meanwhile.
// What it provokes: a refusal in the middle of a batch, of a new segment file, of a partition's file while the log goes
// on; recovery and truncation on a full disk; appends that are taken again in the same life.
// Who would notice: a record acknowledged although its write was refused, R1; a recovery that needs space it does not
// have, or appends that are never taken again, V1; a half-made file taken for a log, R2.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;
using fault::Setting;

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  // Some segments' worth of records, so that space runs out.
  shape.payload_bytes = 700;
  shape.records = {80, 240};
  shape.batch = {2, 24};
  shape.truncates = {0, 3};
  // Every other seed the log's file is large enough for all, so that it is partitions that want space first.
  if (seed % 2 == 1) shape.fixed = {{Setting::kSegmentBytes, 1'048'576}, {Setting::kPartitionSegmentBytes, 65'536}};
  fault::Profile profile;
  profile.orders.push_back({.kind = FaultKind::kDiskFull, .count = {1, 2}, .at = {0, 500}, .length = {100, 500}});
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kProcessCrash, .count = {0, 1}});
  return fault::GeneratePlan("full_disk", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kLogFull, RareState::kPartitionFull, RareState::kSpaceAgain};

}  // namespace

Scenario FullDisk() {
  return {"full_disk", "the disk fills up in the middle of the work, then there is space again", Make, kReaches};
}

}  // namespace tidemark::scenarios
