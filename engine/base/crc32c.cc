#include "engine/base/crc32c.h"

#include <algorithm>

#include "engine/base/check.h"
#include "isa-l/crc.h"

namespace tidemark {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // Castagnoli's, reflected

// What a byte does to the state when so many bytes come after it.
struct Tables {
  uint32_t after[8][256];
};

constexpr Tables MakeTables() {
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

// Checksums are polynomials over GF(2), the highest bit the factor of 1; a byte behind is a factor of x^8.
constexpr uint32_t kOne = 0x80000000;

constexpr uint32_t Multiply(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (; a != 0; a <<= 1) {
    if ((a & kOne) != 0) product ^= b;
    b = (b >> 1) ^ ((b & 1) != 0 ? kPolynomial : 0);
  }
  return product;
}

// x^(8 * digit * 256^place): the factor of so many bytes.
struct Powers {
  uint32_t of[5][256];
};

constexpr Powers MakePowers() {
  Powers powers = {};
  uint32_t one_more = kOne >> 8;
  for (auto& place : powers.of) {
    place[0] = kOne;
    for (int digit = 1; digit < 256; ++digit) place[digit] = Multiply(place[digit - 1], one_more);
    one_more = Multiply(place[255], one_more);
  }
  return powers;
}
constexpr Powers kPowers = MakePowers();

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

uint32_t ShiftCrc32c(uint32_t crc, uint64_t bytes) {
  CHECK_LT(bytes, uint64_t{1} << 40);
  for (int place = 0; bytes != 0; ++place, bytes >>= 8) {
    if ((bytes & 0xff) != 0) crc = Multiply(crc, kPowers.of[place][bytes & 0xff]);
  }
  return crc;
}

}  // namespace tidemark
