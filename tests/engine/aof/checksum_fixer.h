#pragma once

// For fuzzing: gives changed bytes the checksums they should have, so that what lies behind the checksums is reached.

#include <string>

#include "engine/aof/format.h"

namespace tidemark::aof {

// `bytes` are a segment file, however strange. Frames are looked for from each block on, as the scanner does.
inline void FixChecksums(std::string& bytes) {
  uint8_t* const begin = reinterpret_cast<uint8_t*>(bytes.data());
  if (bytes.size() < 512) return;
  const uint64_t header_bytes = GetFixed32(begin + 12);
  if (header_bytes < 512 || header_bytes > bytes.size() || header_bytes % 512 != 0) return;
  PutFixed32(begin + header_bytes - 4, Crc32c(AsBytes(bytes).subspan(0, header_bytes - 4)));
  const FrameSalt salt({GetFixed64(begin + 16), GetFixed64(begin + 24)}, GetFixed64(begin + 32),
                       GetFixed64(begin + 40));
  const uint64_t block = GetFixed32(begin + 56) == 4096 ? 4096 : 512;
  for (uint64_t at = header_bytes; at < bytes.size(); at += block) {
    for (uint64_t frame = at; frame + kFrameHeaderBytes <= bytes.size();) {
      const uint64_t size = FrameBytes(GetFixed32(begin + frame + kLengthAt));
      const uint8_t type = begin[frame + kTypeAt];
      if (type < 1 || type > 4 || frame + size > bytes.size()) break;
      PutFixed32(begin + frame, salt.Checksum(frame, AsBytes(bytes).subspan(frame, size)));
      frame += size;
      if (type != static_cast<uint8_t>(FrameType::kCommit)) continue;
      at = AlignUp(frame, block) - block;
      break;
    }
  }
}

}  // namespace tidemark::aof
