// W1: barriers, followers, flushes, truncations and snapshots that are answered, and with what: for each a history that
// breaks it, and a legal but odd one that it accepts.

#include "engine/base/status.h"
#include "gtest/gtest.h"
#include "tests/scenarios/oracles/story.h"

namespace tidemark::scenarios {
namespace {

TEST(W1WaitersKept, ABarrierAheadOfAnApplyIsSeen) {
  Story story;
  SettledInOne(story, 1).Append(1);
  story.Barrier({PartitionId(1), PartitionId(2)}, 2);
  EXPECT_EQ(story.Broken(), "W1") << story.Message();
}

TEST(W1WaitersKept, ABarrierDoesNotWaitForWhatCameAfterIt) {
  Story story;
  SettledInOne(story, 1).Append(1);
  story.Barrier({PartitionId(1), PartitionId(2)}, 1);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(W1WaitersKept, AFlushThatTheLogOrAFileHasNotFollowedIsSeen) {
  struct Case {
    uint64_t appended, forwarded;
    std::string broken;
  };
  for (const Case& c : {Case{1, 1, ""}, Case{2, 1, "W1"}, Case{1, 2, "W1"}}) {
    Story story;
    SettledInOne(story, 1).Append(1);
    story.Flushed(c.appended, 1, c.forwarded);
    EXPECT_EQ(story.Broken(), c.broken) << story.Message();
  }
}

TEST(W1WaitersKept, AFollowerAheadOfAnApplyIsSeen) {
  Story story;
  SettledInOne(story, 1).Append(1);
  story.Followed(1, 1, {1, 2});
  EXPECT_EQ(story.Broken(), "W1") << story.Message();
}

TEST(W1WaitersKept, AFollowerMissesNothingAndGetsNoMoreThanItAskedFor) {
  for (const std::vector<uint64_t>& indices : std::vector<std::vector<uint64_t>>{{}, {2}, {1, 3}, {1, 2, 3}}) {
    Story story;
    SettledInOne(story, 3).Followed(1, 1, indices);
    EXPECT_EQ(story.Broken(), "W1") << story.Message();
  }
}

TEST(W1WaitersKept, AFollowerMayGetLessThanThereIs) {
  Story story;
  SettledInOne(story, 3).Followed(1, 2, {2});
  story.Followed(1, 2, {2, 3});
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(W1WaitersKept, ATruncationThatIsAnsweredTooEarlyIsSeen) {
  Story early;
  SettledInOne(early, 3).TruncatedNow(4, 0);
  EXPECT_EQ(early.Broken(), "W1") << early.Message();
  Story invented;
  SettledInOne(invented, 3).TruncatedNow(4, 3);
  EXPECT_EQ(invented.Broken(), "W1") << invented.Message();
}

TEST(W1WaitersKept, ATruncationMayGoFurtherThanWasAsked) {
  Story story;
  SettledInOne(story, 3).Truncate(3);
  story.TruncatedNow(2, 3);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(W1WaitersKept, ASnapshotThatTheMachineDidNotTakeSinceIsSeen) {
  Story story;
  SettledInOne(story, 3).Snapshot(1, 3);
  story.MachineSnapshot(1, 3);
  story.CutFile(1, 2);
  story.SnapshotDue(1, Duration(), 3, 3);
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Wait(Duration::Millis(2));
  story.MachineSnapshot(1, 0);
  story.SnapshotDue(1, Duration::Millis(1), 3, 3);
  EXPECT_EQ(story.Broken(), "W1") << story.Message();
}

TEST(W1WaitersKept, ASnapshotBelowWhichTheFileIsNotCutIsSeen) {
  for (const uint64_t applied : {2u, 3u}) {
    Story story;
    SettledInOne(story, 3).Snapshot(1, 3);
    story.MachineSnapshot(1, 3);
    story.CutFile(1, 1);
    story.SnapshotDue(1, Duration(), applied, 3);
    EXPECT_EQ(story.Broken(), applied == 2 ? "" : "W1") << story.Message();
  }
}

TEST(W1WaitersKept, ASnapshotThatIsUndoneByACrashIsSeen) {
  for (const bool answered : {false, true}) {
    Story story;
    SettledInOne(story, 3).Snapshot(1, 3);
    story.MachineSnapshot(1, 3);
    story.CutFile(1, 2);
    if (answered) story.SnapshotDue(1, Duration(), 3, 3);
    story.Crash();
    Ladder ladder = story.Recovered();
    ladder.partitions[0].truncated_index = PartitionIndex(1);
    story.RecoverAs(ladder);
    EXPECT_EQ(story.Broken(), answered ? "W1" : "") << story.Message();
  }
}

TEST(W1WaitersKept, AnErrorWithoutACauseIsSeen) {
  const absl::Status poisoned = MakeError(ErrorKind::kPoisoned, "as told");
  const absl::Status failed = MakeError(ErrorKind::kIoError, "as told");
  for (const Call call : {Call::kTruncate, Call::kFlush, Call::kSnapshot, Call::kBarrier}) {
    for (const absl::Status& status : {poisoned, failed, absl::NotFoundError("as told")}) {
      Story story;
      SettledInOne(story, 1).CallFails(call, status);
      EXPECT_EQ(story.Broken(), "W1") << status;
    }
  }
}

TEST(W1WaitersKept, AnErrorOfAFailedLogIsNone) {
  Story story;
  SettledInOne(story, 1).Emit(TraceKind::kPoisoned, 0, {});
  for (const Call call : {Call::kTruncate, Call::kFlush, Call::kSnapshot, Call::kBarrier}) {
    story.CallFails(call, MakeError(ErrorKind::kPoisoned, "as told"));
  }
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Crash();
  story.Recover();
  story.CallFails(Call::kFlush, MakeError(ErrorKind::kPoisoned, "as told"));
  EXPECT_EQ(story.Broken(), "W1") << "of an earlier life";
}

TEST(W1WaitersKept, AnErrorOfAPartitionIsNoneForThoseWhoAskForIt) {
  const absl::Status poisoned = MakeError(ErrorKind::kPoisoned, "as told");
  Story story;
  SettledInOne(story, 1).Emit(TraceKind::kPoisoned, 1, {});
  story.CallFails(Call::kSnapshot, poisoned);
  story.CallFails(Call::kBarrier, absl::NotFoundError("dropped meanwhile"), /*all_there=*/false);
  story.MachineSnapshot(1, 0);
  story.CallFails(Call::kSnapshot, MakeError(ErrorKind::kIoError, "the machine's"));
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.CallFails(Call::kFlush, poisoned);
  EXPECT_EQ(story.Broken(), "W1") << "a partition's file does not fail the engine";
  Story rolls_back(Story::RollsBack());
  rolls_back.Start();
  rolls_back.Emit(TraceKind::kPoisoned, 1, {});
  rolls_back.CallFails(Call::kFlush, poisoned);
  EXPECT_EQ(rolls_back.Broken(), "") << rolls_back.Message();
}

TEST(W1WaitersKept, ABarrierAheadOfTheLogIsSeen) {
  Story story;
  SettledInOne(story, 1).Append(2);
  story.Barrier({PartitionId(1)}, 1);
  story.Barrier({}, 2);
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Barrier({PartitionId(1)}, 2);
  EXPECT_EQ(story.Broken(), "W1") << story.Message();
}

TEST(W1WaitersKept, ABarrierOverAPartitionThatWasDroppedPassesWhereThatHadApplied) {
  struct Case {
    bool applied;
    uint64_t through;
    std::string broken;
  };
  for (const Case& c : {Case{true, 3, ""}, Case{true, 4, "W1"}, Case{false, 1, ""}, Case{false, 2, "W1"}}) {
    Story story;
    SettledInOne(story, 1).Append(2);
    story.Durable();
    story.Forward(2, 1);
    story.Sync(2, 1);
    if (c.applied) story.Apply(2, 1);
    story.DropSent(2);
    story.Dropped(2);
    story.Settle(1);
    story.Barrier({PartitionId(1), PartitionId(2)}, c.through);
    EXPECT_EQ(story.Broken(), c.broken) << story.Message();
  }
}

TEST(W1WaitersKept, ABarrierOverAnEarlierPartitionThatNobodyKnowsIsSeen) {
  Story story;
  SettledInOne(story, 1).DropSent(2);
  story.Dropped(2);
  story.CreateAgain(2);
  story.Barrier({PartitionId(2)}, 2, 1);
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Crash();
  story.Recover();
  story.Barrier({PartitionId(2)}, 2, 0);
  EXPECT_EQ(story.Broken(), "W1") << story.Message();
}

}  // namespace
}  // namespace tidemark::scenarios
