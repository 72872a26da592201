#include "engine/segmented_log/entry.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/coding.h"
#include "engine/base/status.h"

namespace tidemark {
namespace {

absl::Status Damaged(absl::string_view what) {
  return MakeError(ErrorKind::kCorruption, absl::StrCat("log record: ", what));
}

bool IsKnown(uint8_t kind) {
  return kind >= static_cast<uint8_t>(RecordKind::kData) && kind <= static_cast<uint8_t>(RecordKind::kDropPartition);
}

}  // namespace

absl::string_view RecordKindName(RecordKind kind) {
  switch (kind) {
    case RecordKind::kData: return "data";
    case RecordKind::kNoOp: return "no_op";
    case RecordKind::kTermStarted: return "term_started";
    case RecordKind::kCreatePartition: return "create_partition";
    case RecordKind::kDropPartition: return "drop_partition";
  }
  return "unknown";
}

absl::StatusOr<EntryView> DecodeEntry(ByteSpan bytes) {
  if (bytes.size() < kEntryHeaderBytes) {
    return Damaged(absl::StrCat(bytes.size(), " bytes, shorter than its header of ", kEntryHeaderBytes));
  }
  EntryView view;
  view.header.term = Term(GetFixed64(bytes.data() + entry_layout::kTermAt));
  view.header.partition = PartitionId(GetFixed64(bytes.data() + entry_layout::kPartitionAt));
  view.header.partition_index = PartitionIndex(GetFixed64(bytes.data() + entry_layout::kPartitionIndexAt));
  const uint8_t kind = bytes[entry_layout::kKindAt];
  if (!IsKnown(kind)) return Damaged(absl::StrCat("unknown kind ", kind));
  const uint8_t promise = bytes[entry_layout::kPromiseAt];
  if (promise > static_cast<uint8_t>(Promise::kAtSafe)) return Damaged(absl::StrCat("unknown promise ", promise));
  if (GetFixed64(bytes.data() + entry_layout::kKindAt) >> (8 * (entry_layout::kZerosAt - entry_layout::kKindAt)) != 0) {
    return Damaged(absl::StrCat("bytes ", entry_layout::kZerosAt, " to ", kEntryHeaderBytes - 1, " are not all zero"));
  }
  view.header.kind = static_cast<RecordKind>(kind);
  view.header.promise = static_cast<Promise>(promise);
  if (view.header.term == Term::Max()) return Damaged("a term after which none can come");
  if (view.header.partition_index == PartitionIndex(0)) return Damaged("partition index 0");
  const bool is_control = view.header.partition == kSystemPartition;
  if (is_control == (view.header.kind == RecordKind::kData)) {
    return Damaged(
        absl::StrCat("kind ", RecordKindName(view.header.kind), " in partition ", view.header.partition.value()));
  }
  view.payload = bytes.subspan(kEntryHeaderBytes);
  return view;
}

}  // namespace tidemark
