#pragma once

// The bytes of the spill's records (docs/formats/spill.md): a record of the segmented log, with its place there.

#include "absl/status/statusor.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/segmented_log/entry.h"

namespace tidemark {

struct SpillRecordView {
  RaftIndex raft_index;
  EntryView entry;  // its payload points into the bytes that were decoded
};

// raft_index u64, little-endian, then the entry as the segmented log encodes it.
inline constexpr size_t kSpillRecordHeaderBytes = 8 + kEntryHeaderBytes;
void EncodeSpillRecordHeader(RaftIndex raft_index, const EntryHeader& header, uint8_t to[kSpillRecordHeaderBytes]);
// kCorruption saying which field is wrong. Allocates nothing.
absl::StatusOr<SpillRecordView> DecodeSpillRecord(ByteSpan bytes);

}  // namespace tidemark
