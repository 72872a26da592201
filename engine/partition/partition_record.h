#pragma once

// The bytes of a partition file's records and checkpoints (docs/formats/partition_log.md).

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/segmented_log/entry.h"

namespace tidemark {

// One record of a partition's file. The partition index is its sequence number in the AOF.
struct PartitionRecordHeader {
  RaftIndex raft_index;
  Term term;
  RecordKind kind = RecordKind::kData;
  friend bool operator==(const PartitionRecordHeader&, const PartitionRecordHeader&) = default;
};

struct PartitionRecordView {
  PartitionRecordHeader header;
  ByteSpan payload;  // points into the bytes that were decoded
};

// raft_index u64 | term u64 | kind u8 | 7 zero, little-endian, then the payload.
inline constexpr size_t kPartitionRecordHeaderBytes = 24;
void EncodePartitionRecordHeader(const PartitionRecordHeader& header, uint8_t to[kPartitionRecordHeaderBytes]);
// kCorruption saying which field is wrong. Allocates nothing.
absl::StatusOr<PartitionRecordView> DecodePartitionRecord(ByteSpan bytes);

// What a partition's file says of itself, now and then: proof of how far it once was.
struct Checkpoint {
  RaftIndex durable;             // the last record known durable in the file when this was written
  PartitionIndex next_index{1};  // the partition index after it
  RaftIndex applied;             // what the state machine had completed
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// version u32 | zero u32 | durable u64 | next_index u64 | applied u64. Little-endian.
inline constexpr size_t kCheckpointBytes = 32;
void EncodeCheckpoint(const Checkpoint& checkpoint, uint8_t to[kCheckpointBytes]);
// kCorruption, or kNotSupported for a newer version.
absl::StatusOr<Checkpoint> DecodeCheckpoint(ByteSpan bytes);

}  // namespace tidemark
