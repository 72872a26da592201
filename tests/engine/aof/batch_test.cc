// A batch as it is put together.

#include "engine/aof/batch.h"

#include <algorithm>
#include <string>
#include <vector>

#include "engine/aof/batch_parser.h"
#include "gtest/gtest.h"
#include "tests/engine/aof/file_builder.h"

namespace tidemark::aof {
namespace {

uint64_t Add(Batch& batch, uint64_t sequence, const std::string& payload) {
  const ByteSpan parts[] = {
      AsBytes(payload).subspan(0, payload.size() / 2), {}, AsBytes(payload).subspan(payload.size() / 2)};
  return batch.AddRecord(Sequence(sequence), parts);
}

TEST(Batch, LaysFramesOutOneAfterAnother) {
  Batch batch;
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(Add(batch, 5, "five!"), 0u);
  batch.AddNote(Sequence(5), AsBytes("a note"));
  EXPECT_EQ(Add(batch, 6, ""), 64u);
  EXPECT_EQ(batch.records(), 2u);
  EXPECT_EQ(batch.first_record(), Sequence(5));
  EXPECT_EQ(batch.last_record(), Sequence(6));
  EXPECT_EQ(AsText(batch.PayloadAt(0)), "five!");
  EXPECT_EQ(AsText(batch.PayloadAt(64)), "");
  EXPECT_EQ(batch.frame_bytes(), 88u);
}

TEST(Batch, RecordsAddedTogetherLieAsIfEachWereAdded) {
  const std::string bodies[] = {"", "one", std::string(300, '2'), "three three", ""};
  for (const uint32_t head_bytes : {0, 1, 5, 8}) {
    std::vector<ByteSpan> spans;
    Batch each;
    Add(each, 4, "before");
    for (const std::string& body : bodies) {
      if (spans.size() > 0 && spans.size() < 4) Add(each, 4 + spans.size(), std::string(head_bytes, 'h') + body);
      spans.push_back(AsBytes(body));
    }
    Batch together;
    Add(together, 4, "before");
    const auto write_head = [&](size_t, uint8_t* to) { std::fill_n(to, head_bytes, 'h'); };
    const NewRecords records = {spans, head_bytes, write_head};
    uint64_t bytes = 0;
    for (size_t i = 1; i < 4; ++i) bytes += FrameBytes(records.LengthOf(i));
    together.AddRecords(Sequence(5), records, 1, 4, bytes);
    EXPECT_EQ(together.records(), 4u);
    EXPECT_EQ(together.largest_payload(), each.largest_payload());
    Placement placement;
    placement.offset = placement.block_bytes = 512;
    each.Place(placement);
    together.Place(placement);
    EXPECT_EQ(AsText(each.bytes()), AsText(together.bytes())) << head_bytes;
  }
}

TEST(Batch, DroppingRecordsKeepsNotesAndLowersThem) {
  Batch batch;
  Add(batch, 5, "five");
  Add(batch, 6, "six");
  batch.AddNote(Sequence(6), AsBytes("note"));
  Add(batch, 7, "seven");
  batch.DropRecordsAbove(Sequence(5));
  EXPECT_EQ(batch.records(), 1u);
  EXPECT_EQ(batch.frame_bytes(), 64u);
  Add(batch, 6, "another six");
  const FileBuilder file;
  batch.Place({.salt = file.salt(),
               .offset = 512,
               .block_bytes = 512,
               .promised_offset = 512,
               .promised_sequence = Sequence(4),
               .last = Sequence(6),
               .first = Sequence(1)});
  const ParsedBatch parsed = ParseBatch(FileGeometry(file.header, 8192), 512, batch.bytes());
  ASSERT_EQ(parsed.state, BatchState::kValid) << parsed.why;
  std::string found;
  parsed.batch.ForEachFrame([&](const FrameView& frame) {
    found += frame.sequence.ToString() + ":" + std::string(AsText(frame.payload)) + " ";
  });
  EXPECT_EQ(found, "s5:five s5:note s6:another six ");
}

TEST(Batch, TheCutStandsFirstAndMovesTheFrames) {
  const FileBuilder file;
  Batch batch;
  Add(batch, 4, "four");
  batch.SetCut({.new_end = Sequence(3), .void_from = Cut::kOwnStart});
  EXPECT_EQ(batch.frame_bytes(), 64u);
  const uint64_t moved = batch.Place({.salt = file.salt(),
                                      .offset = 1024,
                                      .block_bytes = 512,
                                      .promised_offset = 1024,
                                      .promised_sequence = Sequence(9),
                                      .last = Sequence(4),
                                      .first = Sequence(1)});
  EXPECT_EQ(moved, 1024u + kCutFrameBytes);
  EXPECT_EQ(batch.bytes().size(), 512u);
  const ParsedBatch parsed = ParseBatch(FileGeometry(file.header, 8192), 1024, batch.bytes());
  ASSERT_EQ(parsed.state, BatchState::kValid) << parsed.why;
  EXPECT_EQ(*parsed.batch.cut, (Cut{.new_end = Sequence(3), .void_from = 1024}));
}

TEST(Batch, ACutCanBeTakenOutAgain) {
  Batch batch;
  batch.SetCut({.new_end = Sequence(3), .void_from = 512});
  EXPECT_FALSE(batch.empty());
  EXPECT_EQ(batch.TakeCut().new_end, Sequence(3));
  EXPECT_TRUE(batch.empty());
}

TEST(Batch, AClearedBatchLeavesNothingOfItsPastInTheNextOne) {
  const FileBuilder file;
  const Placement place{.salt = file.salt(),
                        .offset = 512,
                        .block_bytes = 512,
                        .promised_offset = 512,
                        .promised_sequence = Sequence(0),
                        .last = Sequence(1),
                        .first = Sequence(1)};
  Batch fresh;
  Add(fresh, 1, "x");
  fresh.Place(place);
  Batch used;
  Add(used, 1, std::string(900, '#'));
  used.Place(place);
  used.Clear();
  Add(used, 1, "x");
  used.Place(place);
  EXPECT_EQ(AsText(used.bytes()), AsText(fresh.bytes()));
}

}  // namespace
}  // namespace tidemark::aof
