// Clients that wait for applies, with barriers and as followers, of a store that dies often while its partition files
// lag behind the state machine: few records, early, and then nobody who would push anything along. What it provokes: a
// restart after which the machine has what its partition's file still lacks, so that waiters are there before records
// that no apply will tell of; waiters that ask again in life after life; flushes meanwhile. Who would notice: a waiter
// who is answered by the next apply only, V1; one that is answered too early, W1.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;
using fault::Setting;

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  shape.partitions = {1, 3};
  shape.records = {20, 80};
  shape.bursts = {1, 1};
  shape.flushes = {0, 2};
  shape.barriers = {4, 10};
  shape.follows = {2, 6};
  shape.fixed = {{Setting::kPartitionFlushDelay, seed % 2 == 0 ? 20'000'000 : 50'000'000},
                 {Setting::kPartitionFlushBytes, 64 << 10}};
  fault::Profile profile;
  profile.orders.push_back({.kind = FaultKind::kProcessCrash, .count = {2, 5}});
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {0, 2}});
  profile.orders.push_back({.kind = FaultKind::kApplyLag, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kForwardLag, .count = {0, 1}});
  return fault::GeneratePlan("awaited_applies", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kRedo, RareState::kCrashInRecovery};

}  // namespace

Scenario AwaitedApplies() {
  return {"awaited_applies", "barriers and followers across restarts, of partitions that take few records", Make,
          kReaches};
}

}  // namespace tidemark::scenarios
