#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/base/ids.h"

namespace tidemark {

// The lowest raft index that anybody needs, kept while needs move: a binary min-heap of slots with each
// slot's place remembered, so that changing one costs O(log n) and asking costs nothing. Slots that need nothing
// are not in it.
class NeedHeap {
 public:
  // Slots are 0, 1, 2...; a new one needs nothing.
  void AddSlot();
  // The slot now needs everything from `index` on.
  void Set(size_t slot, RaftIndex index);
  // The slot needs nothing.
  void Clear(size_t slot);

  bool empty() const { return heap_.empty(); }
  // Not empty. Of equal indices, any slot; no two records share one.
  RaftIndex lowest() const { return heap_.front().index; }
  size_t lowest_slot() const { return heap_.front().slot; }

 private:
  struct Node {
    RaftIndex index;
    uint32_t slot;
  };
  static constexpr uint32_t kAbsent = UINT32_MAX;

  void Place(size_t at, Node node);
  void SiftUp(size_t at);
  void SiftDown(size_t at);

  std::vector<Node> heap_;       // Invariant: heap_[i].index >= heap_[(i - 1) / 2].index.
  std::vector<uint32_t> place_;  // Invariant: heap_[place_[s]].slot == s, or place_[s] == kAbsent.
};

}  // namespace tidemark
