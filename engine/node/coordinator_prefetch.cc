// What a record asks of one of thousands of partitions is far from the processor: it is asked for before it is needed,
// so that the waits for the pieces overlap (engine/base/prefetch.h).

#include "engine/base/prefetch.h"
#include "engine/node/coordinator.h"

namespace tidemark {

void Coordinator::Prefetch(PartitionId partition) const {
  const size_t slot = SlotOf(partition);
  if (slot != kNoSlot) PrefetchPlaces(slot);
}

void Coordinator::PrefetchSlot(size_t slot) const {
  PrefetchPlaces(slot);
  watermarks_->PrefetchEnds(slot);
}

// The waits for what thousands of partitions keep, each in several places, overlap.
void Coordinator::PrefetchPlaces(size_t slot) const {
  tidemark::Prefetch(&partitions_[slot]);
  watermarks_->Prefetch(slot);
  dispatcher_.Prefetch(slot);
  pipeline_->Prefetch(slot);
}

// A file lies several pointers away: the waits for the first ones' memory overlap, then those for the second ones'.
void Coordinator::PrefetchFiles(absl::Span<const size_t> slots) const {
  for (const size_t slot : slots) PrefetchPlaces(slot);
  for (const size_t slot : slots) watermarks_->PrefetchEnds(slot);
  for (int steps = 0; steps < PartitionLog::kPrefetchSteps; ++steps) {
    for (const size_t slot : slots) {
      if (partitions_[slot].log != nullptr) partitions_[slot].log->Prefetch(steps);
    }
  }
}

}  // namespace tidemark
