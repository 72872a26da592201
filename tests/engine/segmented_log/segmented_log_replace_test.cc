// Overwriting, packs and snapshots: what they refuse, and what a crash at every operation leaves.

#include <stdexcept>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/segmented_log/log_pack.h"
#include "engine/segmented_log/segmented_log.h"
#include "gtest/gtest.h"
#include "tests/engine/segmented_log/log_rig.h"

namespace tidemark {
namespace {

class ReplaceTest : public ::testing::Test {
 protected:
  void Open(int records = 0) {
    ASSERT_TRUE(rig_.Open().ok());
    for (int i = 0; i < records; ++i) {
      ASSERT_TRUE(rig_.Append(1, "old", 2).ok());
    }
    ASSERT_TRUE(rig_.Flush().ok());
    rig_.roster = {{PartitionId(1), PartitionIndex(static_cast<uint64_t>(records) + 1)}};
  }
  SegmentedLog& log() { return *rig_.log; }
  static NewEntry Entry(uint64_t term, const std::string& payload) {
    return {{Term(term), PartitionId(1), PartitionIndex(1), RecordKind::kData}, AsBytes(payload)};
  }
  absl::StatusOr<RaftIndex> Overwrite(uint64_t index, std::vector<NewEntry> entries, uint64_t committed = 0) {
    return log().OverwriteFrom(RaftIndex(index), entries, RaftIndex(committed));
  }
  ErrorKind Apply(const std::string& pack) {
    return KindOf(log().ApplyPack(AsBytes(pack), [](RaftIndex, const EntryView&) {}).status());
  }
  // Of a log of nothing but records of partition 1, whose first record is r1, but for `lacks`.
  static std::string Pack(uint64_t first, std::vector<NewEntry> entries, uint64_t before = 0, StoreId store = {5, 6},
                          uint64_t lacks = 0) {
    PartitionIndex next(first - lacks);
    LogPackBuilder builder(store, RaftIndex(first), {Term(before), NodeId(0), {{PartitionId(1), next}}});
    for (NewEntry& entry : entries) {
      entry.header.partition_index = std::exchange(next, next.Next());
      builder.Add(entry.header, entry.payload);
    }
    return builder.Finish();
  }

