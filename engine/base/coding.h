#pragma once

// Fixed-width little-endian integers, whatever the machine's own order.

#include <bit>
#include <cstdint>
#include <cstring>

namespace tidemark {
namespace coding_internal {

template <typename T>
inline T LittleEndian(T value) {
  if constexpr (std::endian::native == std::endian::big) {
    T swapped = 0;
    for (size_t i = 0; i < sizeof(T); ++i) swapped = static_cast<T>((swapped << 8) | ((value >> (8 * i)) & 0xFF));
    return swapped;
  }
  return value;
}

template <typename T>
inline void Put(uint8_t* to, T value) {
  value = LittleEndian(value);
  std::memcpy(to, &value, sizeof(T));
}

template <typename T>
inline T Get(const uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return LittleEndian(value);
}

}  // namespace coding_internal

inline void PutFixed16(uint8_t* to, uint16_t value) { coding_internal::Put(to, value); }
inline void PutFixed32(uint8_t* to, uint32_t value) { coding_internal::Put(to, value); }
inline void PutFixed64(uint8_t* to, uint64_t value) { coding_internal::Put(to, value); }
inline uint16_t GetFixed16(const uint8_t* from) { return coding_internal::Get<uint16_t>(from); }
inline uint32_t GetFixed32(const uint8_t* from) { return coding_internal::Get<uint32_t>(from); }
inline uint64_t GetFixed64(const uint8_t* from) { return coding_internal::Get<uint64_t>(from); }

}  // namespace tidemark
