#pragma once

// Views of bytes, and an owned buffer whose address and capacity suit direct I/O.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/base/check.h"

namespace tidemark {

using ByteSpan = absl::Span<const uint8_t>;
using MutableByteSpan = absl::Span<uint8_t>;

inline ByteSpan AsBytes(absl::string_view text) {
  return ByteSpan(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}
inline absl::string_view AsText(ByteSpan bytes) {
  return absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// `alignment` is a power of two.
constexpr uint64_t AlignUp(uint64_t value, uint64_t alignment) { return (value + alignment - 1) & ~(alignment - 1); }
constexpr uint64_t AlignDown(uint64_t value, uint64_t alignment) { return value & ~(alignment - 1); }
constexpr bool IsAligned(uint64_t value, uint64_t alignment) { return (value & (alignment - 1)) == 0; }

// A growing byte buffer, movable, not copyable. Its data address is a multiple of
// kAlignment, and capacity is too, so that it may be handed to a direct file whole.
class AlignedBuffer {
 public:
  static constexpr size_t kAlignment = 4096;

  AlignedBuffer() = default;
  AlignedBuffer(AlignedBuffer&& other) noexcept { *this = std::move(other); }
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~AlignedBuffer() { std::free(data_); }

  uint8_t* data() { return data_; }
  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  void clear() { size_ = 0; }
  ByteSpan span() const { return ByteSpan(data_, size_); }
  MutableByteSpan mutable_span() { return MutableByteSpan(data_, size_); }

  // New bytes are zero.
  void Resize(size_t size) {
    Reserve(size);
    if (size > size_) std::memset(data_ + size_, 0, size - size_);
    size_ = size;
  }
  // Appends `size` bytes of unspecified content and returns where they start.
  uint8_t* Extend(size_t size) {
    if (size_ + size > capacity_) Reserve(size_ + size > 2 * capacity_ ? size_ + size : 2 * capacity_);
    uint8_t* start = data_ + size_;
    size_ += size;
    return start;
  }
  void Append(ByteSpan bytes) {
    uint8_t* to = Extend(bytes.size());  // also when empty: data() may be null before the first byte
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  }
  void Reserve(size_t capacity) {
    if (capacity > capacity_) Grow(capacity);
  }

 private:
  ABSL_ATTRIBUTE_NOINLINE void Grow(size_t capacity) {
    capacity = AlignUp(capacity, kAlignment);
    uint8_t* grown = static_cast<uint8_t*>(std::aligned_alloc(kAlignment, capacity));
    CHECK(grown != nullptr) << "out of memory for " << capacity << " bytes";
    if (size_ > 0) std::memcpy(grown, data_, size_);
    std::free(data_);
    data_ = grown;
    capacity_ = capacity;
  }

  uint8_t* data_ = nullptr;
  size_t size_ = 0;  // Invariant: size_ <= capacity_.
  size_t capacity_ = 0;
};

}  // namespace tidemark
