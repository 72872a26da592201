#include "engine/segmented_log/log_pack.h"

#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/base/coding.h"
#include "engine/base/crc32c.h"
#include "engine/base/status.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tidemark {
namespace {

constexpr StoreId kStore{.high = 0x0102030405060708, .low = 9};

std::string SmallPack() {
  LogPackBuilder builder(kStore, RaftIndex(7),
                         {.term = Term(2), .vote = NodeId(0), .roster = {{PartitionId(3), PartitionIndex(5)}}});
  builder.Add({Term(2), PartitionId(3), PartitionIndex(5), RecordKind::kData}, AsBytes("five"));
  builder.Add({Term(4), kSystemPartition, PartitionIndex(1), RecordKind::kTermStarted}, AsBytes(""));
  return builder.Finish();
}
ErrorKind FaultOf(const std::string& bytes) { return tidemark::KindOf(DecodeLogPack(AsBytes(bytes)).status()); }
// Makes the checksums hold again.
std::string Resealed(std::string bytes) {
  uint8_t* const at = reinterpret_cast<uint8_t*>(&bytes[0]);
  PutFixed32(at + 76, Crc32c(AsBytes(bytes).subspan(0, 76)));
  PutFixed32(at + bytes.size() - 4, Crc32c(AsBytes(bytes).subspan(0, bytes.size() - 4)));
  return bytes;
}

TEST(LogPack, TellsWhatWentIn) {
  const std::string bytes = SmallPack();
  const absl::StatusOr<LogPack> pack = DecodeLogPack(AsBytes(bytes));
  ASSERT_TRUE(pack.ok()) << pack.status();
  EXPECT_EQ(pack->store_id, kStore);
  EXPECT_EQ(pack->first, RaftIndex(7));
  EXPECT_EQ(pack->last, RaftIndex(8));
  EXPECT_EQ(pack->first_term, Term(2));
  EXPECT_EQ(pack->last_term, Term(4));
  EXPECT_EQ(pack->before.roster, (std::vector<RosterEntry>{{PartitionId(3), PartitionIndex(5)}}));
  std::vector<std::string> payloads;
  pack->ForEach([&](RaftIndex index, const EntryView& entry) {
    payloads.push_back(index.ToString() + " " + std::string(AsText(entry.payload)));
  });
  EXPECT_EQ(payloads, (std::vector<std::string>{"r7 five", "r8 "}));
}

// docs/formats/log_pack.md, byte by byte.
TEST(LogPack, HasTheDocumentedBytes) {
  const std::string bytes = SmallPack();
  const uint8_t* const at = AsBytes(bytes).data();
  EXPECT_EQ(bytes.substr(0, 8), "TIDEPCK1");
  EXPECT_EQ(GetFixed32(at + 8), 1u);
  EXPECT_EQ(GetFixed32(at + 12), 24u + 16u);
  EXPECT_EQ(GetFixed64(at + 16), kStore.high);
  EXPECT_EQ(GetFixed64(at + 24), kStore.low);
  EXPECT_EQ(GetFixed64(at + 32), 7u);
  EXPECT_EQ(GetFixed64(at + 40), 8u);
  EXPECT_EQ(GetFixed64(at + 48), 2u);
  EXPECT_EQ(GetFixed64(at + 56), 4u);
  EXPECT_EQ(GetFixed64(at + 64), (4u + 32u + 4u) + (4u + 32u));
  EXPECT_EQ(GetFixed32(at + 72), 0u);
  EXPECT_EQ(GetFixed32(at + 80 + 40), 32u + 4u);
  EXPECT_EQ(bytes.size(), 80u + 40u + 76u + 4u);
}

TEST(LogPack, EveryFlippedBitIsNoticed) {
  const std::string bytes = SmallPack();
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_FALSE(DecodeLogPack(AsBytes(damaged)).ok()) << bit;
  }
}

TEST(LogPack, EveryShorterOrLongerOneIsNoticed) {
  const std::string bytes = SmallPack();
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(FaultOf(bytes.substr(0, size)), ErrorKind::kCorruption) << size;
  EXPECT_EQ(FaultOf(bytes + '\0'), ErrorKind::kCorruption);
}

