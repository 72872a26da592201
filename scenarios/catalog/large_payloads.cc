// Payloads up to the largest that a store takes, an eighth of a segment file: a few fill a file, and none fits what is
// left of it. Most seeds use the least files there are, some larger ones, and a few the payloads that a store must be
// able to take at all: 16 MiB in files of 128 MiB. Those cost as much as hundreds of others, so they are few, and have
// few records; one in eight of them has enough to go over the end of a file of the log. In a sixth of the seeds the
// store takes longer payloads from the first restart on than before, when its files were made.
// What it provokes: batches of one record; a file that is left with much room and a new one begun; a window, a cache or
// a limit on bytes that one record overfills; writes in many sectors that tear; reads in many pieces.
// Who would notice: a record cut short or joined with another, R3 and R6; a record lost at a file's edge, R1; a batch
// that is too large for its file, CHECK; a limit that is not kept, V2.

#include "engine/base/random.h"
#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;
using fault::Range;
using fault::Setting;

constexpr int64_t kMiB = 1 << 20;

// Records of up to `most` bytes.
void MakeHuge(int64_t most, uint64_t seed, fault::Shape& shape) {
  const RandomKey key = RandomKey(seed).Fork("large_payloads");
  const bool over_the_edge = key.Fork("edge").ChanceAt(0, 125);
  shape.records = over_the_edge ? Range{8, 9} : Range{1, 3};
  shape.large_permille = 0;
  shape.reads = {0, 1};
  shape.payload_bytes = over_the_edge || key.Fork("whole").ChanceAt(0, 400) ? most : most / 8;
  shape.fixed = {{Setting::kSegmentBytes, 8 * most},
                 {Setting::kPartitionSegmentBytes, 8 * most},
                 {Setting::kMaxRecordBytes, most}};
  // Else one record is more than what the others wait for, or just as much.
  if (key.Fork("batch").ChanceAt(0, 500)) shape.fixed.push_back({Setting::kMaxBatchBytes, 2 * most});
  if (key.Fork("window").ChanceAt(0, 500)) shape.fixed.push_back({Setting::kPartitionWindowBytes, 2 * most});
  if (key.Fork("cache").ChanceAt(0, 500)) shape.fixed.push_back({Setting::kCacheBytes, 3 * most});
  if (key.Fork("unapplied").ChanceAt(0, 500)) shape.fixed.push_back({Setting::kMaxUnappliedBytes, 3 * most});
}

fault::Plan Make(uint64_t seed) {
  const bool large = seed % 16 == 0;
  const int64_t segment = large ? kMiB : 65'536;
  fault::Shape shape;
  shape.partitions = {1, 2};
  shape.batch = {2, 4};
  shape.records = large ? Range{20, 40} : Range{40, 120};
  shape.reads = {1, 3};
  shape.truncates = {0, 2};
  shape.payload_bytes = segment / 8 / (seed % 3 == 0 ? 1 : 3);
  shape.fixed = {{Setting::kSegmentBytes, segment},
                 {Setting::kPartitionSegmentBytes, segment},
                 {Setting::kMaxRecordBytes, segment / 8}};
  // Payloads lie between payload_bytes and the limit.
  if (seed % 4 == 1 && seed % 3 != 0) {
    shape.fixed.push_back({Setting::kFirstMaxRecordBytes, (shape.payload_bytes + segment / 8) / 2});
  }
  if (seed % 800 == 200) MakeHuge(16 * kMiB, seed, shape);
  if (seed % 800 == 600) MakeHuge(2 * kMiB, seed, shape);
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
  return {"large_payloads", "payloads up to the limit, 16 MiB too, across the edges of segment files, under crashes",
          Make, kReaches};
}

}  // namespace tidemark::scenarios
