#include "engine/segmented_log/entry_cache.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "engine/base/check.h"

namespace tidemark {

EntryCache::EntryCache(uint64_t capacity_bytes)
    : capacity_bytes_(std::min<uint64_t>(capacity_bytes, std::numeric_limits<uint32_t>::max())) {}

void EntryCache::Add(RaftIndex index, ByteSpan header, ByteSpan payload) {
  if (gap_) return;
  const uint64_t bytes = header.size() + payload.size();
  if (bytes > capacity_bytes_) {  // larger than all of it: a gap, so what was before is of no use either
    if (pins_ > 0) {
      gap_ = true;
    } else {
      places_.Clear();
    }
    return;
  }
  if (!places_.empty()) {
    CHECK_EQ(index, first_.Plus(places_.size())) << "the cache would have a gap";
  }
  uint64_t offset = 0;
  while (!FindRoom(bytes, &offset)) {
    if (block_bytes_ < capacity_bytes_) {
      Grow(bytes);
    } else if (pins_ > 0) {
      gap_ = true;
      return;
    } else {
      DropOldest();
    }
  }
  if (places_.empty()) first_ = index;
  std::memcpy(block_.get() + offset, header.data(), header.size());
  if (!payload.empty()) std::memcpy(block_.get() + offset + header.size(), payload.data(), payload.size());
  places_.PushBack({static_cast<uint32_t>(offset), static_cast<uint32_t>(bytes)});
}

ByteSpan EntryCache::Find(RaftIndex index) const {
  if (index < first_ || index >= first_.Plus(places_.size())) return ByteSpan();
  const Place& place = places_[index.value() - first_.value()];
  return ByteSpan(block_.get() + place.offset, place.bytes);
}

void EntryCache::Unpin() {
  CHECK_GT(pins_, 0u);
  if (--pins_ > 0) return;
  outgrown_.clear();
  if (std::exchange(gap_, false)) places_.Clear();
  DropBelow(std::exchange(unneeded_below_, RaftIndex(0)));
}

void EntryCache::DropBelow(RaftIndex index) {
  if (pins_ > 0) {
    unneeded_below_ = std::max(unneeded_below_, index);
    return;
  }
  while (!places_.empty() && first_ < index) DropOldest();
}

void EntryCache::DropAbove(RaftIndex index) {
  while (!places_.empty() && first_.Plus(places_.size() - 1) > index) places_.PopBack();
}

void EntryCache::DropOldest() {
  places_.PopFront();
  first_ = first_.Next();
}

bool EntryCache::FindRoom(uint64_t bytes, uint64_t* offset) {
  if (bytes > block_bytes_) return false;
  if (places_.empty()) {
    *offset = 0;
    return true;
  }
  const uint64_t begin = places_.front().offset;
  const uint64_t end = places_.back().offset + places_.back().bytes;
  if (end > begin) {  // one run: room behind it, or else in front of it
    if (block_bytes_ - end >= bytes) {
      *offset = end;
      return true;
    }
    *offset = 0;
    return begin > bytes;  // strictly, so that a full block is not taken for one run
  }
  *offset = end;
  return begin - end > bytes;
}

void EntryCache::Grow(uint64_t bytes) {
  uint64_t grown = std::max<uint64_t>({2 * block_bytes_, kFirstBlockBytes, 2 * bytes});
  grown = std::min(grown, capacity_bytes_);
  std::unique_ptr<uint8_t[]> block(new uint8_t[grown]);
  uint32_t offset = 0;
  for (size_t i = 0; i < places_.size(); ++i) {
    std::memcpy(block.get() + offset, block_.get() + places_[i].offset, places_[i].bytes);
    places_[i].offset = offset;
    offset += places_[i].bytes;
  }
  if (pins_ > 0) outgrown_.push_back(std::move(block_));
  block_ = std::move(block);
  block_bytes_ = grown;
}

}  // namespace tidemark
