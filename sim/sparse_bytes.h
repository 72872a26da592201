#pragma once

// The bytes of one file image, in pages of a sector. A page that was never written is zero and costs nothing, so
// preallocating 64 MiB is free. Images that hold the same page may share it: one that writes to it copies it first.
// Files are written in whole sectors, nearly always: such a page is filled once, and what the cache shows, what is not
// synced yet and what the medium holds of it is one piece of memory.

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"

namespace tidemark::sim {

class SparseBytes {
 public:
  static constexpr uint64_t kPageBytes = 512;
  static constexpr uint64_t kBlockBytes = 4096;  // what a disk gives out, and what end() counts in

  void Read(uint64_t offset, MutableByteSpan into) const;
  void Write(uint64_t offset, ByteSpan bytes);
  // Writes what `other` holds at `other_offset`, and shares its pages where whole ones fall together.
  void WriteSharing(uint64_t offset, uint64_t length, const SparseBytes& other, uint64_t other_offset);
  // Zero from `offset` on.
  void ZeroFrom(uint64_t offset);
  // Makes all of it what `other` holds, by sharing.
  void Assign(const SparseBytes& other) { pages_ = other.pages_; }
  bool IsZero(uint64_t offset, uint64_t length) const;
  // Past the last block that holds something.
  uint64_t end() const { return AlignUp(pages_.size() * kPageBytes, kBlockBytes); }

 private:
  using Bytes = std::array<uint8_t, kPageBytes>;

  // A pointer to a page that others may point to as well; null is zero. Counted without atomic operations: images that
  // share belong to one run, and a run to one thread.
  class Page {
   public:
    Page() = default;
    Page(const Page& other) : shared_(other.shared_) {
      if (shared_ != nullptr) ++shared_->owners;
    }
    Page(Page&& other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}
    Page& operator=(Page other) noexcept {
      std::swap(shared_, other.shared_);
      return *this;
    }
    ~Page() {
      if (shared_ != nullptr && --shared_->owners == 0) delete shared_;
    }

    bool is_null() const { return shared_ == nullptr; }
    const uint8_t* data() const { return shared_->bytes.data(); }
    // Its own bytes, to be changed. What they are is left open where `all` of them will be.
    uint8_t* Own(bool all);

   private:
    struct Shared {
      uint32_t owners = 1;
      Bytes bytes;
    };
    Shared* shared_ = nullptr;
  };

  const Page* Find(uint64_t page) const {
    return page < pages_.size() && !pages_[page].is_null() ? &pages_[page] : nullptr;
  }
  // Makes room for the pages of the range, which will all be there.
  void Reach(uint64_t offset, uint64_t length);
  // Whether any page of the block is there.
  bool Holds(uint64_t block) const;

  std::vector<Page> pages_;  // Invariant: the last one is not null.
};

}  // namespace tidemark::sim
