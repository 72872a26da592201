#pragma once

// CRC-32C (Castagnoli, as in RFC 3720), computed by ISA-L with the machine's own
// instructions where it has them.

#include <cstdint>

#include "engine/base/bytes.h"

namespace tidemark {

// The checksum of A followed by B is ExtendCrc32c(ExtendCrc32c(0, A), B).
uint32_t ExtendCrc32c(uint32_t crc, ByteSpan bytes);
inline uint32_t Crc32c(ByteSpan bytes) { return ExtendCrc32c(0, bytes); }
// The same of the eight bytes that PutFixed64 makes of `value`, in less time.
uint32_t ExtendCrc32cFixed64(uint32_t crc, uint64_t value);
// What the checksum of A adds to that of A followed by B, of `bytes` bytes (below 2^40):
// Crc32c(AB) == ShiftCrc32c(Crc32c(A), bytes) ^ Crc32c(B). It takes some 100 ns, whatever their number.
uint32_t ShiftCrc32c(uint32_t crc, uint64_t bytes);

}  // namespace tidemark
