#include "engine/aof/options.h"

#include "absl/strings/str_cat.h"
#include "engine/aof/format.h"
#include "engine/base/bytes.h"
#include "engine/base/status.h"

namespace tidemark::aof {
namespace {

// 32 GiB of memory.
constexpr uint64_t kMaxKnownRecords = uint64_t{1} << 32;

absl::Status Refuse(absl::string_view field, uint64_t value, absl::string_view what_would_do) {
  return MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
                   absl::StrCat("aof option ", field, " = ", value, ": must be ", what_would_do));
}

}  // namespace

absl::Status Options::Validate() const {
  if (directory.empty()) {
    return MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
                     "aof option directory: must not be empty");
  }
  if (block_bytes != 512 && block_bytes != 4096) return Refuse("block_bytes", block_bytes, "512 or 4096");
  if (max_record_bytes < 1 || max_record_bytes > kMaxRecordBytes) {
    return Refuse("max_record_bytes", max_record_bytes, absl::StrCat("from 1 to ", kMaxRecordBytes));
  }
  if (max_batch_bytes < FrameBytes(max_record_bytes) || max_batch_bytes > kMaxBatchBytes) {
    return Refuse("max_batch_bytes", max_batch_bytes,
                  absl::StrCat("from ", FrameBytes(max_record_bytes), " (one largest record) to ", kMaxBatchBytes));
  }
  if (max_head_note_bytes > kMaxHeadNoteBytes) {
    return Refuse("max_head_note_bytes", max_head_note_bytes, absl::StrCat("at most ", kMaxHeadNoteBytes));
  }
  const uint64_t least = SmallestSegment(max_head_note_bytes, max_batch_bytes, block_bytes);
  if (segment_bytes < least || segment_bytes > kMaxSegmentBytes || !IsAligned(segment_bytes, kSegmentAlignment)) {
    return Refuse("segment_bytes", segment_bytes,
                  absl::StrCat("a multiple of ", kSegmentAlignment, " from ", least,
                               " (header, one largest batch, head-room) to ", kMaxSegmentBytes));
  }
  const uint64_t least_first = SmallestSegment(max_head_note_bytes, 0, block_bytes);
  if (first_segment_bytes != 0 && (first_segment_bytes < least_first || first_segment_bytes > segment_bytes ||
                                   !IsAligned(first_segment_bytes, kSegmentAlignment))) {
    return Refuse("first_segment_bytes", first_segment_bytes,
                  absl::StrCat("0, or a multiple of ", kSegmentAlignment, " from ", least_first,
                               " (header, head-room) to segment_bytes = ", segment_bytes));
  }
  if (max_known_records > kMaxKnownRecords) {
    return Refuse("max_known_records", max_known_records, absl::StrCat("at most ", kMaxKnownRecords));
  }
  if (flush_delay < Duration()) {
    return MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
                     absl::StrCat("aof option flush_delay = ", flush_delay.ToString(), ": must not be negative"));
  }
  if (full_retry <= Duration()) {
    return MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
                     absl::StrCat("aof option full_retry = ", full_retry.ToString(), ": must be above 0"));
  }
  return absl::OkStatus();
}

}  // namespace tidemark::aof
