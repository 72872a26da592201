#pragma once

// The batches that were written last, kept in memory: what is forwarded and applied soon after it became durable need
// not be read back.
//
//   Add    takes a batch over once it is written. It stays as it is; where its buffer is mostly empty its frames
//          are copied, so that many small batches do not take a block each
//   Find   a record's payload, by its number
//
// Bounded: the oldest make room. Batches that are let go return to the pool.

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/aof/batch.h"
#include "engine/aof/batch_pool.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/ring.h"

namespace tidemark::aof {

class RecentBatches {
 public:
  // Keeps up to `capacity_bytes` of frames, in buffers at most twice as large; 0: none.
  RecentBatches(uint64_t capacity_bytes, BatchPool& pool) : capacity_bytes_(capacity_bytes), pool_(pool) {}

  // `batch` is placed. Its records come after all that are kept.
  void Add(std::shared_ptr<Batch> batch);
  // False: it is not kept. `payload` stays where and as it is until the next call that is not Find, or while pinned.
  bool Find(Sequence sequence, ByteSpan* payload) const;
  // While pinned nothing that Find gave is freed or used again, whatever is let go meanwhile. Nests.
  void Pin() { ++pins_; }
  void Unpin();
  // Lets go of all batches whose records are all below `first`.
  void DropBelow(Sequence first);
  // Records above `last` are void.
  void DropAbove(Sequence last);
  uint64_t bytes() const { return bytes_; }

 private:
  struct Kept {
    Sequence first;
    Sequence last;                      // Invariant: first <= last.
    ByteSpan frames = {};               // in `batch` or in `copy`
    std::vector<uint32_t> places = {};  // where each record's begins
    uint64_t bytes = 0;                 // what of bytes_ is its own
    std::shared_ptr<Batch> batch = nullptr;
    std::unique_ptr<uint8_t[]> copy = nullptr;
  };

  void LetGo(Kept kept);
  // In kept_, which is not empty: of the last batch that begins at or below `sequence`; the first one begins there.
  size_t PlaceOf(Sequence sequence) const;

  const uint64_t capacity_bytes_;
  BatchPool& pool_;
  Ring<Kept> kept_;     // Invariant: sequences ascend from one to the next.
  uint64_t bytes_ = 0;  // Invariant: <= capacity_bytes_.
  // Where Find was last: those who look go from record to record, and kept_ may be long. Any value will do.
  mutable size_t last_found_ = 0;
  uint32_t pins_ = 0;
  std::vector<Kept> pinned_;  // let go while pinned
};

}  // namespace tidemark::aof
