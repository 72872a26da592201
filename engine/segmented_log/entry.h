#pragma once

// One record of the segmented log, and its bytes (docs/formats/segmented_log.md).

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"

namespace tidemark {

// What a record is. Values are on disk: never renumber.
enum class RecordKind : uint8_t {
  kData = 1,             // a client's record
  kNoOp = 2,             // takes an index, means nothing
  kTermStarted = 3,      // the first record of its term (system partition)
  kCreatePartition = 4,  // payload: partition id as u64 (system partition)
  kDropPartition = 5,    // likewise
};
absl::string_view RecordKindName(RecordKind kind);

// When a record is acknowledged, and so whether recovery may drop it: it says so itself, whatever the store is opened
// with later. Values are on disk: never renumber.
enum class Promise : uint8_t {
  kAtDurable = 0,  // once it is durable in the log: every recovery keeps it
  kAtSafe = 1,     // once it is `safe`: a recovery that rolls back may drop it before that
};

// All of a record but its payload.
struct EntryHeader {
  Term term;
  PartitionId partition;
  PartitionIndex partition_index;
  RecordKind kind = RecordKind::kData;
  Promise promise = Promise::kAtDurable;
  friend bool operator==(const EntryHeader&, const EntryHeader&) = default;
};

// term u64 | partition u64 | partition_index u64 | kind u8 | promise u8 | 6 zero, little-endian, then the payload.
inline constexpr size_t kEntryHeaderBytes = 32;

struct Entry {
  RaftIndex raft_index;
  EntryHeader header;
  std::string payload;
  friend bool operator==(const Entry&, const Entry&) = default;
};

// A record on its way into the log; `payload` is the caller's.
struct NewEntry {
  EntryHeader header;
  ByteSpan payload;
};

// A view of an encoded entry; `payload` points into the bytes that were decoded.
struct EntryView {
  EntryHeader header;
  ByteSpan payload;
};

void EncodeEntryHeader(const EntryHeader& header, uint8_t to[kEntryHeaderBytes]);
// kCorruption saying which field is wrong. Allocates nothing.
absl::StatusOr<EntryView> DecodeEntry(ByteSpan bytes);

}  // namespace tidemark
