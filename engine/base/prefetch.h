#pragma once

// Asks for memory that will be used soon, so that the processor's waits for several pieces of it overlap. A hint: it
// changes nothing, and any address will do.

#include <cstddef>

namespace tidemark {

inline constexpr size_t kCacheLineBytes = 64;

inline void Prefetch(const void* address) { __builtin_prefetch(address, /*for writing=*/1); }

// Of the cache lines of `bytes` bytes, or of an object.
inline void Prefetch(const void* address, size_t bytes) {
  for (size_t at = 0; at < bytes; at += kCacheLineBytes) Prefetch(static_cast<const char*>(address) + at);
}
template <typename T>
void PrefetchObject(const T& object) {
  Prefetch(&object, sizeof(T));
}

}  // namespace tidemark
