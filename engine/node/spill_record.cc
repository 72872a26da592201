#include "engine/node/spill_record.h"

#include "absl/strings/str_cat.h"
#include "engine/base/coding.h"
#include "engine/base/status.h"

namespace tidemark {

void EncodeSpillRecordHeader(RaftIndex raft_index, const EntryHeader& header, uint8_t to[kSpillRecordHeaderBytes]) {
  PutFixed64(to, raft_index.value());
  EncodeEntryHeader(header, to + 8);
}

absl::StatusOr<SpillRecordView> DecodeSpillRecord(ByteSpan bytes) {
  if (bytes.size() < kSpillRecordHeaderBytes) {
    return MakeError(ErrorKind::kCorruption, absl::StrCat("a spilled record of ", bytes.size(), " bytes; it has ",
                                                          kSpillRecordHeaderBytes, " or more"));
  }
  const RaftIndex raft_index(GetFixed64(bytes.data()));
  absl::StatusOr<EntryView> entry = DecodeEntry(bytes.subspan(8));
  if (!entry.ok()) return Annotate(entry.status(), absl::StrCat("spilled ", raft_index.ToString()));
  if (raft_index == RaftIndex(0) || entry->header.partition == kSystemPartition ||
      entry->header.kind != RecordKind::kData) {
    return MakeError(
        ErrorKind::kCorruption,
        absl::StrCat("spilled ", raft_index.ToString(), " is a ", std::string(RecordKindName(entry->header.kind)),
                     " record of ", entry->header.partition.ToString(), ", which nobody spills"));
  }
  return SpillRecordView{raft_index, *entry};
}

}  // namespace tidemark
