#pragma once

// A first-in-first-out queue in one block of memory that doubles as needed: no allocation for an empty
// one, none in the steady state. Items are reached by their distance from the front.

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "engine/base/check.h"

namespace tidemark {

// T is default-constructible and movable. References are valid until the next PushBack.
template <typename T>
class Ring {
 public:
  Ring() = default;
  Ring(Ring&& other) noexcept { *this = std::move(other); }
  Ring& operator=(Ring&& other) noexcept {
    std::swap(items_, other.items_);
    std::swap(capacity_, other.capacity_);
    std::swap(head_, other.head_);
    std::swap(size_, other.size_);
    return *this;
  }

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  T& operator[](size_t distance) {
    CHECK_LT(distance, size_);
    return items_[(head_ + distance) & (capacity_ - 1)];
  }
  const T& operator[](size_t distance) const {
    CHECK_LT(distance, size_);
    return items_[(head_ + distance) & (capacity_ - 1)];
  }
  T& front() { return (*this)[0]; }
  const T& front() const { return (*this)[0]; }
  T& back() { return (*this)[size_ - 1]; }
  const T& back() const { return (*this)[size_ - 1]; }

  void PushBack(T item) { PushBack() = std::move(item); }
  // The new one at the back, for the caller to assign to: it is T(), or was moved from.
  T& PushBack() {
    if (size_ == capacity_) Grow();
    return items_[(head_ + size_++) & (capacity_ - 1)];
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
  void Clear() {
    while (!empty()) PopBack();
  }

 private:
  void Advance() {
    head_ = (head_ + 1) & (capacity_ - 1);
    --size_;
  }
  static void Release(T& item) {
    if constexpr (!std::is_trivially_destructible_v<T>) item = T();
  }

  void Grow() {
    const size_t capacity = capacity_ == 0 ? 8 : 2 * capacity_;
    std::unique_ptr<T[]> items(new T[capacity]);
    for (size_t i = 0; i < size_; ++i) items[i] = std::move((*this)[i]);
    items_ = std::move(items);
    capacity_ = capacity;
    head_ = 0;
  }

  std::unique_ptr<T[]> items_;
  size_t capacity_ = 0;  // zero or a power of two
  size_t head_ = 0;      // Invariant: head_ < capacity_, or both are zero.
  size_t size_ = 0;      // Invariant: size_ <= capacity_.
};

}  // namespace tidemark
