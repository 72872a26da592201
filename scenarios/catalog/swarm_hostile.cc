// Everything at once, also what no store survives: lying media, rot, lost and swapped disks among crashes, errors and
// lag. The store may refuse, at any time; it must never lie.
// Who would notice: a record served that nobody wrote, or another than was written there, R2 and R6; twice, R3; a hole,
// T2; rungs that contradict each other, L1-L4. What the damage excuses, scenarios/contract.h knows.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  shape.nodes = {1, 2};
  shape.records = {40, 120};
  shape.batch = {2, 24};
  if (seed % 3 == 0) shape.payload_bytes = 800;
  return fault::GeneratePlan("swarm_hostile", seed, shape, fault::SwarmProfile(seed, fault::Severity::kBeyond));
}

constexpr RareState kReaches[] = {RareState::kCorruptionReported, RareState::kLostRecordsReported,
                                  RareState::kStoreMissing};

}  // namespace

Scenario SwarmHostile() {
  return {"swarm_hostile", "every kind of fault, also those no store survives, drawn on or off by the seed", Make,
          kReaches};
}

}  // namespace tidemark::scenarios
