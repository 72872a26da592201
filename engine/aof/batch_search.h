#pragma once

// Finds the batches that may follow damage: a pure function over a file's bytes, fed block by block, each block once.
//
// A batch may begin at any block, and what stands there, be it within a record's payload, may look like a frame that
// claims to be long. So no claim is summed up for itself. One checksum runs along; what it was where a frame begins and
// is where the frame ends tells that of the bytes between. Claims that end at the same place go on together.
//
// Cost: each byte is summed once, and 4 bytes for each claim. Each block makes one claim at most, and only a frame
// whose checksum holds makes another: where nobody forges checksums (the store's id is in them) these are the frames
// that the engine wrote. Memory: up to 200 bytes for each block of the longest record allowed, and 16 for each block of
// one batch.

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "absl/types/optional.h"
#include "engine/aof/batch_parser.h"
#include "engine/aof/format.h"
#include "engine/base/bytes.h"

namespace tidemark::aof {

// All of its frames' checksums hold. Whether they contradict each other, ParseBatch says.
struct FoundBatch {
  uint64_t offset = 0;
  uint64_t end = 0;
  Commit commit;
  absl::optional<uint64_t> void_from = absl::nullopt;  // it begins with a cut
};

class BatchSearch {
 public:
  // Finds what begins behind the block at `from`, a multiple of block_bytes.
  BatchSearch(const FileGeometry& geometry, uint64_t from) : geometry_(geometry), offset_(from), summed_to_(from) {}

  // The next block to pass, and how many bytes from there on Pass wants: not beyond the geometry's limit.
  uint64_t offset() const { return offset_; }
  uint64_t wanted() const { return std::min(geometry_.block_bytes + kLookAhead, geometry_.limit - offset_); }
  // `bytes` are the block at offset(), and as much of the rest of wanted() as the file has. A batch that ends in it.
  absl::optional<FoundBatch> Pass(ByteSpan bytes) {
    // Most blocks are zeros behind the clean end.
    const uint64_t type_at = geometry_.block_bytes + kTypeAt;
    if (!claims_.empty() || (bytes.size() > type_at && bytes[type_at] != 0)) return PassWithClaims(bytes);
    offset_ += geometry_.block_bytes;
    return absl::nullopt;
  }

 private:
  // A frame may begin just behind the block, and a commit frame's fixed part is looked at as a whole.
  static constexpr uint64_t kLookAhead = kCommitFrameBytes;

  struct Start {
    uint64_t offset = 0;
    uint64_t void_from = 0;  // 0: it does not begin with a cut
  };
  // What looks like the header of a frame, and where the batches began that may go on with it.
  struct Claim {
    uint64_t at = 0;
    uint32_t checksum = 0;  // its own, as it says
    uint32_t before = 0;    // salt and all that was summed before, as the frame's checksum would start from them
    bool is_commit = false;
    Commit commit = {};
    std::vector<Start> starts = {};
  };

  absl::optional<FoundBatch> PassWithClaims(ByteSpan bytes);
  void SumTo(uint64_t at, ByteSpan bytes);
  void GoOn(uint64_t at, ByteSpan bytes, absl::optional<FoundBatch>* found);
  void Look(uint64_t at, ByteSpan bytes, std::vector<Start> starts);
  bool Holds(const Claim& claim, uint64_t end) const;

  const FileGeometry geometry_;
  uint64_t offset_;
  uint64_t summed_to_;                     // where there are claims
  uint32_t sum_ = 0;                       // of the bytes up to there, from where claims_ was last empty
  std::multimap<uint64_t, Claim> claims_;  // by where they end; Invariant: behind summed_to_
};

}  // namespace tidemark::aof
