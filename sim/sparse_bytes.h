#pragma once

// The bytes of one file image, in 4 KiB pages. A page that was never written is zero and costs nothing, so
// preallocating 64 MiB is free.

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/base/bytes.h"

namespace tidemark::sim {

class SparseBytes {
 public:
  static constexpr uint64_t kPageBytes = 4096;

  void Read(uint64_t offset, MutableByteSpan into) const;
  void Write(uint64_t offset, ByteSpan bytes);
  // Zero from `offset` on.
  void ZeroFrom(uint64_t offset);
  // Makes [offset, offset + length) what `other` holds there.
  void CopyFrom(const SparseBytes& other, uint64_t offset, uint64_t length);
  // Makes all of it what `other` holds.
  void Assign(const SparseBytes& other);
  bool IsZero(uint64_t offset, uint64_t length) const;
  // Pages that hold something.
  size_t pages() const;
  // The number one past the last page that holds something.
  uint64_t page_end() const { return pages_.size(); }

 private:
  using Page = std::array<uint8_t, kPageBytes>;
  // Null: zero. Invariant: the last one is not null.
  std::vector<std::unique_ptr<Page>> pages_;
};

}  // namespace tidemark::sim
