#include "engine/base/crc32c.h"

#include <algorithm>

#include "isa-l/crc.h"

namespace tidemark {
namespace {

// What a byte does to the state when so many bytes come after it.
struct Tables {
  uint32_t after[8][256];
};

constexpr Tables MakeTables() {
  constexpr uint32_t kPolynomial = 0x82f63b78;  // Castagnoli's, reflected
  Tables tables = {};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t state = byte;
    for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ ((state & 1) != 0 ? kPolynomial : 0);
    tables.after[0][byte] = state;
  }
  for (uint32_t byte = 0; byte < 256; ++byte) {
    for (int n = 1; n < 8; ++n) {
      const uint32_t state = tables.after[n - 1][byte];
      tables.after[n][byte] = (state >> 8) ^ tables.after[0][state & 0xff];
    }
  }
  return tables;
}
constexpr Tables kTables = MakeTables();

}  // namespace

// All eight at once: the bytes' effects add up, for the checksum is linear.
uint32_t ExtendCrc32cFixed64(uint32_t crc, uint64_t value) {
  value ^= ~crc;
  uint32_t state = 0;
  for (int i = 0; i < 8; ++i) state ^= kTables.after[7 - i][(value >> (8 * i)) & 0xff];
  return ~state;
}

uint32_t ExtendCrc32c(uint32_t crc, ByteSpan bytes) {
  constexpr size_t kMaxPiece = size_t{1} << 30;  // ISA-L takes an int
  uint32_t state = ~crc;
  while (!bytes.empty()) {
    const size_t piece = std::min(bytes.size(), kMaxPiece);
    // ISA-L reads only; its signature predates const.
    state = crc32_iscsi(const_cast<unsigned char*>(bytes.data()), static_cast<int>(piece), state);
    bytes.remove_prefix(piece);
  }
  return ~state;
}

}  // namespace tidemark
