// Clients that ask for more than the store takes: one limit after another is tight, by the seed, and applies are slow.
// Refused records are replaced, crashes come in between, and partitions are dropped with all that they have not
// applied. What it provokes: refusals by each limit, for one partition and for all; admission that closes and opens
// again; a restart with a backlog above the limit; a backlog that goes with its partition. Who would notice: a refused
// record that is there nevertheless, R2; a record taken twice, R3; a record taken beyond the limit, or admission that
// opens before the machine has applied, or that stays shut without a reason, V2; admission that never opens again, V1.

#include <utility>
#include <vector>

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;
using fault::Setting;

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  shape.partitions = {1, 4};
  shape.records = {60, 200};
  shape.batch = {2, 8};
  shape.payload_bytes = 100;
  shape.drops = {0, 3};
  // In every other seed less than a record may have.
  const int64_t bytes = seed / 6 % 2 == 0 ? 2048 : 256;
  const std::pair<Setting, int64_t> tight[] = {{Setting::kMaxUnappliedRecords, 4},
                                               {Setting::kMaxUnappliedBytes, bytes},
                                               {Setting::kMaxTotalUnappliedBytes, 2 * bytes},
                                               {Setting::kMaxLagRecords, 12},
                                               {Setting::kMaxRetainedRecords, 20},
                                               {Setting::kMaxUnappliedAge, 2'000'000}};
  shape.fixed = {
      {Setting::kMaxRecordBytes, 1024}, {Setting::kMaxUnappliedRecords, 100'000}, {Setting::kApplyLatency, 1'000'000}};
  std::vector<std::pair<Setting, int64_t>> chosen = {tight[seed % 6]};
  if (seed % 4 == 0) chosen.push_back(tight[(seed / 4) % 6]);
  for (const auto& [limit, value] : chosen) {
    // What all share is above what one may take; where there is only one, it takes all of it, and holds all of the log.
    if (limit == Setting::kMaxTotalUnappliedBytes) shape.fixed.push_back({Setting::kMaxUnappliedBytes, value - 1});
    if (limit == Setting::kMaxRetainedRecords && seed / 12 % 2 == 0) shape.partitions = {1, 1};
    if (limit == Setting::kMaxRetainedRecords && seed / 12 % 2 == 1)
      shape.fixed.push_back({Setting::kMaxHoldRecords, value - 1});
  }
  shape.fixed.insert(shape.fixed.end(), chosen.begin(), chosen.end());
  fault::Profile profile;
  profile.orders.push_back({.kind = FaultKind::kApplyLag, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kApplyFailure, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kSyncLag, .count = {0, 1}});
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {0, 2}});
  profile.orders.push_back({.kind = FaultKind::kProcessCrash, .count = {0, 1}});
  return fault::GeneratePlan("overload", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kAppendRefused, RareState::kAdmittedAgain};

}  // namespace

Scenario Overload() {
  return {"overload", "clients ask for more than the limits allow, and are refused until there is room", Make,
          kReaches};
}

}  // namespace tidemark::scenarios
