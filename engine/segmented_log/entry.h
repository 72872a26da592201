#pragma once

// One record of the segmented log, and its bytes (docs/formats/segmented_log.md).

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/base/bytes.h"
#include "engine/base/coding.h"
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
namespace entry_layout {
inline constexpr size_t kTermAt = 0;
inline constexpr size_t kPartitionAt = 8;
inline constexpr size_t kPartitionIndexAt = 16;
inline constexpr size_t kKindAt = 24;
inline constexpr size_t kPromiseAt = 25;
inline constexpr size_t kZerosAt = 26;
static_assert(kZerosAt + 6 == kEntryHeaderBytes);
}  // namespace entry_layout

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

inline void EncodeEntryHeader(const EntryHeader& header, uint8_t to[kEntryHeaderBytes]) {
  PutFixed64(to + entry_layout::kTermAt, header.term.value());
  PutFixed64(to + entry_layout::kPartitionAt, header.partition.value());
  PutFixed64(to + entry_layout::kPartitionIndexAt, header.partition_index.value());
  PutFixed64(to + entry_layout::kKindAt, static_cast<uint8_t>(header.kind));  // the kind, then zeros
  to[entry_layout::kPromiseAt] = static_cast<uint8_t>(header.promise);
}
// kCorruption saying which field is wrong. Allocates nothing.
absl::StatusOr<EntryView> DecodeEntry(ByteSpan bytes);

}  // namespace tidemark
