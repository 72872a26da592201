#pragma once

// Which places of the log the newest control records took: what the head note of a new file says of the system
// partition is as of that file's first record.

#include "engine/base/ids.h"
#include "engine/base/ring.h"

namespace tidemark {

class ControlRecords {
 public:
  explicit ControlRecords(PartitionIndex next) : first_(next) {}

  PartitionIndex next() const { return first_.Plus(places_.size()); }
  void Add(RaftIndex index) { places_.PushBack(index); }
  // Forgets where those at or below `through` stand.
  void Settle(RaftIndex through) {
    while (!places_.empty() && places_.front() <= through) {
      places_.PopFront();
      first_ = first_.Next();
    }
  }
  // Those above `new_end` are void.
  void CutTo(RaftIndex new_end) {
    while (!places_.empty() && places_.back() > new_end) places_.PopBack();
  }
  // The index that the first control record at or after `base` had or will have. `base` is not below what was settled.
  PartitionIndex NextAt(RaftIndex base) const {
    size_t below = places_.size();
    while (below > 0 && places_[below - 1] >= base) --below;
    return first_.Plus(below);
  }

 private:
  PartitionIndex first_;    // of places_.front()
  Ring<RaftIndex> places_;  // Invariant: ascending.
};

}  // namespace tidemark
