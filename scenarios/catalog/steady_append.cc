// A healthy node: nothing fails, but sizes, paces, delays and limits are drawn from the whole range a store may be
// given.
// What it provokes: full and empty batches, windows that fill, rotation in the middle of a batch, refusals by the limit
// of unapplied records, reads of records that only the partition file still has.
// Who would notice: a rung that passes another, L1-L3; an apply out of order, L5; a lost append, V1 at the end;
// truncation of something a partition still needs, T1 and T2.

#include "fault/plan_generator.h"
#include "fault/profile.h"
#include "scenarios/catalog/catalog.h"

namespace tidemark::scenarios {
namespace {

fault::Plan Make(uint64_t seed) {
  fault::Shape shape;
  shape.records = {100, 400};
  shape.reads = {1, 3};
  shape.batch = {2, 40};
  const fault::Profile profile;
  return fault::GeneratePlan("steady_append", seed, shape, profile);
}

constexpr RareState kReaches[] = {RareState::kRotated, RareState::kPrefixTruncated, RareState::kAppendRefused};

}  // namespace

Scenario SteadyAppend() {
  return {"steady_append", "a healthy node takes, forwards and applies records of all sizes at all paces", Make,
          kReaches};
}

}  // namespace tidemark::scenarios
