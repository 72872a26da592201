#include "engine/aof/format.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"

namespace tidemark::aof {
namespace {

constexpr char kMagic[] = "TIDEAOF1";
constexpr size_t kMagicBytes = 8;

// Offsets in the header.
constexpr size_t kVersionAt = 8;
constexpr size_t kHeaderBytesAt = 12;
constexpr size_t kStoreIdAt = 16;
constexpr size_t kLogIdAt = 32;
constexpr size_t kFileIdAt = 40;
constexpr size_t kSegmentBytesAt = 48;
constexpr size_t kBlockBytesAt = 56;
constexpr size_t kMaxRecordBytesAt = 60;
constexpr size_t kBaseAt = 64;
constexpr size_t kPreviousEndAt = 72;
constexpr size_t kFirstAt = 80;
constexpr size_t kNoteBytesAt = 88;
constexpr size_t kHeaderZeroAt = 92;
static_assert(kHeaderZeroAt + 4 == kHeaderFixedBytes);
static_assert(kHeaderBytesAt + 4 <= kHeaderPrefixBytes);
static_assert(HeaderBytes(kMaxHeadNoteBytes, 4096) <= kMaxHeaderBytes);

// Offsets in the commit frame's payload.
constexpr size_t kBatchOffsetAt = 0;
constexpr size_t kPromisedOffsetAt = 8;
constexpr size_t kPromisedSequenceAt = 16;
constexpr size_t kFloorAt = 24;
static_assert(kFloorAt + 8 == kCommitPayloadBytes);

absl::Status Corrupt(absl::string_view what) { return MakeError(ErrorKind::kCorruption, what); }

bool AllZero(ByteSpan bytes) {
  for (uint8_t byte : bytes) {
    if (byte != 0) return false;
  }
  return true;
}

}  // namespace

void EncodeCommitPayload(const Commit& commit, uint8_t* to) {
  PutFixed64(to + kBatchOffsetAt, commit.batch_offset);
  PutFixed64(to + kPromisedOffsetAt, commit.promised_offset);
  PutFixed64(to + kPromisedSequenceAt, commit.promised_sequence.value());
  PutFixed64(to + kFloorAt, commit.first.value());
}

Commit DecodeCommitPayload(Sequence frame_sequence, const uint8_t* from) {
  Commit commit;
  commit.last = frame_sequence;
  commit.batch_offset = GetFixed64(from + kBatchOffsetAt);
  commit.promised_offset = GetFixed64(from + kPromisedOffsetAt);
  commit.promised_sequence = Sequence(GetFixed64(from + kPromisedSequenceAt));
  commit.first = Sequence(GetFixed64(from + kFloorAt));
  return commit;
}

FrameSalt::FrameSalt(StoreId store_id, uint64_t log_id, uint64_t file_id) {
  uint8_t salt[32];
  PutFixed64(salt + 0, store_id.high);
  PutFixed64(salt + 8, store_id.low);
  PutFixed64(salt + 16, log_id);
  PutFixed64(salt + 24, file_id);
  state_ = Crc32c(ByteSpan(salt, sizeof(salt)));
}

void EncodeHeader(FileHeader& header, AlignedBuffer& to) {
  header.header_bytes = static_cast<uint32_t>(HeaderBytes(header.note.size(), header.block_bytes));
  CHECK_LE(header.note.size(), kMaxHeadNoteBytes);
  CHECK_LE(header.header_bytes, header.segment_bytes);
  const size_t start = to.size();
  to.Resize(start + header.header_bytes);
  uint8_t* at = to.data() + start;
  std::memcpy(at, kMagic, kMagicBytes);
  PutFixed32(at + kVersionAt, kFormatVersion);
  PutFixed32(at + kHeaderBytesAt, header.header_bytes);
  PutFixed64(at + kStoreIdAt, header.store_id.high);
  PutFixed64(at + kStoreIdAt + 8, header.store_id.low);
  PutFixed64(at + kLogIdAt, header.log_id);
  PutFixed64(at + kFileIdAt, header.file_id);
  PutFixed64(at + kSegmentBytesAt, header.segment_bytes);
  PutFixed32(at + kBlockBytesAt, header.block_bytes);
  PutFixed32(at + kMaxRecordBytesAt, header.max_record_bytes);
  PutFixed64(at + kBaseAt, header.base.value());
  PutFixed64(at + kPreviousEndAt, header.previous_end);
  PutFixed64(at + kFirstAt, header.first.value());
  PutFixed32(at + kNoteBytesAt, static_cast<uint32_t>(header.note.size()));
  std::memcpy(at + kHeaderFixedBytes, header.note.data(), header.note.size());
  const size_t covered = header.header_bytes - kHeaderChecksumBytes;
  PutFixed32(at + covered, Crc32c(ByteSpan(at, covered)));
}

absl::StatusOr<uint32_t> DecodeHeaderLength(ByteSpan prefix) {
  if (prefix.size() < kHeaderPrefixBytes) {
    return Corrupt(absl::StrCat("the file ends after ", prefix.size(), " bytes, inside its header"));
  }
  if (std::memcmp(prefix.data(), kMagic, kMagicBytes) != 0) return Corrupt("the header does not begin with TIDEAOF1");
  const uint32_t header_bytes = GetFixed32(prefix.data() + kHeaderBytesAt);
  if (header_bytes < 512 || header_bytes > kMaxHeaderBytes || !IsAligned(header_bytes, 512)) {
    return Corrupt(absl::StrCat("header_bytes is ", header_bytes, ", not a multiple of 512 up to ", kMaxHeaderBytes));
  }
  return header_bytes;
}

absl::StatusOr<FileHeader> DecodeHeader(ByteSpan bytes) {
  ASSIGN_OR_RETURN(const uint32_t header_bytes, DecodeHeaderLength(bytes));
  if (bytes.size() < header_bytes) {
    return Corrupt(absl::StrCat("the file ends after ", bytes.size(), " bytes, inside its header of ", header_bytes));
  }
  const uint8_t* at = bytes.data();
  const size_t covered = header_bytes - kHeaderChecksumBytes;
  const uint32_t stored = GetFixed32(at + covered);
  const uint32_t computed = Crc32c(ByteSpan(at, covered));
  if (stored != computed) {
    return Corrupt(absl::StrCat("the header's checksum is ", stored, ", its bytes give ", computed));
  }
  if (const uint32_t version = GetFixed32(at + kVersionAt); version != kFormatVersion) {
    return MakeError(ErrorKind::kNotSupported, absl::StrCat("format version ", version, "; this program reads version ",
                                                            kFormatVersion, " only: use a newer one"));
  }
  FileHeader header;
  header.header_bytes = header_bytes;
  header.store_id.high = GetFixed64(at + kStoreIdAt);
  header.store_id.low = GetFixed64(at + kStoreIdAt + 8);
  header.log_id = GetFixed64(at + kLogIdAt);
  header.file_id = GetFixed64(at + kFileIdAt);
  header.segment_bytes = GetFixed64(at + kSegmentBytesAt);
  header.block_bytes = GetFixed32(at + kBlockBytesAt);
  header.max_record_bytes = GetFixed32(at + kMaxRecordBytesAt);
  header.base = Sequence(GetFixed64(at + kBaseAt));
  header.previous_end = GetFixed64(at + kPreviousEndAt);
  header.first = Sequence(GetFixed64(at + kFirstAt));
  const uint64_t note_bytes = GetFixed32(at + kNoteBytesAt);
  const bool sizes_hold = (header.block_bytes == 512 || header.block_bytes == 4096) &&
                          header.max_record_bytes <= kMaxRecordBytes && header.segment_bytes <= kMaxSegmentBytes &&
                          IsAligned(header.segment_bytes, kSegmentAlignment) && note_bytes <= kMaxHeadNoteBytes &&
                          header_bytes == HeaderBytes(note_bytes, header.block_bytes) &&
                          header_bytes <= header.segment_bytes;
  if (!sizes_hold || header.base.value() == 0 || header.first.value() == 0 || header.first > header.base) {
    return Corrupt(absl::StrCat("the header's checksum holds but its numbers do not: segment ", header.segment_bytes,
                                ", block ", header.block_bytes, ", header ", header_bytes, ", note ", note_bytes,
                                ", base ", header.base.value(), ", first ", header.first.value()));
  }
  if (!AllZero(ByteSpan(at + kHeaderZeroAt, 4)) ||
      !AllZero(ByteSpan(at + kHeaderFixedBytes + note_bytes, covered - kHeaderFixedBytes - note_bytes))) {
    return Corrupt("the header's checksum holds but its spare bytes are not zero");
  }
  header.note.assign(reinterpret_cast<const char*>(at + kHeaderFixedBytes), note_bytes);
  return header;
}

}  // namespace tidemark::aof
