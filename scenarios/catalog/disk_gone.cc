// Two nodes, each a store of its own. One comes back with an empty disk, or both come back with each other's.
// What it provokes: a start where everything is missing although there was a store; a start on a store that is sound
// and not ours. A store that is gone can not be kept, but it must be missed: an empty one in its place would serve
// silence for records.
// Who would notice: a store made anew where one is expected, R1; another node's records served, R2; a file of another
// store believed, R2 and R6.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  shape.nodes = {2, 2};
  shape.records = {20, 100};
  fault::Profile profile;
  profile.orders.push_back({.kind = FaultKind::kDiskLoss, .count = {0, 1}, .at = {300, 900}});
  profile.orders.push_back({.kind = FaultKind::kDiskSwap, .count = {0, 1}, .at = {300, 900}});
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {0, 1}});
  return fault::GeneratePlan("disk_gone", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kStoreMissing};

}  // namespace

Scenario DiskGone() {
  return {"disk_gone", "a node comes back with an empty disk, or with another node's", Make, kReaches};
}

}  // namespace tidemark::scenarios
