// L6, T2, T3, R1, R2, L5 and V2 where partitions come and go, are cut and overloaded: for each a history
// that breaks it, and a legal but odd one that it accepts.

#include "engine/base/status.h"
#include "gtest/gtest.h"
#include "tests/scenarios/oracles/story.h"

namespace tidemark::scenarios {
namespace {

using fault::Setting;

// --- L6 -----------------------------------------------------------------------------------------------------

TEST(L6AckedGapless, ASkippedRecordIsSeen) {
  Story story;
  story.Start();
  story.Append(1);
  story.Append(1);
  story.Durable();
  story.Ack(1, 2);
  EXPECT_EQ(story.Broken(), "L6") << story.Message();
}

TEST(L6AckedGapless, ASecondAcknowledgementIsSeen) {
  Story story;
  SettledInOne(story, 1).Ack(1, 1);
  EXPECT_EQ(story.Broken(), "L6") << story.Message();
}

TEST(L6AckedGapless, ARungThatTheDiskDidNotEarnIsSeen) {
  Story story;
  story.Start();
  story.Append(1);
  story.Write();
  story.Emit(TraceKind::kDurable, 0, {0, 1});
  story.Emit(TraceKind::kCommitted, 0, {0, 1});
  story.Ack(1, 1);
  EXPECT_EQ(story.Broken(), "L6") << story.Message();
}

TEST(L6AckedGapless, ASyncOfWhatWasWrittenBeforeTheRecordIsNotEnough) {
  Story story;
  story.Start();
  story.Write();
  story.Append(1);
  story.SyncLog();
  story.Emit(TraceKind::kDurable, 0, {0, 1});
  story.Emit(TraceKind::kCommitted, 0, {0, 1});
  story.Ack(1, 1);
  EXPECT_EQ(story.Broken(), "L6") << story.Message();
}

TEST(L6AckedGapless, APartOfTheWriteIsNotEnough) {
  Story story;
  story.Start();
  story.Append(1);
  story.Write(1, 60);
  story.SyncLog();
  story.Emit(TraceKind::kDurable, 0, {0, 1});
  story.Emit(TraceKind::kCommitted, 0, {0, 1});
  story.Ack(1, 1);
  EXPECT_EQ(story.Broken(), "L6") << story.Message();
}

TEST(L6AckedGapless, ASyncOfAnotherFileIsNotEnough) {
  for (const bool earlier_first : {true, false}) {
    Story story;
    story.Start();
    story.Append(1);
    story.Write(1);
    story.Append(1);
    story.Write(2);
    if (earlier_first) story.SyncFile(1);
    story.SyncFile(2);
    story.Emit(TraceKind::kDurable, 0, {0, 2});
    story.Emit(TraceKind::kCommitted, 0, {0, 2});
    story.Ack(1, 1);
    story.Ack(1, 2);
    EXPECT_EQ(story.Broken(), earlier_first ? "" : "L6") << story.Message();
  }
}

TEST(L6AckedGapless, PartitionsMayBeAcknowledgedInAnyOrderAndGoOnAfterARestart) {
  Story story;
  story.Start();
  story.Append(1);
  story.Append(2);
  story.Durable();
  story.Ack(2, 1);
  story.Ack(1, 1);
  story.Append(1);
  story.Crash();
  story.Recover(1);  // it survived, and nobody was told
  story.Append(1);
  story.Durable();
  story.Ack(1, 3);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

// --- snapshots ------------------------------------------------------------------------------------------------

TEST(T3SnapshotCovers, AFileThatIsCutAheadOfTheSnapshotIsSeen) {
  Story story;
  SettledInOne(story, 3).Snapshot(1, 1);
  story.CutFile(1, 2);
  EXPECT_EQ(story.Broken(), "T3") << story.Message();
}

TEST(T3SnapshotCovers, ARecoveryFromAFileThatBeginsAboveTheSnapshotIsSeen) {
  Story story;
  SettledInOne(story, 3).Snapshot(1, 1);
  story.CutFile(1, 1);
  story.Crash();
  Ladder ladder = story.Recovered();
  ladder.partitions[0].truncated_index = PartitionIndex(2);
  story.RecoverAs(ladder);
  EXPECT_EQ(story.Broken(), "T3") << story.Message();
}

TEST(T3SnapshotCovers, AFileMayKeepMoreThanTheSnapshotNeeds) {
  Story story;
  SettledInOne(story, 3).Snapshot(1, 3);
  story.CutFile(1, 2);
  story.Crash();
  Ladder ladder = story.Recovered();
  ladder.partitions[0].truncated_index = PartitionIndex(1);  // the cut was not durable
  story.RecoverAs(ladder);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(T2NoHoles, WhatASnapshotTookMayBeRefusedAndNothingElse) {
  Story story;
  SettledInOne(story, 3).Snapshot(1, 2);
  story.CutFile(1, 1);
  story.ReadFails(1, 1, ErrorKind::kTruncated);
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.ReadFails(1, 2, ErrorKind::kTruncated);
  EXPECT_EQ(story.Broken(), "T2") << story.Message();
}

TEST(T2NoHoles, WhatIsNotCommittedMayBeRefusedAndNotServed) {
  Story story;
  SettledInOne(story, 1).Append(1);
  story.ReadFails(1, 2, ErrorKind::kTruncated);
  story.SyncLog(2);
  story.ReadFails(1, 2, ErrorKind::kTruncated);
  story.Read(1, 1, story.payload(1, 1));
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Read(1, 2, story.payload(1, 2));
  EXPECT_EQ(story.Broken(), "T2") << story.Message();
}

// --- partitions that come and go --------------------------------------------------------------------------------

TEST(R1AckedSurvive, APartitionThatGoesWithoutADropIsSeen) {
  Story story;
  SettledInOne(story, 1).Crash();
  Ladder ladder = story.Recovered();
  ladder.partitions.pop_back();
  story.RecoverAs(ladder);
  EXPECT_EQ(story.Broken(), "R1") << story.Message();
}

TEST(R1AckedSurvive, ADropThatNobodyHeardOfMayHaveHappened) {
  Story story;
  SettledInOne(story, 1).Settle(2);
  story.DropSent(2);
  story.Crash();
  Ladder ladder = story.Recovered();
  ladder.partitions.pop_back();
  story.RecoverAs(ladder);
  EXPECT_EQ(story.Broken(), "") << story.Message();
  EXPECT_TRUE(story.model().IsDropped(PartitionId(2)));
}

TEST(R1AckedSurvive, ADropThatNobodyHeardOfMayNotHaveHappenedButThenAllIsThere) {
  Story story;
  SettledInOne(story, 1).Settle(2);
  story.DropSent(2);
  story.Crash();
  Ladder ladder = story.Recovered();
  ladder.partitions[1].appended_index = PartitionIndex(0);
  story.RecoverAs(ladder);
  EXPECT_EQ(story.Broken(), "R1") << story.Message();
}

TEST(R1AckedSurvive, AMachineThatIsToldToForgetWhatNobodyDropsIsSeen) {
  Story story;
  SettledInOne(story, 1).MachineForgets(1);
  EXPECT_EQ(story.Broken(), "R1") << story.Message();
}

TEST(R1AckedSurvive, WhereSyncsLieTheDropBeforeACreationMayBeTheLastThatIsKnown) {
  Story story({fault::FaultKind::kLostSync});
  SettledInOne(story, 1).MachineForgets(1);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(R2NothingInvented, ADropThatComesUndoneIsSeen) {
  Story story;
  SettledInOne(story, 1);
  story.DropSent(2);
  const Ladder before = story.Recovered();
  story.Dropped(2);
  story.Crash();
  Ladder ladder = story.Recovered();
  ladder.partitions = before.partitions;
  story.RecoverAs(ladder);
  EXPECT_EQ(story.Broken(), "R2") << story.Message();
}

TEST(R2NothingInvented, ADropThatIsAnsweredBeforeItHappenedIsSeen) {
  for (const int steps : {0, 1, 2, 3}) {
    Story story;
    SettledInOne(story, 1).DropSent(2);
    if (steps >= 1) story.Dropping(2);
    if (steps >= 2) story.Drop(2);
    if (steps >= 3) story.Removed(2);
    story.DropDone(2);
    EXPECT_EQ(story.Broken(), steps == 3 ? "" : "R2") << steps << story.Message();
  }
}

TEST(R2NothingInvented, ADropThatIsAnsweredForAnEarlierPartitionIsSeen) {
  Story story;
  SettledInOne(story, 1).DropSent(2);
  story.Dropped(2);
  story.DropDone(2, 1);
  EXPECT_EQ(story.Broken(), "R2") << story.Message();
}

TEST(R2NothingInvented, ARecordThatIsTakenAfterTheDropIsSeen) {
  Story story;
  story.Start();
  story.Settle(2);
  story.DropSent(2);
  story.Dropping(2);
  story.Append(1);
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Append(2);
  EXPECT_EQ(story.Broken(), "R2") << story.Message();
}

TEST(R3NothingTwice, ARecordOfTheEarlierPartitionInTheNextOneIsSeen) {
  Story story;
  story.Start();
  story.Settle(2);
  const std::string old = story.payload(2, 1);
  story.DropSent(2);
  story.Dropped(2);
  story.CreateAgain(2);
  story.Append(2);
  story.Durable();
  story.Forward(2, 1);
  story.StartApply(2, 1, old);
  EXPECT_EQ(story.Broken(), "R3") << story.Message();
}

TEST(PartitionOracles, APartitionThatIsCreatedAgainStartsAnew) {
  Story story;
  story.Start();
  story.Settle(2);
  story.Settle(2);
  story.DropSent(2);
  story.Dropped(2);
  story.CreateAgain(2);
  story.Settle(2);
  story.Crash();
  story.Recover();
  story.Settle(2);
  EXPECT_EQ(story.Broken(), "") << story.Message();
  EXPECT_EQ(story.model().Last(PartitionId(2)), PartitionIndex(2));
  EXPECT_EQ(story.model().Incarnation(PartitionId(2)), 1u);
}

// --- limits ------------------------------------------------------------------------------------------------------

// Each limit by itself, as large as two small records.
Story::Values RoomForTwo() {
  return {{Setting::kMaxUnappliedRecords, 2},
          {Setting::kMaxUnappliedBytes, 60},
          {Setting::kMaxTotalUnappliedBytes, 60},
          {Setting::kMaxRetainedRecords, 2},
          {Setting::kMaxLagRecords, 2}};
}

TEST(V2WithinLimits, ARecordBeyondEachLimitIsSeen) {
  for (const auto& [setting, value] : RoomForTwo()) {
    Story story(Story::Values{{setting, value}});
    SettledInOne(story, 1);
    story.Append(1);
    story.Append(1);
    EXPECT_EQ(story.Broken(), "") << InfoOf(setting).name << ": " << story.Message();
    story.Append(1);
    story.Append(1);
    EXPECT_EQ(story.Broken(), "V2") << InfoOf(setting).name;
  }
}

TEST(V2WithinLimits, ARefusalThatNoLimitExplainsIsSeen) {
  const uint64_t refused = static_cast<uint64_t>(ErrorKind::kRefused);
  for (const auto& [setting, value] : RoomForTwo()) {
    Story story(Story::Values{{setting, value}});
    SettledInOne(story, 1);
    story.Append(1);
    story.Append(1);
    story.Emit(TraceKind::kRefused, 1, {refused, 24, 1, 24});
    EXPECT_EQ(story.Broken(), "") << InfoOf(setting).name << ": " << story.Message();
    story.Durable();
    for (uint64_t i = 2; i <= 3; ++i) {
      story.Forward(1, i);
      story.Sync(1, i);
      story.Apply(1, i);
    }
    story.MinRequired(4);
    story.Emit(TraceKind::kRefused, 1, {refused, 24, 1, 24});
    EXPECT_EQ(story.Broken(), "V2") << InfoOf(setting).name;
  }
}

TEST(V2WithinLimits, ARefusalThatIsNotOfALimitIsNone) {
  Story story;
  SettledInOne(story, 1);
  story.PayloadLimit(100);
  story.Emit(TraceKind::kRefused, 1, {static_cast<uint64_t>(ErrorKind::kRefused), 101, 1, 101});
  story.Emit(TraceKind::kRefused, 1, {static_cast<uint64_t>(ErrorKind::kDiskFull), 24, 1, 24});
  story.Emit(TraceKind::kRefused, 3, {static_cast<uint64_t>(ErrorKind::kNone), 24, 1, 24});
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Emit(TraceKind::kRefused, 1, {static_cast<uint64_t>(ErrorKind::kRefused), 100, 1, 100});
  EXPECT_EQ(story.Broken(), "V2");
}

TEST(V2WithinLimits, ABatchThatTheLimitsAllowTogetherMustBeTaken) {
  const uint64_t refused = static_cast<uint64_t>(ErrorKind::kRefused);
  for (const auto& [setting, value] : RoomForTwo()) {
    Story two(Story::Values{{setting, value}});
    SettledInOne(two, 1);
    two.Emit(TraceKind::kRefused, 1, {refused, 72, 3, 24});
    EXPECT_EQ(two.Broken(), "") << InfoOf(setting).name << ": " << two.Message();
    two.Emit(TraceKind::kRefused, 1, {refused, 48, 2, 24});
    EXPECT_EQ(two.Broken(), "V2") << InfoOf(setting).name;
    Story one(Story::Values{{setting, value}});
    SettledInOne(one, 1);
    one.Append(1);
    one.Emit(TraceKind::kRefused, 1, {refused, 48, 2, 24});
    EXPECT_EQ(one.Broken(), "") << InfoOf(setting).name << ": " << one.Message();
  }
  Story story;
  SettledInOne(story, 1);
  story.PayloadLimit(100);
  story.Emit(TraceKind::kRefused, 1, {refused, 104, 3, 101});
  story.Emit(TraceKind::kRefused, 1, {refused, 0, 0, 0});
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Emit(TraceKind::kRefused, 1, {refused, 200, 3, 100});
  EXPECT_EQ(story.Broken(), "V2");
}

TEST(V2WithinLimits, APayloadBeyondTheLimitOfItsLifeIsSeen) {
  Story story;
  SettledInOne(story, 1);
  story.PayloadLimit(23);
  story.Append(1);
  EXPECT_EQ(story.Broken(), "V2") << story.Message();
}

// A third and a fourth partition, where three may be.
TEST(V2WithinLimits, APartitionBeyondTheLimitOfItsLifeIsSeen) {
  Story story;
  story.Start();
  story.PartitionLimit(3);
  story.Emit(TraceKind::kPartitionCreating, 3, {1});
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Emit(TraceKind::kPartitionCreating, 4, {2});
  EXPECT_EQ(story.Broken(), "V2") << story.Message();
}

// One that is being dropped counts until nothing of it is left.
TEST(V2WithinLimits, APartitionTakesThePlaceOfAnotherOnceThatIsGone) {
  for (const bool removed : {true, false}) {
    Story story;
    story.Start();
    story.PartitionLimit(2);
    story.DropSent(2);
    story.Dropping(2);
    story.Drop(2);
    if (removed) story.Removed(2);
    story.Emit(TraceKind::kPartitionCreating, 3, {2});
    EXPECT_EQ(story.Broken(), removed ? "" : "V2") << story.Message();
  }
}

TEST(V2WithinLimits, PartitionsThatAreThereMayBeMoreThanALowerLimitOfThisLife) {
  Story story;
  story.Start(3);
  story.Crash();
  story.Recover();
  story.PartitionLimit(2);
  story.Settle(3);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(V2WithinLimits, WhatADropTookAwayExplainsNoRefusal) {
  Story story(Story::Values{{Setting::kMaxTotalUnappliedBytes, 60}});
  SettledInOne(story, 1);
  story.Append(2);
  story.Append(2);
  story.Durable();
  story.Emit(TraceKind::kRefused, 1, {static_cast<uint64_t>(ErrorKind::kRefused), 24, 1, 24});
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.DropSent(2);
  story.Dropped(2);
  story.Emit(TraceKind::kRefused, 1, {static_cast<uint64_t>(ErrorKind::kRefused), 24, 1, 24});
  EXPECT_EQ(story.Broken(), "V2") << story.Message();
}

TEST(V2WithinLimits, ARecordTakenAfterOneThatIsTooOldIsSeen) {
  Story story(Story::Values{{Setting::kMaxUnappliedAge, 2'000'000}});
  SettledInOne(story, 1);
  story.Append(1);
  story.Append(2);
  story.Wait(Duration::Millis(2));
  story.Append(1);
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Durable();
  story.Forward(1, 2);
  story.Apply(1, 2);
  story.Wait(Duration::Millis(2));
  story.Append(1);
  EXPECT_EQ(story.Broken(), "") << "the oldest one is applied: " << story.Message();
  story.Append(2);
  EXPECT_EQ(story.Broken(), "V2") << story.Message();
}

TEST(V2WithinLimits, ARefusalForAgeThatNoneHasIsSeen) {
  const uint64_t refused = static_cast<uint64_t>(ErrorKind::kRefused);
  const Story::Values limit{{Setting::kMaxUnappliedAge, 5'000'000}};
  Story drifts({fault::FaultKind::kClockDrift}, limit);
  Story story(limit);
  for (Story* s : {&drifts, &story}) {
    SettledInOne(*s, 1);
    s->Append(1);
    s->Wait(Duration::Millis(4) + Duration::Nanos(1));
    s->Emit(TraceKind::kRefused, 1, {refused, 24, 1, 24});
    EXPECT_EQ(s->Broken(), "") << "ages are counted by the millisecond: " << s->Message();
  }
  Story young(limit);
  SettledInOne(young, 1);
  for (Story* s : {&drifts, &young}) {
    s->Append(1);
    s->Wait(Duration::Millis(3));
    s->Emit(TraceKind::kRefused, 1, {refused, 24, 1, 24});
  }
  EXPECT_EQ(drifts.Broken(), "") << drifts.Message();
  EXPECT_EQ(young.Broken(), "V2");
}

TEST(V2WithinLimits, RecordsOfAnEarlierLifeAreAsOldAsTheRecovery) {
  const uint64_t refused = static_cast<uint64_t>(ErrorKind::kRefused);
  Story story(Story::Values{{Setting::kMaxUnappliedAge, 2'000'000}});
  SettledInOne(story, 5).Crash();
  story.MachinesForget();
  story.Wait(Duration::Millis(20));
  story.Emit(TraceKind::kRecovered, 0, {});
  story.Recover();
  story.Append(1);
  story.Wait(Duration::Millis(3));
  story.Emit(TraceKind::kRefused, 1, {refused, 24, 1, 24});
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Crash();
  story.Emit(TraceKind::kRecovered, 0, {});
  story.Recover();
  story.Emit(TraceKind::kRefused, 1, {refused, 24, 1, 24});
  EXPECT_EQ(story.Broken(), "V2");
}

TEST(V2WithinLimits, RoomIsMadeByApplies) {
  Story story(Story::Values{{Setting::kMaxUnappliedRecords, 1}, {Setting::kMaxUnappliedBytes, 24}});
  SettledInOne(story, 20);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(V2WithinLimits, AMachineThatIsThrownBackMayLeaveMoreThanTheLimit) {
  Story story(Story::Values{{Setting::kMaxUnappliedRecords, 2}});
  SettledInOne(story, 5).Crash();
  story.MachinesForget();
  story.Recover();
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Append(1);
  EXPECT_EQ(story.Broken(), "V2") << story.Message();
}

}  // namespace
}  // namespace tidemark::scenarios
