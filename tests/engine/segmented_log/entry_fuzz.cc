// Any bytes as an entry and as a head note: refused, or exactly what the writer would have written.

#include <string>

#include "engine/base/check.h"
#include "engine/segmented_log/entry.h"
#include "engine/segmented_log/head_note.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  const ByteSpan bytes(data, size);
  if (const absl::StatusOr<EntryView> entry = DecodeEntry(bytes); entry.ok()) {
    uint8_t header[kEntryHeaderBytes];
    EncodeEntryHeader(entry->header, header);
    CHECK(AsText(ByteSpan(header, kEntryHeaderBytes)) == AsText(bytes.subspan(0, kEntryHeaderBytes)));
    CHECK_EQ(entry->payload.size(), size - kEntryHeaderBytes);
  }
  if (const absl::StatusOr<HeadNote> note = DecodeHeadNote(bytes); note.ok()) {
    CHECK(EncodeHeadNote(*note) == AsText(bytes));
  }
  return 0;
}
