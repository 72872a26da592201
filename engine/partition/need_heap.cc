#include "engine/partition/need_heap.h"

#include "engine/base/check.h"

namespace tidemark {

void NeedHeap::AddSlot() { place_.push_back(kAbsent); }

void NeedHeap::Set(size_t slot, RaftIndex index) {
  CHECK_LT(slot, place_.size());
  const Node node{index, static_cast<uint32_t>(slot)};
  uint32_t at = place_[slot];
  if (at == kAbsent) {
    at = static_cast<uint32_t>(heap_.size());
    heap_.push_back(node);
    place_[slot] = at;
    SiftUp(at);
    return;
  }
  const bool down = index > heap_[at].index;
  heap_[at] = node;
  if (down) {
    SiftDown(at);
  } else {
    SiftUp(at);
  }
}

void NeedHeap::Clear(size_t slot) {
  CHECK_LT(slot, place_.size());
  const uint32_t at = place_[slot];
  if (at == kAbsent) return;
  place_[slot] = kAbsent;
  const Node last = heap_.back();
  heap_.pop_back();
  if (at == heap_.size()) return;
  Place(at, last);
  SiftUp(at);
  SiftDown(place_[last.slot]);
}

void NeedHeap::Place(size_t at, Node node) {
  heap_[at] = node;
  place_[node.slot] = static_cast<uint32_t>(at);
}

void NeedHeap::SiftUp(size_t at) {
  const Node node = heap_[at];
  while (at > 0) {
    const size_t parent = (at - 1) / 2;
    if (heap_[parent].index <= node.index) break;
    Place(at, heap_[parent]);
    at = parent;
  }
  Place(at, node);
}

void NeedHeap::SiftDown(size_t at) {
  const Node node = heap_[at];
  for (;;) {
    size_t child = 2 * at + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1].index < heap_[child].index) ++child;
    if (heap_[child].index >= node.index) break;
    Place(at, heap_[child]);
    at = child;
  }
  Place(at, node);
}

}  // namespace tidemark
