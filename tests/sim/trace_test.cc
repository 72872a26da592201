#include "sim/trace.h"

#include "gtest/gtest.h"

namespace tidemark::sim {
namespace {

TraceEvent Appended(uint64_t raft_index) { return {TraceKind::kAppended, PartitionId(2), {raft_index, 1, 100, 7}}; }

// A known answer: a compiler or platform that folds differently would disagree about every run.
TEST(TraceTest, DigestKnownAnswer) {
  Trace trace(false);
  for (uint64_t i = 1; i <= 1000; ++i)
    trace.Emit(Instant::FromNanos(static_cast<int64_t>(i * 17)), NodeId(1), Appended(i));
  EXPECT_EQ(trace.digest().ToString(), "1cb05175542f0af0867f32822c9dda55");
  EXPECT_EQ(trace.count(), 1000u);
}

TEST(TraceTest, EveryFieldReachesTheDigest) {
  const auto digest_of = [](int64_t time, uint64_t node, TraceEvent event) {
    Trace trace(false);
    trace.Emit(Instant::FromNanos(time), NodeId(node), event);
    return trace.digest();
  };
  const Digest base = digest_of(1, 1, Appended(1));
  EXPECT_EQ(base, digest_of(1, 1, Appended(1)));
  EXPECT_NE(base, digest_of(2, 1, Appended(1)));
  EXPECT_NE(base, digest_of(1, 2, Appended(1)));
  EXPECT_NE(base, digest_of(1, 1, Appended(2)));
  TraceEvent other = Appended(1);
  other.partition = PartitionId(3);
  EXPECT_NE(base, digest_of(1, 1, other));
  for (int arg = 0; arg < TraceEvent::kMaxArgs; ++arg) {
    TraceEvent changed = Appended(1);
    ++changed.args[arg];
    EXPECT_NE(base, digest_of(1, 1, changed)) << arg;
  }
}

TEST(TraceTest, TheRingKeepsTheLastInOrder) {
  Trace trace(false);
  for (uint64_t i = 1; i <= Trace::kRingSize * 2 + 3; ++i) trace.Emit(Instant(), NodeId(1), Appended(i));
  const auto records = trace.Records();
  ASSERT_EQ(records.size(), Trace::kRingSize);
  for (size_t i = 0; i < records.size(); ++i) EXPECT_EQ(records[i].ordinal, Trace::kRingSize + 4 + i);
}

TEST(TraceTest, CheckpointsTellWhereRunsParted) {
  Trace a(false), b(false);
  for (uint64_t i = 1; i <= 3 * Trace::kCheckpointEvery; ++i) {
    a.Emit(Instant(), NodeId(1), Appended(i));
    b.Emit(Instant(), NodeId(1), Appended(i == 2 * Trace::kCheckpointEvery - 5 ? 0 : i));
  }
  EXPECT_EQ(a.checkpoints()[0], b.checkpoints()[0]);
  EXPECT_NE(a.checkpoints()[1], b.checkpoints()[1]);
}

TEST(TraceTest, TheFirstDifferenceIsShownFieldByField) {
  Trace a(true), b(true);
  for (uint64_t i = 1; i <= 5; ++i) {
    a.Emit(Instant(), NodeId(1), Appended(i));
    b.Emit(Instant(), NodeId(1), Appended(i == 4 ? 9 : i));
  }
  const std::string text = FirstDifference(a.Records(), b.Records());
  EXPECT_NE(text.find("event 4"), std::string::npos) << text;
  EXPECT_NE(text.find("! raft_index=4   |   raft_index=9"), std::string::npos) << text;
  EXPECT_EQ(FirstDifference(a.Records(), a.Records()), "");
}

TEST(TraceTest, ARunThatEndsEarlyIsADifference) {
  Trace a(true), b(true);
  a.Emit(Instant(), NodeId(1), Appended(1));
  a.Emit(Instant(), NodeId(1), Appended(2));
  b.Emit(Instant(), NodeId(1), Appended(1));
  EXPECT_NE(FirstDifference(a.Records(), b.Records()).find("second run ended after event 1"), std::string::npos);
}

TEST(TraceTest, RecordsReadLikeSentences) {
  const TraceRecord record{3, Instant::FromNanos(1'234'567), NodeId(1), Appended(5)};
  EXPECT_EQ(record.ToString(),
            "     3      1.234567ms n1 appended p2 raft_index=5 partition_index=1 payload_bytes=100 payload_crc=7");
}

}  // namespace
}  // namespace tidemark::sim
