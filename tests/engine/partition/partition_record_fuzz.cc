// Any bytes as a partition record and as a checkpoint: refused, or exactly what the writer would have written.

#include "engine/base/check.h"
#include "engine/partition/partition_record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  const ByteSpan bytes(data, size);
  if (const auto record = DecodePartitionRecord(bytes); record.ok()) {
    uint8_t header[kPartitionRecordHeaderBytes];
    EncodePartitionRecordHeader(record->header, header);
    CHECK(AsText(ByteSpan(header, sizeof(header))) == AsText(bytes.subspan(0, sizeof(header))));
    CHECK_EQ(record->payload.size(), size - kPartitionRecordHeaderBytes);
  }
  if (const auto checkpoint = DecodeCheckpoint(bytes); checkpoint.ok()) {
    uint8_t again[kCheckpointBytes];
    EncodeCheckpoint(*checkpoint, again);
    CHECK(AsText(ByteSpan(again, sizeof(again))) == AsText(bytes));
  }
  return 0;
}
