// Partition files that are cut below their state machines' snapshots.

#include <vector>

#include "engine/partition/partition_log.h"
#include "tests/engine/node/engine_fixture.h"

namespace tidemark {
namespace {

using tests::EngineFixture;

class SnapshotsTest : public EngineFixture {
 protected:
  absl::Status Snapshot(uint64_t partition) {
    absl::optional<absl::Status> answer;
    engine->SnapshotNow(PartitionId(partition), [&](const absl::Status& s) { answer = s; });
    world.RunUntil([&] { return answer.has_value(); });
    return *answer;
  }
  std::string Directory(uint64_t partition) { return PartitionLog::DirectoryOf(PartitionId(partition)); }
};

TEST_F(SnapshotsTest, APartitionFileIsCutBelowTheSnapshot) {
  options.snapshot_bytes = 128u << 10;
  Create(1);
  AppendMany(1, 3000);
  Settle();
  EXPECT_GT(ledger.snapshots, 0);
  EXPECT_GT(At(1).truncated_index, PartitionIndex(0));
  world.RunReady();
  EXPECT_LT(world.Names(Directory(1)).size(), 5u);
  EXPECT_EQ(KindOf(Read(1, 1).status()), ErrorKind::kTruncated);
  PowerLoss();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_GT(At(1).truncated_index, PartitionIndex(0));
  EXPECT_EQ(Read(1, 3000)->payload, std::string(100, 'a' + 2999 % 26));
}

TEST_F(SnapshotsTest, ASnapshotMayBeAskedFor) {
  options.snapshot_bytes = 0;
  Create(2);
  AppendMany(1, 5);
  Settle();
  EXPECT_TRUE(Snapshot(1).ok());
  EXPECT_EQ(At(1).truncated_index, PartitionIndex(4));
  EXPECT_TRUE(Snapshot(1).ok()) << "nothing new to cut";
  ledger.takes_snapshots = false;
  EXPECT_EQ(KindOf(Snapshot(2)), ErrorKind::kIoError);
  EXPECT_TRUE(absl::IsNotFound(Snapshot(3)));
}

TEST_F(SnapshotsTest, AFileThatIsCutAsFarAsItGoesIsRecovered) {
  options.snapshot_bytes = 0;
  Create(1);
  AppendMany(1, 5);
  Settle();
  ASSERT_TRUE(Snapshot(1).ok());
  ASSERT_TRUE(Truncate().ok());
  PowerLoss();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_EQ(At(1).applied_index, PartitionIndex(5));
  EXPECT_EQ(Append(1, "next")->partition_index, PartitionIndex(6));
  Settle();
}

TEST_F(SnapshotsTest, AMachineMayHaveMoreThanThisLifeHasApplied) {
  options.partition_flush_delay = Duration::Seconds(1);
  Create(1);
  AppendMany(1, 30);
  ASSERT_TRUE(world.RunUntil([&] { return Applied(1) == 30; }));
  ASSERT_LT(At(1).durable_index, PartitionIndex(30));
  PowerLoss();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_TRUE(Snapshot(1).ok());
  EXPECT_LE(At(1).truncated_index, At(1).durable_index);
}

TEST_F(SnapshotsTest, AMachineThatTakesNoSnapshotKeepsTheFileWhole) {
  options.snapshot_bytes = 128u << 10;
  ledger.takes_snapshots = false;
  Create(1);
  AppendMany(1, 2000);
  Settle();
  EXPECT_GT(ledger.snapshots, 0);
  EXPECT_LT(ledger.snapshots, 10);
  EXPECT_EQ(Read(1, 1)->payload, std::string(100, 'a'));
}

// What it applied since it was asked was not durable, as nobody asked for that.
TEST_F(SnapshotsTest, AMachineThatHasOnlyItsSnapshotGoesOnFromThere) {
  options.snapshot_bytes = 128u << 10;
  Create(1);
  AppendMany(1, 3000);
  Settle();
  const uint64_t snapshot = At(1).truncated_index.value();
  ASSERT_GT(snapshot, 0u);
  world.RunReady();
  Kill();
  ledger.records[1].resize(snapshot);
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  Settle();
  EXPECT_EQ(Applied(1), 3000u);
}

TEST_F(SnapshotsTest, ASnapshotThatFailedIsTriedAgainThoughNothingMoreComes) {
  options.snapshot_bytes = 128u << 10;
  ledger.takes_snapshots = false;
  Create(1);
  AppendMany(1, 3000);
  Settle();
  ASSERT_EQ(At(1).truncated_index, PartitionIndex(0));
  ledger.takes_snapshots = true;
  EXPECT_TRUE(world.RunUntil([&] { return At(1).truncated_index > PartitionIndex(2000); }));
}

TEST_F(SnapshotsTest, AMachineWithoutSnapshotsIsAskedOnlyWhenTheFileGrows) {
  options.snapshot_bytes = 128u << 10;
  ledger.takes_snapshots = false;
  ledger.snapshot_refusal = absl::UnimplementedError("none");
  Create(1);
  AppendMany(1, 3000);
  Settle();
  const int asked = ledger.snapshots;
  EXPECT_GT(asked, 1);
  EXPECT_LT(asked, 10);
  EXPECT_FALSE(world.RunUntil([&] { return ledger.snapshots > asked; }));
}

TEST_F(SnapshotsTest, APartitionThatIsIdleAfterARestartIsCutAllTheSame) {
  options.snapshot_bytes = 128u << 10;
  ledger.takes_snapshots = false;
  Create(1);
  AppendMany(1, 3000);
  Settle();
  Kill();
  ledger.takes_snapshots = true;
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_TRUE(world.RunUntil([&] { return At(1).truncated_index > PartitionIndex(2000); }));
}

TEST_F(SnapshotsTest, AMachineThatLostItsSnapshotIsRefused) {
  options.snapshot_bytes = 128u << 10;
  Create(1);
  AppendMany(1, 3000);
  Settle();
  ASSERT_GT(At(1).truncated_index, PartitionIndex(0));
  world.RunReady();
  Kill();
  ledger.records.clear();
  EXPECT_EQ(Recover(), ErrorKind::kLostRecords);
}

// Who asks while the file is being cut waits for that too.
TEST_F(SnapshotsTest, ASnapshotIsAnsweredWhenItsCutIsDurable) {
  for (const bool fails : {false, true}) {
    if (!fails) Create(1);
    AppendMany(1, 50);
    Settle();
    world.HangSyncsOf(Directory(1));
    ledger.snapshots = 0;
    std::vector<ErrorKind> answers;
    for (int i = 0; i < 2; ++i) {
      engine->SnapshotNow(PartitionId(1), [&](const absl::Status& s) { answers.push_back(KindOf(s)); });
      world.RunReady();
    }
    EXPECT_TRUE(answers.empty());
    EXPECT_EQ(ledger.snapshots, 2);
    if (fails) world.FailSyncs(1);
    world.HangSyncsOf("");
    world.ReleaseSyncs();
    ASSERT_TRUE(world.RunUntil([&] { return answers.size() == 2; }));
    for (const ErrorKind answer : answers) EXPECT_EQ(answer, fails ? ErrorKind::kPoisoned : ErrorKind::kNone);
    const PartitionIndex cut = At(1).truncated_index;
    PowerLoss();
    ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
    EXPECT_TRUE(fails || At(1).truncated_index == cut);
  }
}

}  // namespace
}  // namespace tidemark
