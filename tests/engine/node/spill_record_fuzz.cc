// Any bytes as a record of the spill: refused, or exactly what the writer would have written.

#include "engine/base/check.h"
#include "engine/node/spill_record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  const ByteSpan bytes(data, size);
  const auto record = DecodeSpillRecord(bytes);
  if (!record.ok()) return 0;
  uint8_t header[kSpillRecordHeaderBytes];
  EncodeSpillRecordHeader(record->raft_index, record->entry.header, header);
  CHECK(AsText(ByteSpan(header, sizeof(header))) == AsText(bytes.subspan(0, sizeof(header))));
  CHECK_EQ(record->entry.payload.size(), size - kSpillRecordHeaderBytes);
  return 0;
}