  tests::LogRig rig_;
};

TEST_F(ReplaceTest, ASuffixGivesWayAtOnceAndForGood) {
  Open(5);
  const std::string a = "new 4";
  ASSERT_EQ(*Overwrite(4, {Entry(3, a)}, 3), RaftIndex(4));
  EXPECT_EQ(*log().TermAt(RaftIndex(4)), Term(3));
  EXPECT_EQ(log().durable(), RaftIndex(3));
  EXPECT_EQ(rig_.EntryAt(4)->payload, a);
  ASSERT_TRUE(rig_.Flush().ok());
  rig_.LosePower();
  ASSERT_TRUE(rig_.Open().ok());
  EXPECT_EQ(rig_.visited.size(), 4u);
  EXPECT_EQ(rig_.visited[4].payload, a);
}

TEST_F(ReplaceTest, OverwritingRefusesWhatDoesNotFit) {
  Open(5);
  const std::string large(2000, 'x');
  EXPECT_EQ(KindOf(Overwrite(7, {Entry(3, "gap")}).status()), ErrorKind::kRefused);
  EXPECT_EQ(KindOf(Overwrite(4, {Entry(1, "term below")}).status()), ErrorKind::kRefused);
  EXPECT_EQ(KindOf(Overwrite(4, {Entry(4, "up"), Entry(3, "down")}).status()), ErrorKind::kRefused);
  EXPECT_EQ(KindOf(Overwrite(4, {Entry(4, "fits"), Entry(4, large)}).status()), ErrorKind::kRefused);
  EXPECT_EQ(log().last(), RaftIndex(5)) << "nothing of it was taken";
  EXPECT_EQ(log().durable(), RaftIndex(5));
}

TEST_F(ReplaceTest, OverwritingWhatIsCommittedStopsTheProcess) {
  Open(5);
  const CheckFailureHandler before =
      SetCheckFailureHandler([](const CheckFailure& failure) { throw std::runtime_error(failure.message); });
  std::string message;
  try {
    (void)Overwrite(4, {Entry(3, "x")}, 4);
  } catch (const std::runtime_error& error) {
    message = error.what();
  }
  SetCheckFailureHandler(before);
  EXPECT_NE(message.find("r4 vs. r4"), std::string::npos) << message;
}

TEST_F(ReplaceTest, AnEndedBatchDoesNotWaitForTheDelay) {
  rig_.options.flush_delay = Duration::Millis(50);
  Open();
  const Instant start = rig_.world->Now();
  ASSERT_TRUE(rig_.Append(1, "x").ok());
  log().EndOfBatch();
  rig_.world->RunReady();
  EXPECT_EQ(log().durable(), RaftIndex(1));
  EXPECT_EQ(rig_.world->Now(), start);
  ASSERT_TRUE(rig_.Append(1, "y").ok());
  rig_.world->RunReady();
  EXPECT_EQ(log().durable(), RaftIndex(1)) << "the next one waits again";
}

TEST_F(ReplaceTest, PacksAreRefusedWhole) {
  Open(5);
  EXPECT_EQ(Apply("no pack"), ErrorKind::kCorruption);
  EXPECT_EQ(Apply(Pack(6, {Entry(2, "x")}, 2, {7, 7})), ErrorKind::kWrongStore);
  EXPECT_EQ(Apply(Pack(7, {Entry(2, "x")}, 2)), ErrorKind::kRefused) << "a gap";
  EXPECT_EQ(Apply(Pack(6, {Entry(9, "x")}, 3)), ErrorKind::kRefused) << "another record before it";
  EXPECT_EQ(Apply(Pack(6, {Entry(1, "x")}, 0)), ErrorKind::kRefused) << "a term that falls";
  EXPECT_EQ(Apply(Pack(4, {Entry(2, "x"), Entry(3, "y"), Entry(3, "z")}, 2)), ErrorKind::kRefused) << "a conflict at 5";
  EXPECT_EQ(Apply(Pack(6, {Entry(2, "x"), Entry(2, std::string(2000, 'x'))}, 2)), ErrorKind::kRefused) << "too large";
  EXPECT_EQ(log().last(), RaftIndex(5));
  EXPECT_EQ(Apply(Pack(5, {Entry(2, "old"), Entry(3, "six")}, 2)), ErrorKind::kNone);
  EXPECT_EQ(log().last(), RaftIndex(6));
}

TEST_F(ReplaceTest, ARosterTooLargeForAHeadIsRefused) {
  Open(5);
  std::vector<RosterEntry> roster;
  for (uint64_t p = 1; p < 100; ++p) roster.push_back({PartitionId(p), PartitionIndex(1)});
  absl::Status status;
  log().Compact(RaftIndex(50), Term(2), roster, RaftIndex(5), [&](absl::Status s) { status = s; });
  rig_.world->RunReady();
  EXPECT_EQ(KindOf(status), ErrorKind::kRefused);
  EXPECT_EQ(log().last(), RaftIndex(5));
}

TEST_F(ReplaceTest, ASnapshotWithinTheLogKeepsWhatFollows) {
  Open(5);
  absl::Status status = absl::UnknownError("");
  log().Compact(RaftIndex(3), Term(2), {}, RaftIndex(3), [&](absl::Status s) { status = s; });
  rig_.world->RunReady();
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(log().first(), RaftIndex(4));
  EXPECT_EQ(log().last(), RaftIndex(5));
}

// A joiner has 12 records, gets a snapshot up to 40 and a pack; dies at each operation, and again while it opens.
TEST_F(ReplaceTest, ASnapshotBeyondTheEndIsTakenWholeOrNotAtAll) {
  Open(12);
  rig_.log.reset();
  rig_.world->Kill();
  const std::unique_ptr<tests::MemoryWorld> start = rig_.world->Clone(1);
  const std::vector<RosterEntry> roster = {{PartitionId(1), PartitionIndex(30)}};
  rig_.roster = roster;
  const std::string pack = Pack(41, {Entry(7, "a"), Entry(8, "b")}, 7, {5, 6}, /*lacks=*/11);
  bool finished = false;
  int old_ones = 0;
  int new_ones = 0;
  for (uint64_t death = 1; !finished; ++death) {
    for (uint64_t variant = 0; variant < 6; ++variant) {
      rig_.world = start->Clone(10 * death + variant);
      ASSERT_TRUE(rig_.Open().ok());
      rig_.world->FreezeAtOperation(rig_.world->operations() + death);
      bool compacted = false;
      log().Compact(RaftIndex(40), Term(7), roster, RaftIndex(12), [&](absl::Status s) { compacted = s.ok(); });
      ASSERT_EQ(*log().TermAt(RaftIndex(40)), Term(7));
      ASSERT_EQ(Apply(pack), ErrorKind::kNone);
      rig_.world->RunUntil([&] { return rig_.world->frozen() || (compacted && log().durable() == RaftIndex(42)); });
      finished = !rig_.world->frozen();
      const bool promised = compacted;
      const uint64_t durable = log().durable().value();
      rig_.LosePower(variant * 200, 100);
      rig_.world->FreezeAtOperation(rig_.world->operations() + 1 + 2 * variant);
      rig_.Open().IgnoreError();
      rig_.LosePower(500, 100);
      rig_.world->FreezeAtOperation(0);
      const absl::Status opened = rig_.Open();
      ASSERT_TRUE(opened.ok()) << "death " << death << " variant " << variant << ": " << opened;
      const bool is_new = log().first() == RaftIndex(41);
      EXPECT_TRUE(is_new || !promised) << "death " << death << " variant " << variant;
      if (is_new) {
        ++new_ones;
        EXPECT_GE(log().last().value(), durable);
        ASSERT_FALSE(rig_.head_notes.empty());
        EXPECT_EQ(rig_.head_notes[0].second.roster, roster);
        EXPECT_EQ(rig_.head_notes[0].second.term, Term(7));
      } else {
        ++old_ones;
        EXPECT_EQ(log().first(), RaftIndex(1));
        EXPECT_EQ(rig_.visited.size(), 12u);
      }
    }
  }
  EXPECT_GT(old_ones, 10);
  EXPECT_GT(new_ones, 10);
}

}  // namespace
}  // namespace tidemark
