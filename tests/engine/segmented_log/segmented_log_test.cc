// The segmented log as its owner sees it.

#include "engine/segmented_log/segmented_log.h"

#include "engine/base/status.h"
#include "gtest/gtest.h"
#include "tests/engine/segmented_log/log_rig.h"

namespace tidemark {
namespace {

class SegmentedLogTest : public ::testing::Test {
 protected:
  void Open() {
    const absl::Status status = rig_.Open();
    ASSERT_TRUE(status.ok()) << status;
  }
  void AppendDurably(uint64_t partition, const std::string& payload, uint64_t term = 1) {
    ASSERT_TRUE(rig_.Append(partition, payload, term).ok());
    ASSERT_TRUE(rig_.Flush().ok());
  }
  SegmentedLog& log() { return *rig_.log; }

  tests::LogRig rig_;
};

TEST_F(SegmentedLogTest, RecordsComeBackWithTermPartitionAndKind) {
  Open();
  ASSERT_TRUE(log().AppendControl(Term(4), PartitionIndex(1), RecordKind::kTermStarted, AsBytes("")).ok());
  AppendDurably(7, "seven", 4);
  rig_.LosePower();
  Open();
  ASSERT_EQ(rig_.visited.size(), 2u);
  EXPECT_EQ(rig_.visited[1].header,
            (EntryHeader{Term(4), kSystemPartition, PartitionIndex(1), RecordKind::kTermStarted}));
  EXPECT_EQ(rig_.visited[2].payload, "seven");
  EXPECT_EQ(*rig_.EntryAt(2),
            (Entry{RaftIndex(2), {Term(4), PartitionId(7), PartitionIndex(1), RecordKind::kData}, "seven"}));
  EXPECT_EQ(log().term(), Term(4));
  EXPECT_EQ(*log().TermAt(RaftIndex(2)), Term(4));
}

TEST_F(SegmentedLogTest, DurableIsToldWhenItIs) {
  Open();
  ASSERT_TRUE(rig_.Append(1, "x").ok());
  EXPECT_EQ(log().last(), RaftIndex(1));
  EXPECT_EQ(log().durable(), RaftIndex(0));
  ASSERT_TRUE(rig_.Flush().ok());
  EXPECT_EQ(rig_.durable, RaftIndex(1));
}

TEST_F(SegmentedLogTest, TheNewestAreInMemory) {
  Open();
  for (int i = 0; i < 40; ++i) AppendDurably(1, std::string(200, 'x'));
  EntryView view;
  ASSERT_TRUE(log().FindInMemory(RaftIndex(40), &view));
  EXPECT_EQ(view.header.partition_index, PartitionIndex(40));
  EXPECT_FALSE(log().FindInMemory(RaftIndex(1), &view));
  log().ReleaseMemory(RaftIndex(41));
  EXPECT_FALSE(log().FindInMemory(RaftIndex(40), &view));
  EXPECT_TRUE(rig_.EntryAt(1).ok());
}

TEST_F(SegmentedLogTest, EachFileRepeatsTermAndRoster) {
  rig_.roster = {{PartitionId(1), PartitionIndex(1)}};
  Open();
  for (int i = 0; i < 20; ++i) AppendDurably(1, std::string(700, 'x'), 3);
  ASSERT_TRUE(rig_.TruncatePrefix(19).ok());
  rig_.roster.clear();
  rig_.LosePower();
  Open();
  ASSERT_EQ(rig_.head_notes.size(), 1u);
  EXPECT_EQ(rig_.head_notes[0].second, (HeadNote{Term(3), NodeId(0), {{PartitionId(1), PartitionIndex(1)}}}));
  EXPECT_EQ(log().first(), RaftIndex(19));
  EXPECT_EQ(log().TermAt(RaftIndex(99)).status().code(), absl::StatusCode::kOutOfRange);
}

TEST_F(SegmentedLogTest, TheTermOfAHeadNoteOutlivesItsRecords) {
  Open();
  for (int i = 0; i < 20; ++i) AppendDurably(1, std::string(700, 'x'), 8);
  ASSERT_TRUE(rig_.TruncatePrefix(21).ok());
  rig_.LosePower();
  Open();
  EXPECT_EQ(log().term(), Term(8));
}

TEST_F(SegmentedLogTest, ACutSuffixIsReplaced) {
  Open();
  for (int i = 1; i <= 5; ++i) AppendDurably(1, "old " + std::to_string(i), 1);
  ASSERT_TRUE(log().TruncateSuffix(RaftIndex(3)).ok());
  EntryView view;
  EXPECT_FALSE(log().FindInMemory(RaftIndex(4), &view));
  EXPECT_FALSE(log().TermAt(RaftIndex(4)).ok());
  AppendDurably(2, "new 4", 2);
  rig_.LosePower();
  Open();
  EXPECT_EQ(rig_.visited.size(), 4u);
  EXPECT_EQ(rig_.visited[4].payload, "new 4");
  EXPECT_EQ(*log().TermAt(RaftIndex(3)), Term(1));
  EXPECT_EQ(*log().TermAt(RaftIndex(4)), Term(2));
}

TEST_F(SegmentedLogTest, BoundariesAreWhereTruncationRemovesAFile) {
  Open();
  EXPECT_EQ(log().FileBoundaryAtOrBelow(RaftIndex(99)), RaftIndex(0));
  for (int i = 0; i < 30; ++i) AppendDurably(1, std::string(700, 'x'));
  const RaftIndex boundary = log().FileBoundaryAtOrBelow(RaftIndex(30));
  ASSERT_GT(boundary, RaftIndex(1));
  const size_t files = rig_.world->Names("log").size();
  ASSERT_TRUE(rig_.TruncatePrefix(boundary.value()).ok());
  EXPECT_LT(rig_.world->Names("log").size(), files);
  EXPECT_EQ(log().FileBoundaryAtOrBelow(boundary), RaftIndex(0));
}

TEST_F(SegmentedLogTest, BoundariesAreTheSameAfterReopening) {
  Open();
  for (int i = 0; i < 30; ++i) AppendDurably(1, std::string(700, 'x'));
  rig_.LosePower();
  Open();  // which may copy the tail to a file of its own
  std::vector<RaftIndex> before;
  for (uint64_t i = 1; i <= 30; ++i) before.push_back(log().FileBoundaryAtOrBelow(RaftIndex(i)));
  rig_.LosePower();
  Open();
  // The last record, which nothing proved, may have got a file of its own.
  for (uint64_t i = 1; i < 30; ++i) EXPECT_EQ(log().FileBoundaryAtOrBelow(RaftIndex(i)), before[i - 1]) << i;
  EXPECT_GE(log().FileBoundaryAtOrBelow(RaftIndex(30)), before.back());
}

TEST_F(SegmentedLogTest, RangesAreReadWithinTheirLimits) {
  Open();
  for (int i = 0; i < 10; ++i) AppendDurably(1, std::string(100, 'x'));
  absl::StatusOr<std::vector<Entry>> entries = absl::UnknownError("");
  log().Entries(RaftIndex(3), 4, 1 << 20, [&](auto result) { entries = std::move(result); });
  rig_.world->RunReady();
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 4u);
  EXPECT_EQ(entries->front().raft_index, RaftIndex(3));
}

TEST_F(SegmentedLogTest, TheVisitorsErrorEndsTheOpening) {
  Open();
  AppendDurably(1, "x");
  rig_.LosePower();
  rig_.visit_answer = MakeError(ErrorKind::kCorruption, "the visitor says no");
  EXPECT_EQ(KindOf(rig_.Open()), ErrorKind::kCorruption);
}

TEST_F(SegmentedLogTest, AFailedSyncIsTold) {
  Open();
  rig_.world->FailSyncs(1);
  ASSERT_TRUE(rig_.Append(1, "x").ok());
  EXPECT_FALSE(rig_.Flush().ok());
  EXPECT_EQ(rig_.failures.size(), 1u);
  EXPECT_TRUE(log().poisoned());
}

// The AOF's checksums hold, but these are not the segmented log's records.
TEST_F(SegmentedLogTest, ALogOfAnotherKindIsCorrupt) {
  struct Nobody : aof::Replay, aof::Listener {
    void OnHeadNote(ByteSpan, Sequence) override {}
    void OnRecord(Sequence, ByteSpan, aof::Location) override {}
    void OnNote(ByteSpan, Sequence) override {}
    void OnCut(Sequence) override {}
    void OnFloor(Sequence) override {}
    void OnDurable(Sequence) override {}
    void OnFailed(const absl::Status&) override {}
    void OnFull(bool) override {}
    std::string HeadNote(Sequence) override { return EncodeHeadNote({}); }
    void OnRotated(uint64_t, Sequence) override {}
  } nobody;
  aof::Aof::Open(rig_.world->env(), rig_.options, nobody, nobody, [](absl::StatusOr<aof::Opened> opened) {
    const std::string payload = "no entry";
    const ByteSpan parts[] = {AsBytes(payload)};
    ASSERT_TRUE(opened->aof->Append(parts).ok());
    opened->aof->Flush([aof = std::shared_ptr<aof::Aof>(std::move(opened->aof))](absl::Status) {});
  });
  rig_.world->RunReady();
  rig_.world->Kill();
  const absl::Status status = rig_.Open();
  EXPECT_EQ(KindOf(status), ErrorKind::kCorruption);
  EXPECT_NE(status.message().find("r1"), absl::string_view::npos) << status;
}

}  // namespace
}  // namespace tidemark
