#include "engine/aof/segment_table.h"

#include "gtest/gtest.h"

namespace tidemark::aof {
namespace {

FileHeader Header(uint64_t file_id, uint64_t base) {
  FileHeader header;
  header.file_id = file_id;
  header.base = Sequence(base);
  header.segment_bytes = 8192;
  header.header_bytes = header.block_bytes = 512;
  return header;
}

SegmentTable ThreeSegments() {
  SegmentTable table;
  table.Add(Header(4, 1));
  table.Add(Header(5, 10));
  table.Add(Header(6, 20));
  return table;
}

TEST(SegmentTable, FindsTheFileOfARecord) {
  const SegmentTable table = ThreeSegments();
  for (auto [sequence, file_id] : {std::pair{1, 4}, {9, 4}, {10, 5}, {19, 5}, {20, 6}, {999, 6}}) {
    EXPECT_EQ(table.Holding(Sequence(sequence)).file_id, static_cast<uint64_t>(file_id)) << sequence;
  }
  EXPECT_EQ(table.total_bytes(), 3u * 8192);
}

TEST(SegmentTable, AfterACutRecordsGoToTheLastFile) {
  SegmentTable table = ThreeSegments();
  table.CutTo(Sequence(12));
  EXPECT_EQ(table.Holding(Sequence(12)).file_id, 5u);
  EXPECT_EQ(table.Holding(Sequence(13)).file_id, 6u);
  table.CutTo(Sequence(3));
  EXPECT_EQ(table.Holding(Sequence(3)).file_id, 4u);
  EXPECT_EQ(table.Holding(Sequence(4)).file_id, 6u);
  table.Add(Header(7, 8));
  EXPECT_EQ(table.Holding(Sequence(7)).file_id, 6u);
  EXPECT_EQ(table.Holding(Sequence(8)).file_id, 7u);
}

TEST(SegmentTable, TheOldestMayGoOnceALaterFileBeginsAtTheFloor) {
  SegmentTable table = ThreeSegments();
  EXPECT_FALSE(table.OldestIsBelow(Sequence(9)));
  EXPECT_TRUE(table.OldestIsBelow(Sequence(10)));
  EXPECT_EQ(table.TakeOldest().file_id, 4u);
  EXPECT_FALSE(table.OldestIsBelow(Sequence(19)));
  EXPECT_TRUE(table.OldestIsBelow(Sequence(20)));
}

}  // namespace
}  // namespace tidemark::aof
