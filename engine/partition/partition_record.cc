#include "engine/partition/partition_record.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/base/coding.h"
#include "engine/base/status.h"

namespace tidemark {
namespace {

constexpr size_t kRaftIndexAt = 0;
constexpr size_t kTermAt = 8;
constexpr size_t kKindAt = 16;
constexpr size_t kZerosAt = 17;
static_assert(kZerosAt + 7 == kPartitionRecordHeaderBytes);
constexpr uint32_t kCheckpointVersion = 1;

absl::Status Damaged(absl::string_view what) {
  return MakeError(ErrorKind::kCorruption, absl::StrCat("partition record: ", what));
}

}  // namespace

void EncodePartitionRecordHeader(const PartitionRecordHeader& header, uint8_t to[kPartitionRecordHeaderBytes]) {
  PutFixed64(to + kRaftIndexAt, header.raft_index.value());
  PutFixed64(to + kTermAt, header.term.value());
  PutFixed64(to + kKindAt, static_cast<uint8_t>(header.kind));  // the kind, then the seven zeros
}

absl::StatusOr<PartitionRecordView> DecodePartitionRecord(ByteSpan bytes) {
  if (bytes.size() < kPartitionRecordHeaderBytes) {
    return Damaged(absl::StrCat(bytes.size(), " bytes, shorter than its header of ", kPartitionRecordHeaderBytes));
  }
  PartitionRecordView view;
  view.header.raft_index = RaftIndex(GetFixed64(bytes.data() + kRaftIndexAt));
  view.header.term = Term(GetFixed64(bytes.data() + kTermAt));
  if (view.header.raft_index == RaftIndex(0)) return Damaged("raft index 0");
  const uint8_t kind = bytes[kKindAt];
  if (kind != static_cast<uint8_t>(RecordKind::kData)) return Damaged(absl::StrCat("kind ", kind, ", not data"));
  for (size_t i = kZerosAt; i < kPartitionRecordHeaderBytes; ++i) {
    if (bytes[i] != 0) return Damaged(absl::StrCat("byte ", i, " is ", bytes[i], ", not zero"));
  }
  view.header.kind = RecordKind::kData;
  view.payload = bytes.subspan(kPartitionRecordHeaderBytes);
  return view;
}

void EncodeCheckpoint(const Checkpoint& checkpoint, uint8_t to[kCheckpointBytes]) {
  PutFixed32(to, kCheckpointVersion);
  PutFixed32(to + 4, 0);
  PutFixed64(to + 8, checkpoint.durable.value());
  PutFixed64(to + 16, checkpoint.next_index.value());
  PutFixed64(to + 24, checkpoint.applied.value());
}

absl::StatusOr<Checkpoint> DecodeCheckpoint(ByteSpan bytes) {
  if (bytes.size() != kCheckpointBytes) {
    return MakeError(ErrorKind::kCorruption,
                     absl::StrCat("checkpoint: ", bytes.size(), " bytes, not ", kCheckpointBytes));
  }
  const uint32_t version = GetFixed32(bytes.data());
  if (version != kCheckpointVersion) {
    return MakeError(ErrorKind::kNotSupported,
                     absl::StrCat("checkpoint: version ", version, "; this program knows ", kCheckpointVersion));
  }
  if (GetFixed32(bytes.data() + 4) != 0)
    return MakeError(ErrorKind::kCorruption, "checkpoint: bytes 4..8 are not zero");
  Checkpoint checkpoint;
  checkpoint.durable = RaftIndex(GetFixed64(bytes.data() + 8));
  checkpoint.next_index = PartitionIndex(GetFixed64(bytes.data() + 16));
  checkpoint.applied = RaftIndex(GetFixed64(bytes.data() + 24));
  if (checkpoint.next_index == PartitionIndex(0)) return MakeError(ErrorKind::kCorruption, "checkpoint: next index 0");
  return checkpoint;
}

}  // namespace tidemark
