// Many partitions, most of them idle: some dozens in most seeds, a thousand in some, 4,096 in a few. Power is lost
// while they are created, while they are written to, and inside the recovery that opens them all. What it provokes: a
// roster that fills its place in the head of a log file; rotation, truncation and recovery with every partition to be
// remembered; creations cut at every point; slots and heaps that grow. Who would notice: a partition forgotten, R1;
// records of one partition in another, R2 and R3; a need forgotten among thousands, T1; a recovery that does not come
// to an end, V1.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;
using fault::Param;
using fault::Setting;

constexpr int64_t kMost = 4096;

int64_t PartitionsOf(uint64_t seed) {
  if (seed % 256 == 17) return kMost;
  return seed % 64 == 1 ? 1024 : 16 << seed % 3;
}

fault::Plan Make(uint64_t seed) {
  const int64_t partitions = PartitionsOf(seed);
  fault::Shape shape;
  shape.records = {60, 200};
  shape.truncates = {0, 2};
  shape.flushes = {0, 2};
  shape.payload_bytes = seed % 2 == 0 ? 600 : 0;
  shape.large_permille = 0;
  // Time to create them all.
  shape.span = Duration::Millis(100) + Duration::Micros(200 * partitions);
  // The head of a log file has room for the roster in an eighth of it.
  const int64_t segment = partitions == kMost ? 589'824 : partitions == 1024 ? 163'840 : 65'536;
  shape.fixed = {{Setting::kPartitions, partitions},
                 {Setting::kSegmentBytes, segment},
                 {Setting::kPartitionSegmentBytes, 65'536},
                 {Setting::kMaxRecordBytes, 1024}};
  fault::Profile profile;
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {1, 2}, .at = {300, 1000}});
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {0, 1}, .at = {0, 1000}});
  profile.orders.push_back({.kind = FaultKind::kProcessCrash, .count = {0, 1}, .fixed = {{Param::kWhen, 1}}});
  return fault::GeneratePlan("many_partitions", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kPartitionCreatedInRecovery, RareState::kThousandPartitions,
                                  RareState::kCrashInRecovery};

}  // namespace

Scenario ManyPartitions() {
  return {"many_partitions", "dozens to thousands of partitions, most of them idle, and power is lost", Make, kReaches};
}

}  // namespace tidemark::scenarios
