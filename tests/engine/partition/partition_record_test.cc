// Partition records and checkpoints as bytes.

#include "engine/partition/partition_record.h"

#include <string>

#include "absl/strings/escaping.h"
#include "engine/base/status.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tidemark {
namespace {

std::string Encoded(const PartitionRecordHeader& header, const std::string& payload) {
  uint8_t bytes[kPartitionRecordHeaderBytes];
  EncodePartitionRecordHeader(header, bytes);
  return std::string(AsText(ByteSpan(bytes, sizeof(bytes)))) + payload;
}
std::string Encoded(const Checkpoint& checkpoint) {
  uint8_t bytes[kCheckpointBytes];
  EncodeCheckpoint(checkpoint, bytes);
  return std::string(AsText(ByteSpan(bytes, sizeof(bytes))));
}

TEST(PartitionRecord, Golden) {
  const PartitionRecordHeader header{RaftIndex(0x0102030405060708), Term(9), RecordKind::kData};
  const std::string hex =
      "0807060504030201"
      "0900000000000000"
      "0100000000000000"
      "6461";
  EXPECT_EQ(absl::BytesToHexString(Encoded(header, "da")), hex);
  const auto view = DecodePartitionRecord(AsBytes(absl::HexStringToBytes(hex)));
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_EQ(view->header, header);
}

TEST(Checkpoint, Golden) {
  const Checkpoint checkpoint{RaftIndex(300), PartitionIndex(5), RaftIndex(258)};
  const std::string hex =
      "0100000000000000"
      "2c01000000000000"
      "0500000000000000"
      "0201000000000000";
  EXPECT_EQ(absl::BytesToHexString(Encoded(checkpoint)), hex);
  EXPECT_EQ(*DecodeCheckpoint(AsBytes(absl::HexStringToBytes(hex))), checkpoint);
}

RC_GTEST_PROP(PartitionRecord, ComesBack, (uint64_t term, std::string payload)) {
  const PartitionRecordHeader header{RaftIndex(*rc::gen::inRange<uint64_t>(1, ~uint64_t{0})), Term(term),
                                     RecordKind::kData};
  const std::string bytes = Encoded(header, payload);
  const auto view = DecodePartitionRecord(AsBytes(bytes));
  RC_ASSERT(view.ok());
  RC_ASSERT(view->header == header);
  RC_ASSERT(AsText(view->payload) == payload);
}

RC_GTEST_PROP(Checkpoint, ComesBack, (uint64_t durable, uint64_t applied)) {
  const Checkpoint checkpoint{RaftIndex(durable), PartitionIndex(*rc::gen::inRange<uint64_t>(1, ~uint64_t{0})),
                              RaftIndex(applied)};
  const auto decoded = DecodeCheckpoint(AsBytes(Encoded(checkpoint)));
  RC_ASSERT(decoded.ok());
  RC_ASSERT(*decoded == checkpoint);
}

TEST(PartitionRecord, WhatCannotBeIsCorrupt) {
  const std::string good = Encoded({RaftIndex(1), Term(1), RecordKind::kData}, "");
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(KindOf(DecodePartitionRecord(AsBytes(good.substr(0, size))).status()), ErrorKind::kCorruption) << size;
  }
  const auto with = [&](size_t at, char byte) {
    std::string bytes = good;
    bytes[at] = byte;
    return KindOf(DecodePartitionRecord(AsBytes(bytes)).status());
  };
  EXPECT_EQ(with(0, 0), ErrorKind::kCorruption) << "raft index 0";
  EXPECT_EQ(with(16, 2), ErrorKind::kCorruption) << "a control record";
  for (size_t at = 17; at < 24; ++at) EXPECT_EQ(with(at, 1), ErrorKind::kCorruption) << "spare byte " << at;
}

TEST(Checkpoint, WhatCannotBeIsRefused) {
  const std::string good = Encoded(Checkpoint());
  for (size_t size = 0; size < 40; ++size) {
    const std::string bytes = (good + std::string(8, '\0')).substr(0, size);
    EXPECT_EQ(DecodeCheckpoint(AsBytes(bytes)).ok(), size == 32) << size;
  }
  const auto with = [&](size_t at, char byte) {
    std::string bytes = good;
    bytes[at] = byte;
    return KindOf(DecodeCheckpoint(AsBytes(bytes)).status());
  };
  EXPECT_EQ(with(0, 2), ErrorKind::kNotSupported);
  EXPECT_EQ(with(4, 1), ErrorKind::kCorruption);
  EXPECT_EQ(with(16, 0), ErrorKind::kCorruption) << "next index 0";
}

}  // namespace
}  // namespace tidemark
