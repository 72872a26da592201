// Operations that fail honestly: a sync that fails once, drops its pages and reports clean ever after; failed and short
// writes; reads that fail and work again later; files that can not be created, renamed, removed or listed for a while.
// In the log, in one partition's file, or anywhere; crashes in between.
// What it provokes: a poisoned log and a stopped partition while the rest goes on; recovery from a file whose cache and
// medium differ; a retry that trusts the second sync.
// Who would notice: a record acknowledged after a failed sync was tried again, R1 after the crash; a partition that
// blocks the others or the truncation for ever, V1; a short write taken for a whole one, R1 and R6.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  shape.reads = {0, 2};
  fault::Profile profile;
  profile.orders.push_back({.kind = FaultKind::kFailedSync, .count = {0, 2}});
  profile.orders.push_back({.kind = FaultKind::kFailedWrite, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kShortWrite, .count = {0, 2}});
  profile.orders.push_back({.kind = FaultKind::kReadError, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kFailedName, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {0, 2}, .at = {300, 1000}});
  profile.orders.push_back({.kind = FaultKind::kProcessCrash, .count = {0, 1}, .at = {300, 1000}});
  return fault::GeneratePlan("failed_sync", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kLogPoisoned, RareState::kPartitionStopped, RareState::kRedo};

}  // namespace

Scenario FailedSync() {
  return {"failed_sync", "syncs, writes and reads that fail or move less than asked, with crashes", Make, kReaches};
}

}  // namespace tidemark::scenarios
