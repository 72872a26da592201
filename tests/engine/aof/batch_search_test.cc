// Whatever the bytes, the batches that are found are those that ParseBatch finds from block to block.

#include "engine/aof/batch_search.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "tests/engine/aof/file_builder.h"

namespace tidemark::aof {
namespace {

using Places = std::vector<std::pair<uint64_t, uint64_t>>;  // offset, end

Places Found(const FileBuilder& file, uint64_t from) {
  const FileGeometry geometry(file.header, file.header.segment_bytes);
  BatchSearch search(geometry, from);
  Places found;
  while (search.offset() < geometry.limit) {
    const auto batch = search.Pass(file.span().subspan(search.offset(), search.wanted()));
    if (batch.has_value()) found.emplace_back(batch->offset, batch->end);
  }
  return found;
}

Places Parsed(const FileBuilder& file, uint64_t from) {
  const FileGeometry geometry(file.header, file.header.segment_bytes);
  Places parsed;
  for (uint64_t at = from + geometry.block_bytes; at < geometry.limit; at += geometry.block_bytes) {
    const ParsedBatch batch = ParseBatch(geometry, at, file.span().subspan(at));
    if (batch.state == BatchState::kValid) parsed.emplace_back(at, batch.batch.end);
  }
  std::sort(parsed.begin(), parsed.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return parsed;
}

TEST(BatchSearch, EachBatchBehindTheFirstBlockIsFound) {
  FileBuilder file;
  file.Add({.payloads = {"a"}});
  file.Add({.payloads = {"b", std::string(700, 'c')}, .cut = Cut{Sequence(0), 1024}});
  file.Add({.payloads = {}});
  EXPECT_EQ(Found(file, 512), Places({{1024, 2048}, {2048, 2560}}));
}

TEST(BatchSearch, WhatABatchBeginsWithIsTold) {
  FileBuilder file;
  file.Add({.payloads = {"a"}});
  file.Add({.payloads = {"b"}, .cut = Cut{Sequence(0), 512}, .promised = 512, .floor = Sequence(1)});
  BatchSearch search(FileGeometry(file.header, 8192), 512);
  EXPECT_FALSE(search.Pass(file.span().subspan(512, search.wanted())).has_value());
  const absl::optional<FoundBatch> found = search.Pass(file.span().subspan(1024, search.wanted()));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->void_from, 512u);
  EXPECT_EQ(found->commit.last, Sequence(1));
  EXPECT_EQ(found->commit.promised_offset, 512u);
}

// A record at each block may be the first of a batch, until the commit frame names the one that is.
TEST(BatchSearch, RecordsThatBeginAtBlocksAreNoBatches) {
  FileBuilder file(512, 1u << 16);
  file.Add({.payloads = {"a"}});
  file.Add({.payloads = std::vector<std::string>(100, std::string(512 - kFrameHeaderBytes, 'p'))});
  EXPECT_EQ(Found(file, 512), Places({{1024, file.end}}));
  file.Ruin(1024);
  EXPECT_EQ(Found(file, 512), Places());
}

TEST(BatchSearch, AFileThatEndsWithTheBlockIsSearchedToItsEnd) {
  FileBuilder file;
  file.Add({.payloads = {"a"}});
  file.Add({.payloads = {"b"}});
  BatchSearch search(FileGeometry(file.header, 8192), 512);
  EXPECT_FALSE(search.Pass(file.span().subspan(512, search.wanted())).has_value());
  EXPECT_TRUE(search.Pass(file.span().subspan(1024, 512)).has_value());
}

// Payloads of all sizes about blocks and half blocks, frames within frames, damage anywhere.
RC_GTEST_PROP(BatchSearch, FindsWhatParsingFromEachBlockFinds, ()) {
  FileBuilder file(*rc::gen::element(512u, 4096u), 1u << 16);
  file.header.max_record_bytes = 1u << 14;
  const int batches = *rc::gen::inRange(0, 8);
  for (int i = 0; i < batches && file.end < (1u << 15); ++i) {
    BatchOf what;
    const int records = *rc::gen::inRange(0, 6);
    for (int j = 0; j < records; ++j) {
      const size_t blocks = *rc::gen::inRange<size_t>(0, 3) * 512;
      what.payloads.emplace_back(blocks + *rc::gen::element<size_t>(0, 8, 100, 512 - kFrameHeaderBytes), 'p');
    }
    if (*rc::gen::arbitrary<bool>()) what.cut = Cut{file.last, file.end};
    if (*rc::gen::arbitrary<bool>()) what.notes.emplace_back(*rc::gen::inRange<size_t>(0, 500), 'n');
    file.Add(what);
  }
  const int frames = *rc::gen::inRange(0, 6);
  for (int i = 0; i < frames; ++i) {
    const uint64_t at = *rc::gen::inRange<uint64_t>(1, 100) * 512 + *rc::gen::element<uint64_t>(0, 0, 0, 8, 488);
    const uint32_t length = *rc::gen::element(0u, 8u, 32u, 488u, 1000u, 16000u);
    const FrameType type = static_cast<FrameType>(*rc::gen::inRange(1, 5));
    uint8_t* const frame = reinterpret_cast<uint8_t*>(file.bytes.data()) + at;
    EncodeFrameHeader(length, Sequence(*rc::gen::inRange(0, 9)), type, frame);
    const bool fits = at + FrameBytes(length) <= file.bytes.size();
    if (fits && *rc::gen::arbitrary<bool>()) {
      PutFixed32(frame, file.salt().Checksum(at, file.span().subspan(at, FrameBytes(length))));
    }
  }
  const int flips = *rc::gen::inRange(0, 3);
  for (int i = 0; i < flips; ++i) file.Ruin(512 + *rc::gen::inRange<uint64_t>(0, (1u << 15)));
  const uint64_t from = AlignUp(file.header.header_bytes, 4096);
  // What is found may contradict itself, or begin within a batch that was found: that is for the caller to see.
  const FileGeometry geometry(file.header, file.header.segment_bytes);
  Places found = Found(file, from);
  found.erase(std::remove_if(found.begin(), found.end(),
                             [&](const auto& place) {
                               return ParseBatch(geometry, place.first, file.span().subspan(place.first)).state !=
                                      BatchState::kValid;
                             }),
              found.end());
  RC_ASSERT(found == Parsed(file, from));
}

}  // namespace
}  // namespace tidemark::aof