// Checksums hold, but a number is not what it can be: no size is believed.
TEST(LogPack, NumbersThatCannotBeAreRefused) {
  struct Case {
    size_t at;
    uint64_t value;
    ErrorKind kind;
  };
  const Case cases[] = {
      {8, 2, ErrorKind::kNotSupported},
      {12, ~uint32_t{0}, ErrorKind::kCorruption},  // the note's length
      {12, 24, ErrorKind::kCorruption},
      {32, 0, ErrorKind::kCorruption},  // first
      {32, 6, ErrorKind::kCorruption},  // more records than there are
      {32, 8, ErrorKind::kCorruption},  // fewer
      {40, 6, ErrorKind::kCorruption},  // last below first
      {40, ~uint64_t{0}, ErrorKind::kCorruption},
      {48, 3, ErrorKind::kCorruption},  // terms
      {56, 2, ErrorKind::kCorruption},
      {64, ~uint64_t{0}, ErrorKind::kCorruption},     // the entries' length
      {72, 1, ErrorKind::kCorruption},                // zero
      {80 + 8, 3, ErrorKind::kCorruption},            // the term before is above the first one
      {80 + 16, 1, ErrorKind::kCorruption},           // a vote
      {80 + 40, 35, ErrorKind::kCorruption},          // an entry's length
      {80 + 40 + 4 + 24, 9, ErrorKind::kCorruption},  // an entry's kind
      {80 + 40 + 40 + 4, 1, ErrorKind::kCorruption},  // the second entry's term below the first one's
  };
  for (const Case& c : cases) {
    std::string bytes = SmallPack();
    uint8_t* const at = reinterpret_cast<uint8_t*>(&bytes[0]) + c.at;
    if (c.at == 8 || c.at == 12 || c.at == 72 || c.at == 80 + 40) {
      PutFixed32(at, static_cast<uint32_t>(c.value));
    } else {
      PutFixed64(at, c.value);
    }
    EXPECT_EQ(FaultOf(Resealed(bytes)), c.kind) << "offset " << c.at << " value " << c.value;
  }
  EXPECT_EQ(FaultOf(Resealed(SmallPack())), ErrorKind::kNone);
}

RC_GTEST_PROP(LogPack, HasOneEncoding,
              (uint64_t first, std::vector<std::tuple<uint8_t, uint8_t, std::string>> entries)) {
  RC_PRE(!entries.empty());
  first = 1 + first % 1'000'000'000;
  HeadNote before{.term = Term(1), .vote = NodeId(0), .roster = {}};
  std::map<uint64_t, PartitionIndex> next;
  for (uint64_t p = 1; p <= first % 5; ++p) {
    before.roster.push_back({PartitionId(p), PartitionIndex(p)});
    next[p] = PartitionIndex(p);
  }
  next[0] = PartitionIndex(1);
  LogPackBuilder builder(kStore, RaftIndex(first), before);
  uint64_t term = 1;
  for (const auto& [step, drawn, payload] : entries) {
    term += step % 3;
    const uint64_t partition = drawn % next.size();
    const RecordKind kind = partition == 0 ? RecordKind::kNoOp : RecordKind::kData;
    const uint64_t expected = builder.BytesWith(payload.size());
    PartitionIndex& index = next[partition];
    builder.Add({Term(term), PartitionId(partition), std::exchange(index, index.Next()), kind}, AsBytes(payload));
    RC_ASSERT(builder.BytesWith(0) == expected + 36);
  }
  const std::string bytes = builder.Finish();
  const absl::StatusOr<LogPack> pack = DecodeLogPack(AsBytes(bytes));
  RC_ASSERT(pack.ok());
  RC_ASSERT(pack->count() == entries.size());
  LogPackBuilder again(pack->store_id, pack->first, pack->before);
  size_t at = 0;
  pack->ForEach([&](RaftIndex index, const EntryView& entry) {
    RC_ASSERT(index == RaftIndex(first + at));
    RC_ASSERT(AsText(entry.payload) == std::get<2>(entries[at++]));
    again.Add(entry.header, entry.payload);
  });
  RC_ASSERT(again.Finish() == bytes);
}

// It has right checksums, and would not open again.
TEST(LogPack, WhatCannotFollowIsRefused) {
  const struct {
    EntryHeader header;
    std::string payload;
    absl::string_view what;
  } cases[] = {
      {{Term(2), PartitionId(4), PartitionIndex(1), RecordKind::kData}, "x", "a partition that does not exist"},
      {{Term(2), PartitionId(3), PartitionIndex(6), RecordKind::kData}, "x", "i5 comes next"},
      {{Term(2), kSystemPartition, PartitionIndex(2), RecordKind::kTermStarted}, "", "i1 comes next"},
      {{Term(2), kSystemPartition, PartitionIndex(1), RecordKind::kCreatePartition}, "abc", "it names no partition"},
      {{Term(2), kSystemPartition, PartitionIndex(1), RecordKind::kCreatePartition},
       std::string("\3\0\0\0\0\0\0\0", 8),
       "p3 is created although it exists"},
      {{Term(2), kSystemPartition, PartitionIndex(1), RecordKind::kDropPartition},
       std::string("\7\0\0\0\0\0\0\0", 8),
       "p7 is dropped although it does not exist"},
      {{Term::Max(), PartitionId(3), PartitionIndex(5), RecordKind::kData}, "x", "a term after which none can come"},
  };
  for (const auto& c : cases) {
    LogPackBuilder builder(kStore, RaftIndex(7),
                           {.term = Term(2), .vote = NodeId(0), .roster = {{PartitionId(3), PartitionIndex(5)}}});
    builder.Add(c.header, AsBytes(c.payload));
    const std::string bytes = builder.Finish();
    const absl::Status status = DecodeLogPack(AsBytes(bytes)).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kCorruption) << c.what;
    EXPECT_NE(status.message().find(c.what), absl::string_view::npos) << status;
  }
}

}  // namespace
}  // namespace tidemark
