// Enumeration: one small fixed life, and power is lost at its n-th disk operation, then again at the m-th one after
// that, which is inside the recovery that follows. Consecutive seeds walk through all pairs, so that a suite of 3 *
// kPoints * kRecoveryPoints of them leaves no point out, whatever survives; what lies beyond the last operation is a
// run without that crash.
// What it provokes: every cut of the first start, of creating partitions, of appending, rotating, truncating, and of
// every recovery from each of these.
// Who would notice: R1, R4 and R5 mostly: one missing or misplaced sync is some n of this scenario.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;
using fault::Param;
using fault::Setting;

// The life issues some hundreds of disk operations, a recovery some dozens.
constexpr uint64_t kPoints = 400;
constexpr uint64_t kRecoveryPoints = 64;  // the first stands for no second crash

// The life: always the same one, whatever the seed.
fault::Plan FixedLife() {
  fault::Shape shape;
  shape.partitions = {2, 2};
  shape.records = {50, 50};
  shape.bursts = {2, 2};
  shape.reads = {1, 1};
  shape.batch = {2, 6};
  shape.truncates = {1, 1};
  shape.flushes = {1, 1};
  shape.span = Duration::Millis(20);
  shape.large_permille = 0;
  shape.payload_bytes = 2000;
  shape.fixed = {
      {Setting::kSegmentBytes, 65'536},        {Setting::kPartitionSegmentBytes, 65'536}, {Setting::kBlockBytes, 512},
      {Setting::kMaxRecordBytes, 4096},        {Setting::kMaxUnappliedRecords, 1000},     {Setting::kAutoTruncate, 1},
      {Setting::kPartitionFlushDelay, 500'000}};
  return fault::GeneratePlan("crash_points", 1, shape, {});
}

fault::Fault PowerLossAt(uint64_t id, uint64_t operation) {
  fault::Fault fault;
  fault.id = id;
  fault.kind = FaultKind::kPowerLoss;
  fault.params.Set(Param::kAfterIo, static_cast<int64_t>(operation));
  fault.params.Set(Param::kDown, 1'000'000);
  return fault;
}

fault::Plan Make(uint64_t seed) {
  fault::Plan plan = FixedLife();
  plan.seed = seed;
  // What survives: any part of it, none of it, all of it. 3 and kRecoveryPoints have no common divisor: all pairs come.
  const uint64_t round = seed / kPoints;
  constexpr int64_t kKeep[] = {500, 0, 1000};
  const uint64_t point = 1 + seed % kPoints;
  const uint64_t recovery_point = seed / kPoints % kRecoveryPoints;
  plan.faults.push_back(PowerLossAt(1, point));
  if (recovery_point > 0) plan.faults.push_back(PowerLossAt(2, point + recovery_point));
  for (fault::Fault& fault : plan.faults) {
    fault.params.Set(Param::kKeep, kKeep[round % 3]);
    fault.params.Set(Param::kNames, kKeep[(round + 1) % 3]);
  }
  return plan;
}

constexpr RareState kReaches[] = {RareState::kCrashWhileCreating, RareState::kTornTail, RareState::kCrashNearRotation,
                                  RareState::kPartitionCreatedInRecovery};

}  // namespace

Scenario CrashPoints() {
  return {"crash_points", "power lost at each disk operation of a small life, and again at each of its recovery", Make,
          kReaches};
}

}  // namespace tidemark::scenarios
