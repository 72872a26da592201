// Recovery by redo, by rollback, and a store that each start opens under the other policy; partition files and applies
// are late, syncs fail, and power is lost while records are durable in the log and not in their partitions' files.
// What it provokes: records that are dropped although the log had them, some of a partition file's too; records that
// must stay although their partition's file lacks them, because an earlier life had promised them at `durable`; crashes
// between the cut of the files and that of the log.
// Who would notice: an acknowledgement that a later recovery takes back, L3 and R1; a rollback of what was applied, R2
// and L5; a file that is left ahead of the log, R1.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;
using fault::Setting;

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  shape.partitions = {2, 4};
  shape.batch = {2, 24};
  shape.fixed = {{Setting::kRecoveryPolicy, static_cast<int64_t>(seed % 3)}};
  if (seed % 2 == 0) shape.payload_bytes = 300;
  fault::Profile profile;
  profile.orders.push_back({.kind = FaultKind::kSyncLag, .count = {0, 2}, .hardness = 3});
  profile.orders.push_back({.kind = FaultKind::kForwardLag, .count = {0, 2}, .hardness = 2});
  profile.orders.push_back({.kind = FaultKind::kApplyLag, .count = {0, 1}, .hardness = 2});
  profile.orders.push_back({.kind = FaultKind::kFailedSync, .count = {0, 1}, .files = "p-*"});
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {1, 3}, .at = {100, 1000}});
  profile.orders.push_back({.kind = FaultKind::kProcessCrash, .count = {0, 2}, .at = {100, 1000}});
  return fault::GeneratePlan("both_policies", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kRolledBack, RareState::kKeptAboveSafe, RareState::kRedo,
                                  RareState::kPartitionStopped, RareState::kBatchCutShort};

}  // namespace

Scenario BothPolicies() {
  return {"both_policies", "recovery by redo and by rollback, with late partition files and power loss", Make,
          kReaches};
}

}  // namespace tidemark::scenarios
