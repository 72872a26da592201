#pragma once

// Batches to use again, with their buffers: large ones are not made anew all the time. Bounded in bytes.

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "engine/aof/batch.h"

namespace tidemark::aof {

class BatchPool {
 public:
  explicit BatchPool(uint64_t max_bytes) : max_bytes_(max_bytes) {}

  // An empty one.
  std::shared_ptr<Batch> Take() {
    if (unused_.empty()) return std::make_shared<Batch>();
    std::shared_ptr<Batch> batch = std::move(unused_.back());
    unused_.pop_back();
    bytes_ -= batch->capacity();
    return batch;
  }
  // What is in it is forgotten. Nobody reads it any more. A buffer that is far too large by now is freed: batches are
  // as large as what gathers during a sync, and that changes slowly.
  void Give(std::shared_ptr<Batch> batch) {
    const bool oversized = batch->capacity() > kSmallBytes && batch->capacity() / 4 > batch->bytes().size();
    if (oversized || bytes_ + batch->capacity() > max_bytes_) return;
    batch->Clear();
    bytes_ += batch->capacity();
    unused_.push_back(std::move(batch));
  }
  void Clear() {
    unused_.clear();
    bytes_ = 0;
  }
  uint64_t bytes() const { return bytes_; }

 private:
  static constexpr uint64_t kSmallBytes = 64u << 10;

  const uint64_t max_bytes_;
  uint64_t bytes_ = 0;  // Invariant: the sum of their capacities; <= max_bytes_.
  std::vector<std::shared_ptr<Batch>> unused_;
};

}  // namespace tidemark::aof
