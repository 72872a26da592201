// Entries and head notes as bytes.

#include "engine/segmented_log/entry.h"

#include <string>

#include "absl/strings/escaping.h"
#include "engine/base/status.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tidemark {
namespace {

std::string Encoded(const EntryHeader& header, const std::string& payload) {
  uint8_t bytes[kEntryHeaderBytes];
  EncodeEntryHeader(header, bytes);
  return std::string(AsText(ByteSpan(bytes, kEntryHeaderBytes))) + payload;
}

TEST(Entry, Golden) {
  const EntryHeader header{Term(3), PartitionId(7), PartitionIndex(0x0102030405060708), RecordKind::kData};
  const std::string hex =
      "0300000000000000"
      "0700000000000000"
      "0807060504030201"
      "0100000000000000"
      "7061796c6f6164";
  EXPECT_EQ(absl::BytesToHexString(Encoded(header, "payload")), hex);
  const absl::StatusOr<EntryView> view = DecodeEntry(AsBytes(absl::HexStringToBytes(hex)));
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_EQ(view->header, header);
}

TEST(Entry, ThePromiseStandsBesideTheKind) {
  const EntryHeader header{Term(3), PartitionId(7), PartitionIndex(1), RecordKind::kData, Promise::kAtSafe};
  const std::string bytes = Encoded(header, "x");
  EXPECT_EQ(absl::BytesToHexString(bytes.substr(24, 8)), "0101000000000000");
  EXPECT_EQ(DecodeEntry(AsBytes(bytes))->header, header);
}

RC_GTEST_PROP(Entry, ComesBack, (uint64_t term, std::string payload)) {
  const bool control = *rc::gen::arbitrary<bool>();
  const EntryHeader header{
      Term(term), PartitionId(control ? 0 : *rc::gen::inRange<uint64_t>(1, ~uint64_t{0})),
      PartitionIndex(*rc::gen::inRange<uint64_t>(1, ~uint64_t{0})),
      control ? *rc::gen::element(RecordKind::kNoOp, RecordKind::kTermStarted, RecordKind::kCreatePartition)
              : RecordKind::kData,
      *rc::gen::element(Promise::kAtDurable, Promise::kAtSafe)};
  const std::string bytes = Encoded(header, payload);
  const absl::StatusOr<EntryView> view = DecodeEntry(AsBytes(bytes));
  RC_ASSERT(view.ok());
  RC_ASSERT(view->header == header);
  RC_ASSERT(AsText(view->payload) == payload);
}

TEST(Entry, WhatCannotBeIsCorrupt) {
  const std::string good = Encoded({Term(1), PartitionId(1), PartitionIndex(1), RecordKind::kData}, "");
  ASSERT_TRUE(DecodeEntry(AsBytes(good)).ok());
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(KindOf(DecodeEntry(AsBytes(good.substr(0, size))).status()), ErrorKind::kCorruption) << size;
  }
  const auto with = [&](size_t at, char byte) {
    std::string bytes = good;
    bytes[at] = byte;
    return KindOf(DecodeEntry(AsBytes(bytes)).status());
  };
  EXPECT_EQ(with(16, 0), ErrorKind::kCorruption) << "partition index 0";
  EXPECT_EQ(with(8, 0), ErrorKind::kCorruption) << "data in the system partition";
  EXPECT_EQ(with(24, 2), ErrorKind::kCorruption) << "a control record in a partition";
  EXPECT_EQ(with(24, 0), ErrorKind::kCorruption) << "no kind";
  EXPECT_EQ(with(24, 5), ErrorKind::kCorruption) << "an unknown kind";
  EXPECT_EQ(with(25, 2), ErrorKind::kCorruption) << "an unknown promise";
  for (size_t at = 26; at < 32; ++at) EXPECT_EQ(with(at, 1), ErrorKind::kCorruption) << "spare byte " << at;
}

}  // namespace
}  // namespace tidemark
