// Headers, frames and commit payloads as bytes.

#include "engine/aof/format.h"

#include <functional>
#include <string>

#include "engine/base/status.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "tests/engine/aof/file_builder.h"

namespace tidemark::aof {
namespace {

TEST(Format, AFrameIsPaddedToEightBytes) {
  EXPECT_EQ(FrameBytes(0), 24u);
  EXPECT_EQ(FrameBytes(1), 32u);
  EXPECT_EQ(FrameBytes(8), 32u);
  EXPECT_EQ(FrameBytes(9), 40u);
}

TEST(Format, ABatchEndsItsBlockWithItsCommitFrame) {
  EXPECT_EQ(BatchBytes(0, 512), 512u);
  EXPECT_EQ(BatchBytes(512 - 56, 512), 512u);
  EXPECT_EQ(BatchBytes(512 - 48, 512), 1024u);
  EXPECT_EQ(BatchBytes(4096, 4096), 8192u);
}

TEST(Format, TheChecksumDependsOnStoreLogFileAndOffset) {
  const std::string frame(40, 'f');
  const uint32_t here = FrameSalt({1, 2}, 3, 4).Checksum(512, AsBytes(frame));
  EXPECT_NE(here, FrameSalt({9, 2}, 3, 4).Checksum(512, AsBytes(frame)));
  EXPECT_NE(here, FrameSalt({1, 9}, 3, 4).Checksum(512, AsBytes(frame)));
  EXPECT_NE(here, FrameSalt({1, 2}, 9, 4).Checksum(512, AsBytes(frame)));
  EXPECT_NE(here, FrameSalt({1, 2}, 3, 9).Checksum(512, AsBytes(frame)));
  EXPECT_NE(here, FrameSalt({1, 2}, 3, 4).Checksum(1024, AsBytes(frame)));
  EXPECT_EQ(here, FrameSalt({1, 2}, 3, 4).Checksum(512, AsBytes("xxxx" + frame.substr(4))));
}

RC_GTEST_PROP(Format, CommitsComeBack, ()) {
  const Commit commit{.last = Sequence(*rc::gen::arbitrary<uint64_t>()),
                      .batch_offset = *rc::gen::arbitrary<uint64_t>(),
                      .promised_offset = *rc::gen::arbitrary<uint64_t>(),
                      .promised_sequence = Sequence(*rc::gen::arbitrary<uint64_t>()),
                      .first = Sequence(*rc::gen::arbitrary<uint64_t>())};
  uint8_t bytes[kCommitPayloadBytes];
  EncodeCommitPayload(commit, bytes);
  RC_ASSERT(DecodeCommitPayload(commit.last, bytes) == commit);
}

RC_GTEST_PROP(Format, HeadersComeBack, ()) {
  FileHeader header;
  header.store_id = {*rc::gen::arbitrary<uint64_t>(), *rc::gen::arbitrary<uint64_t>()};
  header.log_id = *rc::gen::arbitrary<uint64_t>();
  header.file_id = *rc::gen::arbitrary<uint64_t>();
  header.block_bytes = *rc::gen::element(512u, 4096u);
  header.segment_bytes = 4096 * *rc::gen::inRange<uint64_t>(4, kMaxSegmentBytes / 4096 + 1);
  header.max_record_bytes = *rc::gen::inRange<uint32_t>(1, kMaxRecordBytes + 1);
  header.first = Sequence(*rc::gen::inRange<uint64_t>(1, 1000));
  header.base = header.first.Plus(*rc::gen::inRange<uint64_t>(0, 1000));
  header.previous_end = *rc::gen::arbitrary<uint64_t>();
  // The note ends before, at and behind the end of the first block.
  header.note = std::string(*rc::gen::element(0, 1, 411, 412, 413, 3995, 3996, 3997), 'n');
  AlignedBuffer bytes;
  EncodeHeader(header, bytes);
  RC_ASSERT(bytes.size() == HeaderBytes(header.note.size(), header.block_bytes));
  RC_ASSERT(*DecodeHeaderLength(bytes.span()) == bytes.size());
  const absl::StatusOr<FileHeader> decoded = DecodeHeader(bytes.span());
  RC_ASSERT(decoded.ok());
  RC_ASSERT(*decoded == header);
}

TEST(Format, NoFlippedByteOfAHeaderPasses) {
  const FileBuilder file;
  for (size_t at = 0; at < file.header.header_bytes; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes = file.bytes.substr(0, file.header.header_bytes);
      bytes[at] ^= 1 << bit;
      EXPECT_EQ(KindOf(DecodeHeader(AsBytes(bytes)).status()), ErrorKind::kCorruption) << at;
    }
  }
}

TEST(Format, AHeaderIsWholeOrCorrupt) {
  const FileBuilder file;
  for (size_t size = 0; size < file.header.header_bytes; ++size) {
    EXPECT_EQ(KindOf(DecodeHeader(file.span().subspan(0, size)).status()), ErrorKind::kCorruption) << size;
  }
}

// A header whose field was changed by somebody who knows the checksum.
absl::Status ChangedHeader(const std::function<void(uint8_t*)>& change) {
  const FileBuilder file;
  std::string bytes = file.bytes.substr(0, file.header.header_bytes);
  uint8_t* at = reinterpret_cast<uint8_t*>(&bytes[0]);
  change(at);
  PutFixed32(at + bytes.size() - 4, Crc32c(AsBytes(bytes).subspan(0, bytes.size() - 4)));
  return DecodeHeader(AsBytes(bytes)).status();
}

TEST(Format, AHeaderWhoseNumbersContradictIsCorrupt) {
  const auto put32 = [](size_t at, uint32_t value) { return [=](uint8_t* to) { PutFixed32(to + at, value); }; };
  const auto put64 = [](size_t at, uint64_t value) { return [=](uint8_t* to) { PutFixed64(to + at, value); }; };
  const std::function<void(uint8_t*)> changes[] = {
      put64(48, 8192 + 512),               // segment_bytes not a multiple of 4096
      put64(48, kMaxSegmentBytes + 4096),  // beyond the limit
      put64(48, 0),                        // the header does not fit
      put32(56, 1024),                     // no such block
      put32(60, kMaxRecordBytes + 1),      // beyond the limit
      put64(64, 0),                        // no record 0
      put64(80, 0),                        // no floor 0
      put64(80, 2),                        // a floor above the base
      put32(88, 600),                      // a note that does not fit
      put32(88, kMaxHeadNoteBytes + 1),    // beyond the limit
      put32(92, 1),                        // spare
      put32(104, 1),                       // after the note
  };
  EXPECT_TRUE(ChangedHeader([](uint8_t*) {}).ok());
  for (const auto& change : changes)
    EXPECT_EQ(KindOf(ChangedHeader(change)), ErrorKind::kCorruption) << &change - changes;
}

TEST(Format, AnotherVersionIsNotSupportedRatherThanDamaged) {
  const absl::Status status = ChangedHeader([](uint8_t* to) { PutFixed32(to + 8, 2); });
  EXPECT_EQ(KindOf(status), ErrorKind::kNotSupported);
  EXPECT_NE(status.message().find("version 2"), absl::string_view::npos) << status;
}

TEST(Format, AHeaderLengthIsCheckedBeforeItIsBelieved) {
  for (uint32_t length : {0u, 511u, 513u, kMaxHeaderBytes + 512u, ~0u}) {
    std::string prefix = FileBuilder().bytes.substr(0, kHeaderPrefixBytes);
    PutFixed32(reinterpret_cast<uint8_t*>(&prefix[12]), length);
    EXPECT_EQ(KindOf(DecodeHeaderLength(AsBytes(prefix)).status()), ErrorKind::kCorruption) << length;
  }
}

}  // namespace
}  // namespace tidemark::aof
