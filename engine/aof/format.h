#pragma once

// The bytes of a segment file, as docs/formats/aof.md describes them: the layout of the header block
// and of frames, their sizes, limits and checksums. Encodes and decodes; does no I/O and no judging
// (see batch_parser.h for a batch, scanner.h for a file).

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "engine/aof/store_id.h"
#include "engine/base/bytes.h"
#include "engine/base/coding.h"
#include "engine/base/crc32c.h"
#include "engine/base/ids.h"

namespace tidemark::aof {

inline constexpr uint32_t kFormatVersion = 1;

// --- limits, checked before anything is allocated ------------------------------------------------
inline constexpr uint64_t kSegmentAlignment = 4096;
inline constexpr uint64_t kMaxSegmentBytes = uint64_t{16} << 30;
inline constexpr uint32_t kMaxRecordBytes = 256u << 20;
inline constexpr uint32_t kMaxBatchBytes = 1u << 30;
inline constexpr uint32_t kMaxHeadNoteBytes = 1u << 20;
inline constexpr uint32_t kMaxHeaderBytes = 2u << 20;
// Blocks at the end of each file that records never use: cuts and floors find room there when the disk is full.
inline constexpr uint64_t kReservedBlocks = 2;

// --- frames ----------------------------------------------------------------------------------------
enum class FrameType : uint8_t {
  kRecord = 1,  // payload: the owner's; sequence: its number
  kNote = 2,    // payload: the owner's; sequence: the last record before it
  kCut = 3,     // payload: void_from u64; sequence: records above it are void
  kCommit = 4,  // payload: Commit, then zeros to the end of the block; sequence: the last live record
};

inline constexpr size_t kFrameAlignment = 8;
inline constexpr size_t kCrcAt = 0;       // u32
inline constexpr size_t kLengthAt = 4;    // u32, payload bytes
inline constexpr size_t kSequenceAt = 8;  // u64
inline constexpr size_t kTypeAt = 16;     // u8
inline constexpr size_t kZeroAt = 17;     // 7 zero bytes
inline constexpr size_t kFrameHeaderBytes = 24;
static_assert(kZeroAt + 7 == kFrameHeaderBytes && kFrameHeaderBytes % kFrameAlignment == 0);

inline constexpr size_t kCutPayloadBytes = 8;
inline constexpr size_t kCutFrameBytes = kFrameHeaderBytes + kCutPayloadBytes;
inline constexpr size_t kCommitPayloadBytes = 32;  // before the zeros
inline constexpr size_t kCommitFrameBytes = kFrameHeaderBytes + kCommitPayloadBytes;
static_assert(kCutFrameBytes % kFrameAlignment == 0 && kCommitFrameBytes % kFrameAlignment == 0);

// A frame's size on disk: header, payload, padding.
constexpr uint64_t FrameBytes(uint64_t payload_bytes) {
  return AlignUp(kFrameHeaderBytes + payload_bytes, kFrameAlignment);
}
// A batch's size on disk, for so many bytes of frames before its commit frame.
constexpr uint64_t BatchBytes(uint64_t frame_bytes, uint64_t block_bytes) {
  return AlignUp(frame_bytes + kCommitFrameBytes, block_bytes);
}

// What the commit frame of a batch says.
struct Commit {
  Sequence last;                 // the last live record after this batch
  uint64_t batch_offset = 0;     // where the batch began
  uint64_t promised_offset = 0;  // all of this file below was synced before this batch was composed
  Sequence promised_sequence;    // the last live record there
  Sequence first;                // the floor: lower records are truncated
  friend bool operator==(const Commit&, const Commit&) = default;
};
void EncodeCommitPayload(const Commit& commit, uint8_t* to);  // kCommitPayloadBytes; `last` is in the frame's header
Commit DecodeCommitPayload(Sequence frame_sequence, const uint8_t* from);

// Writes a frame's header but for its checksum.
inline void EncodeFrameHeader(uint32_t length, Sequence sequence, FrameType type, uint8_t* to) {
  PutFixed32(to + kCrcAt, 0);
  PutFixed32(to + kLengthAt, length);
  PutFixed64(to + kSequenceAt, sequence.value());
  PutFixed64(to + kTypeAt, static_cast<uint8_t>(type));
}

// The checksum state after store_id, log_id and file_id: what each frame's checksum of one file starts from.
class FrameSalt {
 public:
  FrameSalt() = default;
  FrameSalt(StoreId store_id, uint64_t log_id, uint64_t file_id);
  // The checksum of the whole frame `bytes` (its first 4 bytes left out) that begins at file offset `offset`.
  uint32_t Checksum(uint64_t offset, ByteSpan frame) const {
    return ExtendCrc32c(At(offset), frame.subspan(kLengthAt));
  }
  // What it starts from there.
  uint32_t At(uint64_t offset) const { return ExtendCrc32cFixed64(state_, offset); }

 private:
  uint32_t state_ = 0;
};

// --- the header block --------------------------------------------------------------------------------
inline constexpr size_t kHeaderFixedBytes = 96;
inline constexpr size_t kHeaderChecksumBytes = 4;
// Enough of a file's start to learn header_bytes from.
inline constexpr size_t kHeaderPrefixBytes = 16;

struct FileHeader {
  StoreId store_id;
  uint64_t log_id = 0;
  uint64_t file_id = 0;
  uint32_t header_bytes = 0;  // set by EncodeHeader and DecodeHeader
  uint64_t segment_bytes = 0;
  uint32_t block_bytes = 0;
  uint32_t max_record_bytes = 0;
  Sequence base;              // the first record this file may hold
  uint64_t previous_end = 0;  // how far the previous file is live; all of that was synced before this file was made
  Sequence first;             // the floor when this file was made
  std::string note;           // the owner's
  friend bool operator==(const FileHeader&, const FileHeader&) = default;
};

constexpr uint64_t HeaderBytes(uint64_t note_bytes, uint64_t block_bytes) {
  return AlignUp(kHeaderFixedBytes + note_bytes + kHeaderChecksumBytes, block_bytes);
}
// Appends header_bytes bytes to `to`, and sets header.header_bytes.
void EncodeHeader(FileHeader& header, AlignedBuffer& to);
// How long the header is, from its first kHeaderPrefixBytes bytes. kCorruption.
absl::StatusOr<uint32_t> DecodeHeaderLength(ByteSpan prefix);
// `bytes` are the whole header. kCorruption, or kNotSupported for another version.
absl::StatusOr<FileHeader> DecodeHeader(ByteSpan bytes);

// The smallest segment that has room for header, one largest batch that also carries a cut, and the reserved blocks.
constexpr uint64_t SmallestSegment(uint64_t note_bytes, uint64_t batch_frame_bytes, uint64_t block_bytes) {
  return AlignUp(HeaderBytes(note_bytes, block_bytes) + BatchBytes(batch_frame_bytes + kCutFrameBytes, block_bytes) +
                     kReservedBlocks * block_bytes,
                 kSegmentAlignment);
}

}  // namespace tidemark::aof
