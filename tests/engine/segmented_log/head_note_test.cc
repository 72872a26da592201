#include "engine/segmented_log/head_note.h"

#include "absl/strings/escaping.h"
#include "engine/base/coding.h"
#include "engine/base/status.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tidemark {
namespace {

const HeadNote kNote{Term(9), NodeId(2), {{PartitionId(0), PartitionIndex(4)}, {PartitionId(7), PartitionIndex(258)}}};

TEST(HeadNote, Golden) {
  const std::string hex =
      "01000000"
      "02000000"
      "0900000000000000"
      "0200000000000000"
      "00000000000000000400000000000000"
      "07000000000000000201000000000000";
  EXPECT_EQ(absl::BytesToHexString(EncodeHeadNote(kNote)), hex);
  EXPECT_EQ(*DecodeHeadNote(AsBytes(absl::HexStringToBytes(hex))), kNote);
}

RC_GTEST_PROP(HeadNote, ComesBack, (uint64_t term, uint64_t vote)) {
  HeadNote note{Term(term), NodeId(vote), {}};
  uint64_t partition = *rc::gen::inRange<uint64_t>(0, 3);
  const int entries = *rc::gen::inRange(0, 40);
  for (int i = 0; i < entries; ++i) {
    note.roster.push_back({PartitionId(partition), PartitionIndex(*rc::gen::inRange<uint64_t>(1, ~uint64_t{0}))});
    partition += *rc::gen::inRange<uint64_t>(1, 1000);
  }
  const absl::StatusOr<HeadNote> decoded = DecodeHeadNote(AsBytes(EncodeHeadNote(note)));
  RC_ASSERT(decoded.ok());
  RC_ASSERT(*decoded == note);
}

TEST(HeadNote, WhatCannotBeIsRefused) {
  const std::string good = EncodeHeadNote(kNote);
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(KindOf(DecodeHeadNote(AsBytes(good.substr(0, size))).status()), ErrorKind::kCorruption) << size;
  }
  EXPECT_EQ(KindOf(DecodeHeadNote(AsBytes(good + "x")).status()), ErrorKind::kCorruption);
  const auto with = [&](size_t at, uint64_t value, bool wide) {
    std::string bytes = good;
    uint8_t* to = reinterpret_cast<uint8_t*>(&bytes[at]);
    wide ? PutFixed64(to, value) : PutFixed32(to, static_cast<uint32_t>(value));
    return KindOf(DecodeHeadNote(AsBytes(bytes)).status());
  };
  EXPECT_EQ(with(0, 2, false), ErrorKind::kNotSupported);
  EXPECT_EQ(with(4, 0xFFFFFFFF, false), ErrorKind::kCorruption) << "entries beyond the bytes";
  EXPECT_EQ(with(40, 0, true), ErrorKind::kCorruption) << "a partition twice";
  EXPECT_EQ(with(32, 0, true), ErrorKind::kCorruption) << "next index 0";
}

}  // namespace
}  // namespace tidemark
