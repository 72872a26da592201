// Batches read back: round trips around every edge, and what no reader may accept.

#include "engine/aof/batch_parser.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "tests/engine/aof/file_builder.h"

namespace tidemark::aof {
namespace {

ParsedBatch Parse(const FileBuilder& file, uint64_t at, uint64_t window = ~uint64_t{0}) {
  return ParseBatch(FileGeometry(file.header, file.header.segment_bytes), at,
                    file.span().subspan(at).subspan(0, window));
}

// Sizes around the padding, the block, and the largest record.
rc::Gen<std::string> Payloads() {
  const auto size = rc::gen::oneOf(rc::gen::inRange<size_t>(0, 10), rc::gen::inRange<size_t>(500, 525),
                                   rc::gen::inRange<size_t>(430, 475), rc::gen::inRange<size_t>(990, 1001));
  return rc::gen::map(rc::gen::pair(size, rc::gen::inRange<char>('a', 'z')),
                      [](const std::pair<size_t, char>& of) { return std::string(of.first, of.second); });
}

RC_GTEST_PROP(BatchParser, WhatWasPutInComesOut, ()) {
  FileBuilder file(*rc::gen::element(512u, 4096u), 1u << 20);
  BatchOf what{.payloads = *rc::gen::container<std::vector<std::string>>(Payloads()),
               .notes = *rc::gen::container<std::vector<std::string>>(Payloads())};
  if (*rc::gen::arbitrary<bool>()) what.cut = Cut{.new_end = Sequence(0), .void_from = file.end};
  const uint64_t at = file.Add(what);
  const ParsedBatch parsed = Parse(file, at);
  RC_ASSERT(parsed.state == BatchState::kValid);
  RC_ASSERT(parsed.batch.end == file.end);
  RC_ASSERT(parsed.batch.cut == what.cut);
  RC_ASSERT(parsed.batch.records == what.payloads.size());
  std::vector<std::string> records, notes;
  parsed.batch.ForEachFrame([&](const FrameView& frame) {
    FrameView again;
    RC_ASSERT(ParseFrame(FileGeometry(file.header, file.header.segment_bytes), frame.offset,
                         file.span().subspan(frame.offset), &again));
    RC_ASSERT(AsText(again.payload) == AsText(frame.payload));
    (frame.type == FrameType::kRecord ? records : notes).push_back(std::string(AsText(frame.payload)));
  });
  RC_ASSERT(records == what.payloads);
  RC_ASSERT(notes == what.notes);
}

TEST(BatchParser, EverySizeUpToTwoBlocksComesBack) {
  for (size_t size = 0; size <= 1000; ++size) {
    FileBuilder file;
    const uint64_t at = file.Add({.payloads = {std::string(size, 'p')}});
    const ParsedBatch parsed = Parse(file, at);
    ASSERT_EQ(parsed.state, BatchState::kValid) << size << parsed.why;
    EXPECT_EQ(parsed.batch.end - at, BatchBytes(FrameBytes(size), 512));
  }
}

TEST(BatchParser, AWindowThatIsTooSmallAsksForMoreAndNeverForMoreThanThereIs) {
  FileBuilder file;
  const uint64_t at = file.Add({.payloads = {std::string(600, 'p'), "q"}, .notes = {"note"}});
  uint64_t window = 0;
  int asked = 0;
  for (;;) {
    const ParsedBatch parsed = Parse(file, at, window);
    if (parsed.state == BatchState::kValid) break;
    ASSERT_EQ(parsed.state, BatchState::kNeedMore);
    ASSERT_GT(parsed.needed, window);
    ASSERT_LE(parsed.needed, file.end - at);
    window = parsed.needed;
    ASSERT_LT(++asked, 20);
  }
}

TEST(BatchParser, NoFlippedBitPasses) {
  FileBuilder file;
  const uint64_t at = file.Add({.payloads = {"a record", "x"}, .notes = {"n"}, .cut = Cut{Sequence(0), file.end}});
  for (uint64_t byte = at; byte < file.end; ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      FileBuilder damaged = file;
      damaged.bytes[byte] ^= 1 << bit;
      EXPECT_NE(Parse(damaged, at).state, BatchState::kValid) << byte << " bit " << bit;
      EXPECT_NE(Parse(damaged, at).state, BatchState::kInconsistent) << byte << " bit " << bit;
    }
  }
}

TEST(BatchParser, AFrameOfAnotherPlaceFileLogOrStoreIsNone) {
  FileBuilder file;
  const uint64_t at = file.Add({.payloads = {"record"}});
  const auto state_with = [&](auto change) {
    FileBuilder other = file;
    change(other);
    return Parse(other, at).state;
  };
  EXPECT_EQ(state_with([](FileBuilder&) {}), BatchState::kValid);
  EXPECT_EQ(state_with([](FileBuilder& f) { ++f.header.store_id.high; }), BatchState::kInvalid);
  EXPECT_EQ(state_with([](FileBuilder& f) { ++f.header.log_id; }), BatchState::kInvalid);
  EXPECT_EQ(state_with([](FileBuilder& f) { ++f.header.file_id; }), BatchState::kInvalid);
  file.bytes.replace(2048, 512, file.bytes.substr(at, 512));
  EXPECT_EQ(Parse(file, 2048).state, BatchState::kInvalid);
}

TEST(BatchParser, ZerosAreNoBatch) { EXPECT_EQ(Parse(FileBuilder(), 512).state, BatchState::kInvalid); }

TEST(BatchParser, ABatchThatReachesBeyondTheSegmentIsNone) {
  FileBuilder file(512, 4096);
  const uint64_t at = file.Add({.payloads = {std::string(900, 'p')}});
  const FileGeometry shorter(file.header, at + 512);
  EXPECT_EQ(ParseBatch(shorter, at, file.span().subspan(at, 512)).state, BatchState::kInvalid);
}

TEST(BatchParser, ALongerRecordThanTheFileAllowsIsNoneBeforeItIsRead) {
  FileBuilder file;
  const uint64_t at = file.Add({.payloads = {std::string(800, 'p')}});
  file.header.max_record_bytes = 799;
  EXPECT_EQ(Parse(file, at, kFrameHeaderBytes).state, BatchState::kInvalid);
}

// Checksums that hold over frames that contradict each other: no torn write makes these.
TEST(BatchParser, FramesThatContradictEachOtherAreInconsistent) {
  const BatchOf cases[] = {
      {.payloads = {"a"}, .last = Sequence(7)},                                        // not its last record
      {.payloads = {"a"}, .first_record = Sequence(0), .last = Sequence(0)},           // record 0
      {.payloads = {"a"}, .promised = 256},                                            // before the batches
      {.payloads = {"a"}, .promised = 1024},                                           // itself and more
      {.payloads = {"a"}, .promised = 512 + 8},                                        // no block
      {.payloads = {"a"}, .cut = Cut{Sequence(0), 0}},                                 // void before the batches
      {.payloads = {"a"}, .floor = Sequence(0)},                                       // no floor 0
      {.payloads = {"a"}, .floor = Sequence(3)},                                       // above the end
      {.payloads = {"a"}, .cut = Cut{Sequence(0), 512}, .first_record = Sequence(2)},  // does not follow the cut
  };
  for (const BatchOf& what : cases) {
    FileBuilder file;
    const uint64_t at = file.Add(what);
    EXPECT_EQ(Parse(file, at).state, BatchState::kInconsistent) << &what - cases;
  }
}

TEST(BatchParser, APromiseOfWhatTheCutMakesVoidIsInconsistent) {
  FileBuilder file;
  file.Add({.payloads = {"a"}});
  const uint64_t at = file.Add({.payloads = {}, .cut = Cut{Sequence(0), 512}, .promised = 1024});
  EXPECT_EQ(Parse(file, at).state, BatchState::kInconsistent);
  const uint64_t no_block = file.Add({.payloads = {}, .cut = Cut{Sequence(0), 520}, .promised = 512});
  EXPECT_EQ(Parse(file, no_block).state, BatchState::kInconsistent);
}

}  // namespace
}  // namespace tidemark::aof
