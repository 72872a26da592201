// A partition whose file does not sync: what it lacks is set aside, and the log and the others go on.

#include <algorithm>
#include <string>
#include <vector>

#include "tests/engine/node/hanging_file_fixture.h"

namespace tidemark::tests {
namespace {

constexpr char kSpillFile[] = "spill/00000000000000000001.aof";

using HangingFileTest = HangingFileFixture;

TEST_F(HangingFileTest, TheLogLetsGoAndTheFileTakesItsRecordsFromTheSpill) {
  HangUntilTheLogLetsGo();
  EXPECT_EQ(At(1).reason, NeedReason::kNone) << engine->ladder().ToString();
  world.ReleaseSyncs();
  ExpectAllApplied();
  ASSERT_TRUE(Append(1, "goes on").ok());
}

TEST_F(HangingFileTest, ASpillThatCouldNotBeMadeIsMadeAWhileLater) {
  world.FailNamesOf("spill", 1);
  HangUntilTheLogLetsGo();
  world.ReleaseSyncs();
  ExpectAllApplied();
}

TEST_F(HangingFileTest, ItsRecordsAreReadMeanwhile) {
  HangUntilTheLogLetsGo();
  for (uint64_t i = 1; i <= 50; ++i) {
    const absl::StatusOr<Entry> entry = Read(1, i);
    ASSERT_TRUE(entry.ok()) << i << ": " << entry.status();
    EXPECT_EQ(entry->payload, Payload(static_cast<int>(i) - 1));
  }
}

TEST_F(HangingFileTest, APartitionThatHangsForEverIsRefusedByItsLimitAndHoldsNobody) {
  HangUntilTheLogLetsGo();
  absl::StatusOr<AppendResult> last = Append(1, "more");
  for (int i = 0; i < 500 && last.ok(); ++i) last = Append(1, "more");
  EXPECT_EQ(KindOf(last.status()), ErrorKind::kRefused);
  EXPECT_NE(last.status().message().find("p1: max_unapplied_records"), std::string::npos) << last.status();
  AppendMany(2, 3000);
  ASSERT_TRUE(world.RunUntil([&] { return engine->ladder().truncated > RaftIndex(4000); }))
      << engine->ladder().ToString();
}

TEST_F(HangingFileTest, AFileThatIsOnlyInNoHurryIsMadeToSyncAndNothingIsSpilled) {
  options.partition_window_bytes = 1 << 20;
  options.partition_flush_delay = Duration::Seconds(3600);
  Create(2);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(Append(1, Payload(i)).ok());
  AppendMany(2, 1500);
  ASSERT_TRUE(world.RunUntil([&] { return engine->ladder().truncated > RaftIndex(500); }))
      << engine->ladder().ToString();
  EXPECT_EQ(At(1).durable_index, PartitionIndex(50));
  EXPECT_FALSE(world.Has("spill"));
}

TEST_F(HangingFileTest, AFileWhoseWindowIsFullGathersNoLonger) {
  options.partition_flush_delay = Duration::Seconds(3600);
  Create(1);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(Append(1, Payload(i)).ok());
  world.RunReady();
  EXPECT_GE(At(1).durable_index, PartitionIndex(40)) << engine->ladder().ToString();  // all but a window
}

TEST_F(HangingFileTest, PowerLossFindsThemInTheSpill) {
  HangUntilTheLogLetsGo();
  PowerLoss();
  world.ReleaseSyncs();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  ASSERT_GT(report.partitions[0].spilled_records, 30u) << report.ToString();
  ExpectAllApplied();
}

TEST_F(HangingFileTest, ASpillThatNothingNeedsIsRemovedByTheNextRecovery) {
  HangUntilTheLogLetsGo();
  world.ReleaseSyncs();
  ExpectAllApplied();
  Kill();
  ASSERT_TRUE(world.Has("spill"));
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_FALSE(world.Has("spill"));
  EXPECT_EQ(report.partitions[0].spilled_records, 0u);
}

TEST_F(HangingFileTest, ADamagedSpillOfWhichNothingIsMissedIsRemoved) {
  HangUntilTheLogLetsGo();
  world.ReleaseSyncs();
  ExpectAllApplied();
  Kill();
  world.Damage(kSpillFile, 20);
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_EQ(KindOf(report.spill_damage), ErrorKind::kCorruption);
  EXPECT_FALSE(world.Has("spill"));
}

TEST_F(HangingFileTest, WhatIsMissedOfADamagedSpillIsReported) {
  HangUntilTheLogLetsGo();
  PowerLoss();
  world.Damage(kSpillFile, 20);
  EXPECT_EQ(Recover(), ErrorKind::kLostRecords);
  EXPECT_NE(status.message().find("the spill cannot be read"), std::string::npos) << status;
}

TEST_F(HangingFileTest, AFileThatHasFailedHoldsTheLogNoLonger) {
  Create(2);
  Settle();
  ASSERT_TRUE(Append(1, "x").ok());
  world.FailSyncs(1);
  ASSERT_TRUE(world.RunUntil([&] { return At(1).stopped != ErrorKind::kNone; }));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Append(1, Payload(i)).ok());
  AppendMany(2, 1500);
  ASSERT_TRUE(world.RunUntil([&] { return engine->ladder().truncated > RaftIndex(500); }))
      << engine->ladder().ToString();
  PowerLoss();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_TRUE(world.RunUntil([&] { return Applied(1) == 21; })) << engine->ladder().ToString();
}

TEST_F(HangingFileTest, WhoWaitsForAFileThatHasFailedIsTold) {
  Create(2);
  Settle();
  ASSERT_TRUE(Append(1, "x").ok());
  ASSERT_TRUE(world.RunUntil([&] { return Applied(1) == 1; }));
  std::vector<ErrorKind> answers;
  const auto barrier = [&](RaftIndex through) {
    engine->Barrier({PartitionId(2), PartitionId(1)}, through,
                    [&](const absl::Status& s) { answers.push_back(KindOf(s)); });
  };
  const auto follow = [&](uint64_t from) {
    engine->Follow(PartitionId(1), PartitionIndex(from), 10, 1000,
                   [&](const auto& entries) { answers.push_back(KindOf(entries.status())); });
  };
  const RaftIndex next = engine->ladder().appended.Next();
  barrier(next);
  follow(2);
  world.FailSyncs(1);
  ASSERT_TRUE(world.RunUntil([&] { return At(1).stopped != ErrorKind::kNone && answers.size() == 1; }));
  EXPECT_EQ(answers.back(), ErrorKind::kPoisoned) << "the follower";
  EXPECT_EQ(Append(1, "never applied")->raft_index, next);
  ASSERT_TRUE(world.RunUntil([&] { return answers.size() == 2; }));
  EXPECT_EQ(answers.back(), ErrorKind::kPoisoned) << "the barrier";
  barrier(next);
  follow(2);
  barrier(next.Prev());
  ASSERT_TRUE(world.RunUntil([&] { return answers.size() == 5; }));
  EXPECT_EQ(answers[2], ErrorKind::kPoisoned);
  EXPECT_EQ(answers[3], ErrorKind::kPoisoned);
  EXPECT_EQ(answers[4], ErrorKind::kNone) << "all up to there is applied";
}

// The log goes in whole files.
TEST_F(HangingFileTest, ADamagedCopyOfWhatTheLogHasStillIsNotMissed) {
  options.cache_bytes = 0;
  HangUntilTheLogLetsGo();
  const auto rotations = [&] {
    return std::count_if(world.events.begin(), world.events.end(), [](const TraceEvent& event) {
      return event.kind == TraceKind::kRotated && event.partition == kSystemPartition;
    });
  };
  const auto fill_file = [&] {
    for (const auto before = rotations(); rotations() == before;) AppendMany(2, 1);
  };
  fill_file();
  AppendMany(2, 60);
  ASSERT_TRUE(Append(1, Payload(50)).ok());
  fill_file();
  const absl::StatusOr<AppendResult> second = Append(1, Payload(51));
  ASSERT_TRUE(second.ok()) << second.status();
  AppendMany(2, 60);
  ASSERT_TRUE(world.RunUntil([&] { return At(1).spilled_index == PartitionIndex(52); })) << engine->ladder().ToString();
  std::string file;
  for (const std::string& name : world.Names("spill")) {
    const size_t at = world.Content("spill/" + name).find(Payload(51));
    if (at != std::string::npos) world.Damage(file = "spill/" + name, at);
  }
  ASSERT_NE(file, "");
  ASSERT_LT(engine->ladder().truncated, second->raft_index) << "the log has it";
  world.ReleaseSyncs();
  EXPECT_TRUE(world.RunUntil([&] { return Applied(1) == 52; })) << engine->ladder().ToString();
  EXPECT_EQ(At(1).stopped, ErrorKind::kNone);
}

TEST_F(HangingFileTest, ASpillThatCannotBeOpenedIsAnError) {
  HangUntilTheLogLetsGo();
  PowerLoss();
  world.HangSyncsOf("");
  world.FailNamesOf("spill/0", 1, absl::InvalidArgumentError("is a directory"));
  Recover();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_EQ(Recover(), ErrorKind::kNone) << status;
  ExpectAllApplied();
}

TEST_F(HangingFileTest, ADroppedPartitionLeavesNothingForItsSuccessor) {
  HangUntilTheLogLetsGo();
  world.ReleaseSyncs();
  ASSERT_TRUE(Drop(1).ok());
  ASSERT_TRUE(CreatePartition(1).ok());
  ASSERT_TRUE(Append(1, "new").ok());
  Settle();
  PowerLoss();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  Settle();
  EXPECT_EQ(ledger.records[1], std::vector<std::string>{"new"});
}

TEST_F(HangingFileTest, AReaderDoesNotGetARecordOfTheNextPartitionOfThatId) {
  HangUntilTheLogLetsGo();
  world.HangOpensOf(kSpillFile);
  absl::optional<absl::StatusOr<Entry>> answer;
  engine->Read(PartitionId(1), PartitionIndex(40), [&](absl::StatusOr<Entry> entry) { answer = std::move(entry); });
  world.RunReady();
  ASSERT_FALSE(answer.has_value());
  world.ReleaseSyncs();
  ASSERT_TRUE(Drop(1).ok());
  ASSERT_TRUE(CreatePartition(1).ok());
  world.HangSyncsOf("p-0000000001/");
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(Append(1, "of the next one").ok());
  AppendMany(2, 1500);
  ASSERT_TRUE(world.RunUntil([&] { return At(1).spilled_index == PartitionIndex(50); })) << engine->ladder().ToString();
  ASSERT_FALSE(answer.has_value());
  world.ReleaseOpens();
  ASSERT_TRUE(world.RunUntil([&] { return answer.has_value(); }));
  EXPECT_TRUE(absl::IsNotFound(answer->status())) << (answer->ok() ? (*answer)->payload : answer->status().ToString());
}

TEST_F(HangingFileTest, WhoWaitsForASnapshotIsAnsweredWhenThePartitionIsDropped) {
  options.snapshot_bytes = 0;
  Create(1);
  AppendMany(1, 5);
  Settle();
  world.HangSyncsOf("p-0000000001/");
  absl::optional<absl::Status> answer;
  engine->SnapshotNow(PartitionId(1), [&](const absl::Status& s) { answer = s; });
  world.RunReady();
  ASSERT_FALSE(answer.has_value());
  engine->DropPartition(PartitionId(1), [](const absl::Status&) {});
  ASSERT_TRUE(world.RunUntil([&] { return answer.has_value(); }));
  EXPECT_TRUE(absl::IsNotFound(*answer));
}

// The one number that no partition may have is the spill's.
TEST_F(HangingFileTest, TheSpillsNumberIsRefused) {
  Create(1);
  EXPECT_EQ(KindOf(CreatePartition(~uint64_t{0})), ErrorKind::kRefused);
}

TEST_F(HangingFileTest, RecordsWithoutPayloadFillTheWindowToo) {
  Create(1);
  Settle();
  world.HangSyncsOf("p-0000000001/");
  for (int i = 0; i < 150; ++i) ASSERT_TRUE(Append(1, "").ok());
  world.RunReady();
  EXPECT_LT(At(1).forwarded_index, PartitionIndex(50));
}

}  // namespace
}  // namespace tidemark::tests
