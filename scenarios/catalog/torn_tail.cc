// Power loss that keeps an arbitrary part of what was not synced: some sectors of a write, bytes up to any place,
// garbage in between, and new files whose names survived while their header did not, or the other way round. Several
// losses in one plan tear the tail that the last recovery has just written.
// What it provokes: every shape of a torn tail; headers of files under construction; a tail that is cut and written
// again.
// Who would notice: a torn frame taken for a record, R2; a promised batch taken for torn, R1 and R4; a tail that one
// recovery believes and the next does not, R5; damage that is reported where there was only tearing, R6.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;
using fault::Param;

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  // Big payloads: writes of many sectors, and new files often.
  shape.payload_bytes = 600;
  // And calls that take several of them.
  shape.batch = {2, 80};
  fault::Profile profile;
  profile.orders.push_back(
      {.kind = FaultKind::kPowerLoss, .count = {2, 4}, .fixed = {{Param::kTear, 1}, {Param::kGarbage, 400}}});
  profile.orders.push_back({.kind = FaultKind::kPowerLoss, .count = {0, 2}, .fixed = {{Param::kTear, 2}}});
  return fault::GeneratePlan("torn_tail", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kTornTail,       RareState::kTornPartitionTail, RareState::kTornHeader,
                                  RareState::kTailReappended, RareState::kRotated,           RareState::kBatchCutShort};

}  // namespace

Scenario TornTail() {
  return {"torn_tail",
          "power loss tears the last writes and the headers of new files, by sector and by byte, with garbage", Make,
          kReaches};
}

}  // namespace tidemark::scenarios
