// Payloads up to the largest that a store takes, an eighth of a segment file: a few fill a file, and none fits what is
// left of it. Most seeds use the least files there are, some larger ones, with records of some mebibytes.
// What it provokes: batches of one record; a file that is left with much room and a new one begun; a window that one
// record overfills; writes in many sectors that tear; reads in many pieces.
// Who would notice: a record cut short or joined with another, R3 and R6; a record lost at a file's edge, R1; a batch
// that is too large for its file, CHECK.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;
using fault::Setting;

fault::Plan Make(uint64_t seed) {
  const bool huge = seed % 250 == 1;
  const bool large = huge || seed % 16 == 0;
  const int64_t segment = huge ? 16 << 20 : large ? 1 << 20 : 65'536;
  fault::Shape shape;
  shape.partitions = {1, 2};
  shape.records = huge ? fault::Range{6, 14} : large ? fault::Range{20, 40} : fault::Range{40, 120};
  shape.large_permille = huge ? 0 : 30;
  shape.reads = {1, 3};
  shape.truncates = {0, 2};
  shape.payload_bytes = segment / 8 / (seed % 3 == 0 ? 1 : 3);
  shape.fixed = {{Setting::kSegmentBytes, segment},
                 {Setting::kPartitionSegmentBytes, segment},
                 {Setting::kMaxRecordBytes, segment / 8}};
  fault::Profile profile;
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {0, 2}});
  profile.orders.push_back({.kind = FaultKind::kProcessCrash, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kShortWrite, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kSyncLag, .count = {0, 1}});
  return fault::GeneratePlan("large_payloads", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kRotated, RareState::kCrashNearRotation, RareState::kTornTail,
                                  RareState::kRecordOfAMebibyte};

}  // namespace

Scenario LargePayloads() {
  return {"large_payloads", "payloads up to the limit, across the edges of segment files, under crashes", Make,
          kReaches};
}

}  // namespace tidemark::scenarios
