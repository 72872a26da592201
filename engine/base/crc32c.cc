#include "engine/base/crc32c.h"

#include <algorithm>

#include "isa-l/crc.h"

namespace tidemark {

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
