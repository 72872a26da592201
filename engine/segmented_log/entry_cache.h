#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/ring.h"

namespace tidemark {

// The newest entries of the log in memory, encoded, in one circular block of bytes: what is forwarded and
// applied soon after it was appended need not be read back. Bounded: the oldest make room. The block grows
// only while entries are added faster than they are dropped.
class EntryCache {
 public:
  explicit EntryCache(uint64_t capacity_bytes);

  // The entry after the last one added (or any, when the cache is empty): header and payload, copied.
  void Add(RaftIndex index, ByteSpan header, ByteSpan payload);
  // The entry's bytes, valid until the next Add, or while pinned; empty when it is not here.
  ByteSpan Find(RaftIndex index) const;
  // While it is pinned, whatever Find gave before stays where and as it is: an entry that finds no other room is not
  // kept, nor are those after it, and nothing makes room. Nests.
  void Pin() { ++pins_; }
  void Unpin();
  // Forgets all below `index`.
  void DropBelow(RaftIndex index);
  // Forgets all above `index`.
  void DropAbove(RaftIndex index);
  uint64_t block_bytes() const { return block_bytes_; }

 private:
  struct Place {
    uint32_t offset = 0;
    uint32_t bytes = 0;
  };
  static constexpr uint64_t kFirstBlockBytes = 16u << 10;

  // Makes room for `bytes` in one piece behind the newest entry and returns where.
  bool FindRoom(uint64_t bytes, uint64_t* offset);
  void Grow(uint64_t bytes);
  void DropOldest();

  uint64_t capacity_bytes_;
  std::unique_ptr<uint8_t[]> block_;
  uint64_t block_bytes_ = 0;  // Invariant: <= capacity_bytes_.
  RaftIndex first_{1};        // of places_.front()
  Ring<Place> places_;        // Invariant: places do not overlap; in order they run round the block at most once.
  uint32_t pins_ = 0;
  RaftIndex unneeded_below_;                          // while pinned: what DropBelow was told
  bool gap_ = false;                                  // while pinned: an entry was not kept
  std::vector<std::unique_ptr<uint8_t[]>> outgrown_;  // while pinned: blocks that were pinned and are too small now
};

}  // namespace tidemark
