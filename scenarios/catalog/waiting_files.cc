// The files of some partitions hang until the heal, in most seeds more of them than may sync at a time; the others wait
// for their turn, or, in the rest, for a delay so long that their partitions would hold the log by too much.
// What it provokes: turns that never end, and files behind them; files that are in no hurry and are made to sync; both
// under crashes; records set aside of those that hang. Who would notice: a file that no fault holds and that does not
// move, V3; a log that lets go too early, T1; the others held up after the heal, V1.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;
using fault::Param;
using fault::Setting;

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kTurns = 4;  // EngineOptions::partition_syncs

fault::Plan Make(uint64_t seed) {
  const bool in_no_hurry = seed % 3 == 0;
  fault::Shape shape;
  shape.partitions = {7, 12};
  shape.records = {100, 300};
  shape.payload_bytes = seed % 4 == 0 ? 800 : 0;
  shape.large_permille = 0;
  shape.barriers = {0, 1};
  shape.flushes = {0, 1};
  shape.drops = {0, 1};
  // Many times what a turn may last.
  shape.span = Duration::Seconds(10);
  shape.fixed = {{Setting::kSegmentBytes, 65'536},
                 {Setting::kPartitionSegmentBytes, 65'536},
                 {Setting::kPartitionFlushDelay, (in_no_hurry     ? 8000
                                                  : seed % 2 == 0 ? 20
                                                                  : 1000) *
                                                     kMs},
                 {Setting::kPartitionFlushBytes, in_no_hurry || seed % 5 < 3 ? 1 << 20 : 1024},
                 {Setting::kPartitionWindowBytes, seed % 7 == 0 ? 4096 : 1 << 20},
                 {Setting::kMaxUnappliedRecords, 100'000},
                 {Setting::kMaxHoldRecords, in_no_hurry ? 16 + 8 * static_cast<int64_t>(seed % 4) : 65'536},
                 {Setting::kCacheBytes, seed % 5 == 0 ? 0 : 8 << 20},
                 {Setting::kAutoTruncate, 1}};
  const int64_t hanging = in_no_hurry ? static_cast<int64_t>(seed % 2) : kTurns + static_cast<int64_t>(seed % 3);
  fault::Profile profile;
  for (int64_t partition = 1; partition <= hanging; ++partition) {
    profile.orders.push_back({.kind = FaultKind::kSyncLag,
                              .count = {1, 1},
                              .at = {10, 100},
                              .length = {600, 900},
                              .fixed = {{Param::kPartition, partition}, {Param::kBy, 60'000 * kMs}}});
  }
  profile.orders.push_back({.kind = FaultKind::kApplyLag, .count = {0, 1}});
  if (seed % 4 == 1) {
    profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {0, 1}, .at = {0, 500}});
    profile.orders.push_back({.kind = FaultKind::kProcessCrash, .count = {0, 1}, .at = {0, 500}});
  }
  return fault::GeneratePlan("waiting_files", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kRotated, RareState::kPrefixTruncated, RareState::kSpilled};

}  // namespace

Scenario WaitingFiles() {
  return {"waiting_files", "more files hang than may sync at a time, or nobody waits for them: the others still move",
          Make, kReaches};
}

}  // namespace tidemark::scenarios
