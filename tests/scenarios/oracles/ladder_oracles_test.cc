// L1-L5 and T1: for each a history that breaks it, and a legal but odd one that it accepts.

#include "gtest/gtest.h"
#include "tests/scenarios/oracles/story.h"

namespace tidemark::scenarios {
namespace {

TEST(LadderOracles, AnOrdinaryLifeBreaksNothing) {
  Story story;
  story.Start();
  for (int i = 0; i < 10; ++i) story.Settle(1 + i % 2);
  story.Truncate(8);
  story.Crash();
  story.Recover();
  story.Settle(2);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(L1TruncationOrder, MinRequiredBeyondDurableIsSeen) {
  Story story;
  story.Start();
  story.Settle(1);
  story.MinRequired(4);
  EXPECT_EQ(story.Broken(), "L1") << story.Message();
}

TEST(L1TruncationOrder, TruncatedUpToMinRequiredIsSeen) {
  Story story;
  story.Start();
  story.Settle(1);
  story.Append(1);
  story.Durable();
  story.Truncate(2);
  EXPECT_EQ(story.Broken(), "L1") << story.Message();
}

TEST(L1TruncationOrder, AnEmptyLogMayBeTruncatedWhole) {
  Story story;
  story.Start();
  story.Settle(1);
  story.Settle(2);
  story.Truncate(2);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(L2ApplyOrder, ApplyingWhatIsNotInThePartitionFileIsSeen) {
  Story story;
  story.Start();
  story.Append(1);
  story.Durable();
  story.Apply(1, 1);
  EXPECT_EQ(story.Broken(), "L2") << story.Message();
}

TEST(L2ApplyOrder, ApplyingBeforeThePartitionFileIsSyncedIsLegal) {
  Story story;
  story.Start();
  story.Append(1);
  story.Durable();
  story.Forward(1, 1);
  story.Apply(1, 1);
  story.Sync(1, 1);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(L3ForwardOrder, ForwardingWhatTheLogHasNotSyncedIsSeen) {
  Story story;
  story.Start();
  story.Append(1);
  story.Forward(1, 1);
  EXPECT_EQ(story.Broken(), "L3") << story.Message();
}

TEST(L3ForwardOrder, AcknowledgingBeforeTheSyncIsSeen) {
  Story story;
  story.Start();
  story.Append(1);
  story.Ack(1, 1);
  EXPECT_EQ(story.Broken(), "L3") << story.Message();
}

TEST(L3ForwardOrder, APartitionFarBehindTheLogIsLegal) {
  Story story;
  story.Start();
  for (int i = 0; i < 50; ++i) story.Append(1 + i % 2);
  story.Durable();
  for (int i = 1; i <= 25; ++i) story.Forward(2, i);
  story.Sync(2, 25);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

// Where recovery rolls back: p1's file has its record, p2's lacks the one before it.
Story& HalfSafe(Story& story) {
  story.Start();
  story.Append(2);
  story.Append(1);
  story.SyncLog(2);
  story.Forward(2, 1);
  story.Forward(1, 1);
  story.Sync(1, 1);
  return story;
}

TEST(L3ForwardOrder, CommittingBeforeAllIsSafeIsSeen) {
  Story story(Story::RollsBack());
  HalfSafe(story).Commit(2);
  EXPECT_EQ(story.Broken(), "L3") << story.Message();
}

TEST(L3ForwardOrder, AcknowledgingBeforeAllIsSafeIsSeen) {
  Story story(Story::RollsBack());
  HalfSafe(story).Ack(1, 1);
  EXPECT_EQ(story.Broken(), "L3") << story.Message();
}

TEST(L3ForwardOrder, AcknowledgingAtSafeIsLegal) {
  Story story(Story::RollsBack());
  HalfSafe(story).Sync(2, 1);
  story.Commit(2);
  story.Ack(2, 1);
  story.Ack(1, 1);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(L4MonotonicRungs, ARungThatStartsElsewhereIsSeen) {
  Story story;
  story.Start();
  for (int i = 0; i < 3; ++i) story.Append(1);
  story.DurableTo(2);
  story.Emit(TraceKind::kDurable, 0, {1, 3});
  EXPECT_EQ(story.Broken(), "L4") << story.Message();
}

TEST(L4MonotonicRungs, AGapInForwardingIsSeen) {
  Story story;
  story.Start();
  for (int i = 0; i < 3; ++i) story.Append(1);
  story.Durable();
  story.Forward(1, 1);
  story.Forward(1, 3);
  EXPECT_EQ(story.Broken(), "L4") << story.Message();
}

TEST(L4MonotonicRungs, TakingBackADurableSuffixIsSeen) {
  Story story;
  story.Start();
  for (int i = 0; i < 3; ++i) story.Append(1);
  story.Durable();
  story.Emit(TraceKind::kTruncatedSuffix, 0, {3, 2});
  EXPECT_EQ(story.Broken(), "L4") << story.Message();
}

TEST(L4MonotonicRungs, VolatileRungsMayFallAtACrash) {
  Story story;
  story.Start();
  story.Settle(1);
  for (int i = 0; i < 5; ++i) story.Append(1);
  story.Crash();
  story.Recover();
  story.Settle(1);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(L5ApplyOnce, TwoAppliesAtOnceAreSeen) {
  Story story;
  story.Start();
  for (int i = 0; i < 2; ++i) story.Append(1);
  story.Durable();
  for (int i = 1; i <= 2; ++i) story.Forward(1, i);
  story.StartApply(1, 1, story.payload(1, 1));
  story.StartApply(1, 2, story.payload(1, 2));
  EXPECT_EQ(story.Broken(), "L5") << story.Message();
}

TEST(L5ApplyOnce, ApplyingTwiceInOneLifeIsSeen) {
  Story story;
  story.Start();
  story.Settle(1);
  story.StartApply(1, 1, story.payload(1, 1));
  EXPECT_EQ(story.Broken(), "L5") << story.Message();
}

TEST(L5ApplyOnce, AFailedApplyComesAgain) {
  Story story;
  story.Start();
  story.Append(1);
  story.Durable();
  story.Forward(1, 1);
  story.StartApply(1, 1, story.payload(1, 1));
  story.EndApply(1, 1, false);
  story.Apply(1, 1);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(L5ApplyOnce, AfterACrashTheMachineMayBeBehindAndPartitionsInterleave) {
  Story story;
  story.Start();
  story.Settle(1);
  story.Settle(2);
  story.Crash();
  story.MachinesForget();
  story.Recover();
  story.StartApply(2, 1, story.payload(2, 1));
  story.StartApply(1, 1, story.payload(1, 1));
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(T1TruncationNeed, TruncatingWhatAPartitionHasNotSyncedIsSeen) {
  Story story;
  story.Start();
  story.Append(1);
  story.Append(2);
  story.Durable();
  story.Forward(2, 1);
  story.Sync(2, 1);
  story.Apply(2, 1);
  story.MinRequired(3);  // partition 1 still needs r1
  EXPECT_EQ(story.Broken(), "T1") << story.Message();
}

TEST(T1TruncationNeed, AMinRequiredThatIsTooLowIsSeen) {
  Story story;
  story.Start();
  for (int i = 0; i < 3; ++i) story.Append(1);
  story.Durable();
  for (int i = 1; i <= 3; ++i) story.Forward(1, i);
  story.Sync(1, 3);
  for (int i = 1; i <= 3; ++i) story.Apply(1, i);
  story.MinRequired(3);
  EXPECT_EQ(story.Broken(), "T1") << story.Message();
}

TEST(T1TruncationNeed, WhatIsSyncedButNotAppliedIsStillNeeded) {
  Story story;
  story.Start();
  for (int i = 0; i < 2; ++i) story.Append(1);
  story.Durable();
  for (int i = 1; i <= 2; ++i) story.Forward(1, i);
  story.Sync(1, 2);
  story.Apply(1, 1);
  story.MinRequired(2, 1, NeedReason::kApply);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

// r1: of p1, applied and durable in its file. r2: of p2. r3: of p1, which its file has; durable there is r1.
TEST(T1TruncationNeed, TheHolderAndWhatItWaitsForAreNamed) {
  struct Case {
    int steps;  // of r2: forwarded, durable in its file, applied
    uint64_t to, holder;
    NeedReason reason;
    std::string broken;
  };
  for (const Case& c : {Case{0, 2, 2, NeedReason::kForward, ""}, Case{0, 2, 2, NeedReason::kSync, "T1"},
                        Case{0, 2, 1, NeedReason::kForward, "T1"}, Case{0, 2, 0, NeedReason::kNone, "T1"},
                        Case{1, 2, 2, NeedReason::kSync, ""}, Case{1, 2, 2, NeedReason::kApply, "T1"},
                        Case{1, 2, 2, NeedReason::kForward, "T1"}, Case{2, 2, 2, NeedReason::kApply, ""},
                        Case{2, 2, 2, NeedReason::kSync, "T1"}, Case{2, 2, 2, NeedReason::kDrop, "T1"},
                        Case{3, 3, 1, NeedReason::kSync, ""}, Case{3, 3, 2, NeedReason::kSync, "T1"}}) {
    Story story;
    story.Start();
    for (const uint64_t p : {1, 2, 1}) story.Append(p);
    story.Durable();
    for (const uint64_t i : {1, 2}) story.Forward(1, i);
    story.Sync(1, 1);
    for (const uint64_t i : {1, 2}) story.Apply(1, i);
    if (c.steps >= 1) story.Forward(2, 1);
    if (c.steps >= 2) story.Sync(2, 1);
    if (c.steps >= 3) story.Apply(2, 1);
    story.MinRequired(c.to, c.holder, c.reason);
    EXPECT_EQ(story.Broken(), c.broken) << c.steps << " " << c.to << " " << c.holder << " " << story.Message();
  }
}

// r1, of p1, was nobody's need while it was not durable. Then it is, and climbs, and min_required stands at it.
TEST(T1TruncationNeed, WhoHoldsAFloorThatStandsAndWhyIsNamed) {
  struct Case {
    int steps;  // of r1: durable, forwarded, durable in its file
    uint64_t holder;
    NeedReason reason;
    std::string broken;
  };
  for (const Case& c :
       {Case{0, 0, NeedReason::kNone, ""}, Case{0, 1, NeedReason::kForward, "T1"}, Case{1, 1, NeedReason::kForward, ""},
        Case{1, 0, NeedReason::kNone, "T1"}, Case{1, 2, NeedReason::kForward, "T1"}, Case{2, 1, NeedReason::kSync, ""},
        Case{2, 1, NeedReason::kForward, "T1"}, Case{3, 1, NeedReason::kApply, ""},
        Case{3, 1, NeedReason::kSync, "T1"}}) {
    Story story;
    story.Start();
    story.Append(1);
    if (c.steps >= 1) story.Durable();
    if (c.steps >= 2) story.Forward(1, 1);
    if (c.steps >= 3) story.Sync(1, 1);
    EXPECT_EQ(story.ladder_is_due(), c.steps >= 1);
    story.ShowLadder(1, c.holder, c.reason);
    EXPECT_EQ(story.Broken(), c.broken) << c.steps << " " << c.holder << " " << story.Message();
    EXPECT_FALSE(story.ladder_is_due());
  }
}

TEST(T1TruncationNeed, AFloorThatStandsTooLongIsSeen) {
  Story story;
  SettledInOne(story, 2).ShowLadder(2, 1, NeedReason::kApply);
  EXPECT_EQ(story.Broken(), "T1") << story.Message();
}

TEST(T1TruncationNeed, ALadderThatIsShownWhileTheNodeIsDownIsNotJudged) {
  Story story;
  SettledInOne(story, 2).Crash();
  story.ShowLadder(1, 2, NeedReason::kApply);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(T1TruncationNeed, NobodyHoldsWhatIsNotDurable) {
  Story story;
  story.Start();
  story.Append(1);
  story.Durable();
  story.Append(2);
  story.Forward(1, 1);
  story.Sync(1, 1);
  story.Apply(1, 1);
  story.MinRequired(2, 2, NeedReason::kForward);
  EXPECT_EQ(story.Broken(), "T1") << story.Message();
}

// r1: of p2. r2: its drop.
TEST(T1TruncationNeed, ADropHoldsItsRecordUntilTheFilesAreGone) {
  for (const NeedReason reason : {NeedReason::kDrop, NeedReason::kCreate}) {
    Story story;
    story.Start();
    story.Append(2);
    story.DropSent(2);
    story.Dropping(2);
    story.Drop(2);
    story.MinRequired(2, 2, reason);
    EXPECT_EQ(story.Broken(), reason == NeedReason::kDrop ? "" : "T1") << story.Message();
  }
}

// r1 and r2: the creations of partition 3, whose file exists, and of partition 4, whose file does not yet.
Story& Creating(Story& story) {
  story.Start();
  for (uint64_t p : {3, 4}) {
    story.Emit(TraceKind::kAppended, 0, {p - 2, p - 2, 8, 0});
    story.Emit(TraceKind::kPartitionCreating, p, {p - 2});
  }
  story.DurableTo(2);
  story.Emit(TraceKind::kPartitionCreated, 3, {1});
  return story;
}

TEST(T1TruncationNeed, ACreationIsNeededUntilItsFileExists) {
  Story early, late, other;
  Creating(early).MinRequired(2, 4, NeedReason::kCreate);
  EXPECT_EQ(early.Broken(), "") << early.Message();
  Creating(late).MinRequired(3);
  EXPECT_EQ(late.Broken(), "T1") << late.Message();
  Creating(other).MinRequired(2, 4, NeedReason::kDrop);
  EXPECT_EQ(other.Broken(), "T1") << other.Message();
}

TEST(T1TruncationNeed, ACreationThatWasReleasedIsNeededNoMore) {
  Story story;
  Creating(story).Emit(TraceKind::kCreationReleased, 4, {2});
  story.MinRequired(3);
  story.Emit(TraceKind::kPartitionCreated, 4, {2});
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(T1TruncationNeed, TruncationMayLagFarBehindMinRequired) {
  Story story;
  story.Start();
  for (int i = 0; i < 20; ++i) story.Settle(1);
  story.Truncate(3);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

}  // namespace
}  // namespace tidemark::scenarios
