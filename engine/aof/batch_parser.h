#pragma once

// Reads one batch back: a pure function over bytes. A batch counts whole or not at all.

#include <cstdint>

#include "absl/types/optional.h"
#include "engine/aof/batch.h"
#include "engine/aof/format.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"

namespace tidemark::aof {

// What of a file's header its batches depend on.
struct FileGeometry {
  FrameSalt salt;
  uint32_t header_bytes = 0;
  uint32_t block_bytes = 0;
  uint32_t max_record_bytes = 0;
  // No batch reaches beyond.
  uint64_t limit = 0;

  FileGeometry() = default;
  FileGeometry(const FileHeader& header, uint64_t limit);
};

// A frame whose checksum holds.
struct FrameView {
  FrameType type = FrameType::kRecord;
  Sequence sequence;
  ByteSpan payload;
  uint64_t offset = 0;  // in the file
};

// A batch that is valid in itself; how it fits to what came before is the scanner's to say.
struct BatchView {
  uint64_t offset = 0;
  uint64_t end = 0;
  absl::optional<Cut> cut;
  Commit commit;
  uint64_t records = 0;
  uint64_t notes = 0;
  Sequence first_record;  // meaningless without records
  ByteSpan bytes;         // the whole batch

  // Calls visit(const FrameView&) for the records and notes, in order.
  template <typename Visit>
  void ForEachFrame(Visit visit) const {
    for (uint64_t at = cut.has_value() ? kCutFrameBytes : 0;;) {
      const uint8_t* frame = bytes.data() + at;
      const uint64_t length = GetFixed32(frame + kLengthAt);
      const FrameType type = static_cast<FrameType>(frame[kTypeAt]);
      if (type == FrameType::kCommit) return;
      visit(FrameView{.type = type,
                      .sequence = Sequence(GetFixed64(frame + kSequenceAt)),
                      .payload = ByteSpan(frame + kFrameHeaderBytes, length),
                      .offset = offset + at});
      at += FrameBytes(length);
    }
  }
};

// Whether `frame`, kFrameHeaderBytes long, is the header of a frame that may begin at `offset`: nullptr, or what is
// wrong. Its checksum is not looked at: a length that passes is a claim.
const char* FrameHeaderFault(const FileGeometry& geometry, uint64_t offset, const uint8_t* frame);

// Reads the frame at the start of `window`, which is at file offset `offset`, and verifies it, padding
// included. False: not valid, or not whole in the window.
bool ParseFrame(const FileGeometry& geometry, uint64_t offset, ByteSpan window, FrameView* frame);

enum class BatchState {
  kValid,
  kInvalid,       // no batch begins here: a checksum fails, or the frames do not end in a commit frame of this place
  kInconsistent,  // all checksums hold, but the frames contradict each other: no torn write does that
  kNeedMore,      // it may be valid; `needed` bytes of window would tell more
};
struct ParsedBatch {
  BatchState state = BatchState::kInvalid;
  uint64_t needed = 0;
  const char* why = "";  // for kInvalid and kInconsistent
  BatchView batch;       // for kValid
};
// `window` begins at file offset `offset`, a multiple of block_bytes. It reaches geometry.limit, or more can be had.
ParsedBatch ParseBatch(const FileGeometry& geometry, uint64_t offset, ByteSpan window);

}  // namespace tidemark::aof
