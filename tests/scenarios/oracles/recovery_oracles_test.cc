// T2 and R1-R5: for each a history that breaks it, and a legal but odd one that it accepts.

#include "gtest/gtest.h"
#include "tests/scenarios/oracles/story.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;

TEST(T2NoHoles, APromisedRecordThatIsMissingIsSeen) {
  Story story;
  Settled(story).ReadFails(1, 2, ErrorKind::kTruncated);
  EXPECT_EQ(story.Broken(), "T2") << story.Message();
}

TEST(T2NoHoles, AMissingLogRecordAboveTheTruncationIsSeen) {
  Story story;
  Settled(story).Truncate(2);
  story.ReadLogFails(3, ErrorKind::kTruncated);
  EXPECT_EQ(story.Broken(), "T2") << story.Message();
}

TEST(T2NoHoles, TruncatedRecordsAndRecordsNotYetPromisedMayBeAbsent) {
  Story story;
  Settled(story).Truncate(2);
  story.ReadLogFails(2, ErrorKind::kTruncated);
  story.Append(1);
  story.ReadFails(1, 4, ErrorKind::kTruncated);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(T2NoHoles, ADeviceThatNobodyOrderedToFailIsSeen) {
  Story story;
  Settled(story).ReadFails(1, 2, ErrorKind::kIoError);
  EXPECT_EQ(story.Broken(), "T2") << story.Message();
  Story ordered({fault::FaultKind::kReadError});
  Settled(ordered).ReadFails(1, 2, ErrorKind::kIoError);
  EXPECT_EQ(ordered.Broken(), "") << ordered.Message();
}

TEST(T2NoHoles, AFailureThatTheStoreDidNotTellOfInThisLifeIsSeen) {
  Story story;
  Settled(story).Emit(TraceKind::kPoisoned, 1, {});
  story.ReadFails(1, 2, ErrorKind::kPoisoned);
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Crash();
  story.Recover();
  story.ReadFails(1, 2, ErrorKind::kPoisoned);
  EXPECT_EQ(story.Broken(), "T2") << story.Message();
}

TEST(R1AckedSurvive, LosingAnAcknowledgedRecordIsSeen) {
  Story story;
  Settled(story).Crash();
  story.RecoverAs(WithoutLast(story));
  EXPECT_EQ(story.Broken(), "R1") << story.Message();
  EXPECT_EQ(story.violations()[0].partition_index, PartitionIndex(3));
  EXPECT_EQ(story.violations()[0].what, "lost record");
}

TEST(R1AckedSurvive, LosingAPartitionIsSeen) {
  Story story;
  story.Start();
  story.Crash();
  Ladder ladder = story.Recovered();
  ladder.partitions.pop_back();
  story.RecoverAs(ladder);
  EXPECT_EQ(story.Broken(), "R1") << story.Message();
  EXPECT_EQ(story.violations()[0].what, "lost partition");
}

TEST(R1AckedSurvive, ARefusalForLostRecordsIsSeen) {
  Story story;
  Settled(story).Crash();
  story.Refuse(ErrorKind::kLostRecords);
  EXPECT_EQ(story.Broken(), "R1") << story.Message();
  EXPECT_EQ(story.violations()[0].what, "refused recovery");
}

TEST(R1AckedSurvive, LosingWhatNobodyWasToldIsLegal) {
  Story story;
  Settled(story);
  for (int i = 0; i < 4; ++i) story.Append(1);
  story.Crash();
  story.Recover();
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(R1AckedSurvive, UnacknowledgedRecordsMaySurvive) {
  Story story;
  Settled(story);
  for (int i = 0; i < 4; ++i) story.Append(1);
  story.Crash();
  story.Recover(3);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(R1AckedSurvive, ButOnceARecoveryServedThemTheyMustStay) {
  Story story;
  Settled(story);
  for (int i = 0; i < 4; ++i) story.Append(1);
  story.Crash();
  const Ladder before = story.Recovered();
  story.Recover(3);
  story.Crash();
  story.RecoverAs(before);
  EXPECT_EQ(story.Broken(), "R1") << story.Message();
}

TEST(R1AckedSurvive, ADiskThatLiesMayCostRecords) {
  Story story({FaultKind::kLostSync});
  Settled(story).Crash();
  story.RecoverAs(WithoutLast(story));
  story.Crash();
  story.Refuse(ErrorKind::kLostRecords);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(R1AckedSurvive, ALogWithoutNamesMustBeRefusedWhereItsDirectoryMayNotBeDurable) {
  Story lied({FaultKind::kLostSync});
  Settled(lied).Crash();
  lied.Refuse(ErrorKind::kNoStore);
  EXPECT_EQ(lied.Broken(), "") << lied.Message();
  Story anothers({FaultKind::kLostSync});
  Settled(anothers).Crash();
  anothers.Refuse(ErrorKind::kWrongStore);
  EXPECT_EQ(anothers.Broken(), "R1");
}

TEST(R1AckedSurvive, AnEmptyDiskMustBeRefused) {
  Story story({FaultKind::kDiskLoss});
  Settled(story).Crash();
  story.Refuse(ErrorKind::kNoStore);
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.RecoverAs(Ladder());
  EXPECT_EQ(story.Broken(), "R1") << story.Message();
}

TEST(R2NothingInvented, ARecordThatNobodySentIsSeen) {
  Story story;
  story.Start();
  story.Emit(TraceKind::kAppended, 1, {1, 1, 24, 99});
  EXPECT_EQ(story.Broken(), "R2") << story.Message();
}

TEST(R2NothingInvented, ARecordWithOtherBytesIsSeen) {
  Story story;
  story.Start();
  story.Send(1);
  story.Emit(TraceKind::kAppended, 1, {1, 1, 24, 99});
  EXPECT_EQ(story.Broken(), "R2") << story.Message();
}

TEST(R2NothingInvented, RecoveringMoreThanWasEverTakenIsSeen) {
  Story story;
  Settled(story).Crash();
  Ladder ladder = story.Recovered();
  ladder.partitions[0].appended_index = PartitionIndex(4);
  story.RecoverAs(ladder);
  EXPECT_EQ(story.Broken(), "R2") << story.Message();
}

TEST(R2NothingInvented, ServingBytesOfNoRecordIsSeen) {
  Story story;
  Settled(story).Read(1, 2, std::string(40, 'x'));
  EXPECT_EQ(story.Broken(), "R2") << story.Message();
}

TEST(R3NothingTwice, ARecordAtAnothersPlaceIsSeen) {
  Story story;
  Settled(story).Read(1, 2, story.payload(1, 1));
  EXPECT_EQ(story.Broken(), "R3") << story.Message();
}

TEST(R3NothingTwice, ASkippedPartitionIndexIsSeen) {
  Story story;
  story.Start();
  const std::string payload = story.Send(1);
  story.Emit(TraceKind::kAppended, 1, {1, 2, payload.size(), Crc32c(AsBytes(payload))});
  EXPECT_EQ(story.Broken(), "R3") << story.Message();
}

TEST(R3NothingTwice, ApplyingARecordTwiceAcrossACrashIsLegal) {
  Story story;
  Settled(story).Crash();
  story.MachinesForget();
  story.Recover();
  story.StartApply(1, 1, story.payload(1, 1));
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(R4RungsRecovered, ATruncationThatComesUndoneIsSeen) {
  Story story;
  Settled(story);
  const Ladder before = story.Recovered();
  story.Truncate(3);
  story.Crash();
  story.RecoverAs(before);
  EXPECT_EQ(story.Broken(), "R4") << story.Message();
}

TEST(R4RungsRecovered, APartitionFileThatFallsBackIsSeen) {
  Story story;
  Settled(story).Crash();
  Ladder ladder = story.Recovered();
  ladder.partitions[0].durable_index = PartitionIndex(1);
  story.RecoverAs(ladder);
  EXPECT_EQ(story.Broken(), "R4") << story.Message();
}

TEST(R4RungsRecovered, AFileRebuiltFromTheLogMayStartOver) {
  Story story;
  Settled(story).Crash();
  Ladder ladder = story.Recovered();
  ladder.partitions[0].durable_index = PartitionIndex(0);
  RecoveryReport report;
  report.partitions.emplace_back();
  report.partitions.back().partition = PartitionId(1);
  report.partitions.back().rebuilt = true;
  story.RecoverAs(ladder, report);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

// Where recovery may roll back: one record of p1 is committed; one of p2, and a second of p1, are in their files and in
// the log, but another one of p2 between them is in the log only.
Story& PartlyCommitted(Story& story) {
  story.Start();
  story.Append(1);
  story.SyncLog(1);
  story.Forward(1, 1);
  story.Sync(1, 1);
  story.Commit(1);
  story.Ack(1, 1);
  story.Append(2);
  story.Append(1);
  story.SyncLog(3);
  story.Forward(1, 2);
  story.Sync(1, 2);
  story.Crash();
  return story;
}

Ladder RolledBackTo(const Story& story, uint64_t end, uint64_t p1) {
  Ladder ladder = story.Recovered();
  ladder.appended = ladder.durable = ladder.committed = RaftIndex(end);
  PartitionLadder& p = ladder.partitions[0];
  p.appended_index = p.forwarded_index = p.durable_index = PartitionIndex(p1);
  p.appended = p.forwarded = p.partition_durable = RaftIndex(p1);
  ladder.partitions[1].appended_index = PartitionIndex(0);
  ladder.partitions[1].appended = RaftIndex(0);
  return ladder;
}

TEST(R4RungsRecovered, RollingBackToWhatIsCommittedIsLegal) {
  Story story(Story::RollsBack());
  PartlyCommitted(story);
  story.RecoverAs(RolledBackTo(story, 1, 1));
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(R4RungsRecovered, RollingBackWithoutThatPolicyIsSeen) {
  Story story;
  PartlyCommitted(story);
  story.RecoverAs(RolledBackTo(story, 1, 1));
  EXPECT_EQ(story.Broken(), "R4") << story.Message();
}

TEST(R4RungsRecovered, RollingBackWhatIsCommittedIsSeen) {
  Story story(Story::RollsBack());
  PartlyCommitted(story);
  story.RecoverAs(RolledBackTo(story, 0, 0));
  EXPECT_EQ(story.violations().back().oracle, "R4") << story.Message();
}

TEST(R5RecoveryConverges, TwoRecoveriesThatDifferAreSeen) {
  Story story;
  Settled(story);
  story.Append(1);
  story.Crash();
  story.Recover();
  story.Crash();
  Ladder ladder = story.Recovered();
  ladder.partitions[0].appended_index = PartitionIndex(2);
  story.RecoverAs(ladder);
  bool seen = false;
  for (const Violation& violation : story.violations()) seen = seen || violation.oracle == "R5";
  EXPECT_TRUE(seen) << story.Message();
}

TEST(R5RecoveryConverges, RecoveriesWithWorkBetweenThemMayDiffer) {
  Story story;
  Settled(story).Crash();
  story.Recover();
  story.Settle(1);
  story.Crash();
  story.Recover();
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

}  // namespace
}  // namespace tidemark::scenarios
