#pragma once

// A first-in-first-out queue in one block of memory that doubles as needed, and is given back where many items go at
// once: no allocation for an empty one, none in the steady state. Items are reached by their distance from the front.
//
// Thousands of partitions have several each: it is 24 bytes, and once it is empty it begins again at the start of its
// block, so that one that is short most of the time stays in few cache lines.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "engine/base/check.h"
#include "engine/base/prefetch.h"

namespace tidemark {

// T is default-constructible and movable. References are valid until the next PushBack. At most 2^31 items.
template <typename T>
class Ring {
 public:
  Ring() = default;
  Ring(Ring&& other) noexcept { *this = std::move(other); }
  Ring& operator=(Ring&& other) noexcept {
    std::swap(cells_, other.cells_);
    std::swap(capacity_, other.capacity_);
    std::swap(head_, other.head_);
    std::swap(size_, other.size_);
    return *this;
  }

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  T& operator[](size_t distance) {
    CHECK_LT(distance, size_);
    return cells_[PlaceOf(distance)].item;
  }
  const T& operator[](size_t distance) const {
    CHECK_LT(distance, size_);
    return cells_[PlaceOf(distance)].item;
  }
  T& front() { return (*this)[0]; }
  const T& front() const { return (*this)[0]; }
  T& back() { return (*this)[size_ - 1]; }
  const T& back() const { return (*this)[size_ - 1]; }

  void PushBack(T item) {
    if (size_ == capacity_) Grow();
    Put(PlaceOf(size_++), std::move(item));
  }
  // The new one at the back, for the caller to assign to: it is T(), or was moved from.
  T& PushBack() {
    static_assert(!kPlain);
    if (size_ == capacity_) Grow();
    return cells_[PlaceOf(size_++)].item;
  }
  // So many at the back: `make(i)` is the i-th of them.
  template <typename Make>
  void PushBackAll(size_t count, Make make) {
    while (capacity_ - size_ < count) Grow();
    const size_t mask = capacity_ - 1;
    const size_t back = size_t{head_} + size_;
    for (size_t i = 0; i < count; ++i) Put((back + i) & mask, make(i));
    size_ += static_cast<uint32_t>(count);
  }
  // The item moved out of the front.
  T TakeFront() {
    T item = std::move(front());
    Advance();
    return item;
  }
  void PopFront() {
    Release(front());
    Advance();
  }
  void PopBack() {
    Release(back());
    --size_;
  }
  // `count` of them, of a type that owns nothing; memory goes with them where three quarters of it or more are not
  // needed.
  void PopFront(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    CHECK_LE(count, size_);
    if (count == 0) return;
    size_ -= static_cast<uint32_t>(count);
    head_ = size_ == 0 ? 0 : static_cast<uint32_t>(PlaceOf(count));
    ShrinkIfSparse();
  }
  void Clear() {
    while (!empty()) PopBack();
  }
  // Asks for the memory of the front.
  void PrefetchFront() const {
    if (capacity_ > 0) Prefetch(&cells_[head_]);
  }
  // Asks for the memory of the next PushBack.
  void PrefetchBack() const {
    if (capacity_ > 0) Prefetch(&cells_[PlaceOf(size_)]);
  }

 private:
  static constexpr uint32_t kLeast = 8;
  static constexpr bool kPlain = std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>;

  struct Whole {
    T item;
  };
  // Of a type without care for its memory: nothing is written there before an item comes.
  union Raw {
    Raw() {}
    T item;
  };
  using Cell = std::conditional_t<kPlain, Raw, Whole>;

  void Put(size_t place, T item) {
    if constexpr (kPlain) {
      new (&cells_[place].item) T(item);
    } else {
      cells_[place].item = std::move(item);
    }
  }

  size_t PlaceOf(size_t distance) const { return (head_ + distance) & (capacity_ - 1); }
  void ShrinkIfSparse() {
    uint32_t capacity = capacity_;
    while (capacity > kLeast && size_ <= capacity / 4) capacity /= 2;
    if (capacity < capacity_) Reallocate(capacity);
  }
  void Advance() {
    --size_;
    head_ = size_ == 0 ? 0 : static_cast<uint32_t>(PlaceOf(1));
  }
  static void Release(T& item) {
    if constexpr (!std::is_trivially_destructible_v<T>) item = T();
  }

  void Grow() {
    CHECK_LT(capacity_, uint32_t{1} << 31);
    Reallocate(capacity_ == 0 ? kLeast : 2 * capacity_);
  }
  // To a power of two that is not below size_.
  ABSL_ATTRIBUTE_NOINLINE void Reallocate(uint32_t capacity) {
    Ring grown;
    grown.cells_.reset(new Cell[capacity]);
    grown.capacity_ = capacity;
    for (; grown.size_ < size_; ++grown.size_) grown.Put(grown.size_, std::move(cells_[PlaceOf(grown.size_)].item));
    *this = std::move(grown);
  }

  std::unique_ptr<Cell[]> cells_;
  uint32_t capacity_ = 0;  // zero or a power of two
  uint32_t head_ = 0;      // Invariant: head_ < capacity_, or both are zero.
  uint32_t size_ = 0;      // Invariant: size_ <= capacity_.
};

}  // namespace tidemark
