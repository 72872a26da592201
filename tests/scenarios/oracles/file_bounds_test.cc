// V2: what a store's files take of its disk once all is done. For each bound a history that breaks it, and a legal but
// odd one that keeps it.

#include "scenarios/oracles/file_bounds.h"

#include "gtest/gtest.h"
#include "tests/scenarios/oracles/story.h"

namespace tidemark::scenarios {
namespace {

using fault::Setting;

constexpr uint64_t kSegment = 65'536;

Story::Values With(Story::Values more, int64_t snapshot_bytes = 0) {
  more.push_back({Setting::kSnapshotBytes, snapshot_bytes});
  more.push_back({Setting::kBlockBytes, 512});
  return more;
}

void Rotated(Story& story, uint64_t partition, uint64_t file_id, uint64_t base) {
  story.Emit(TraceKind::kRotated, partition, {file_id, base});
}

DiskUse LogOf(std::vector<uint64_t> file_ids, uint64_t other_files = 0) {
  return {.log = {file_ids.size() * kSegment, other_files * kSegment, file_ids}};
}

DiskUse FileOf(std::vector<uint64_t> file_ids) {
  return {.partitions = {{PartitionId(1), {file_ids.size() * kSegment, kSegment, file_ids}}}};
}

TEST(FileBounds, AFileOfTheLogThatNobodyNeedsIsSeen) {
  for (const bool needed : {false, true}) {
    Story story(With({}));
    SettledInOne(story, 2);
    if (needed) story.Append(1);
    Rotated(story, 0, 2, 3);
    if (!needed) story.Settle(1);
    story.Uses(LogOf({2}));
    EXPECT_EQ(story.Broken(), "") << story.Message();
    story.Uses(LogOf({1, 2}));
    EXPECT_EQ(story.Broken(), "V2") << needed;
  }
}

TEST(FileBounds, AFileThatHoldsTheFirstNeededRecordMayStay) {
  Story story(With({}));
  SettledInOne(story, 1).Append(1);
  Rotated(story, 0, 2, 3);
  story.Uses(LogOf({1, 2}));
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(FileBounds, ALogThatIsTruncatedOnDemandKeepsWhatNobodyDemanded) {
  Story story(With({{Setting::kAutoTruncate, 0}}));
  SettledInOne(story, 3);
  Rotated(story, 0, 2, 3);
  story.Uses(LogOf({1, 2}));
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Truncate(2);
  story.Uses(LogOf({1, 2}));
  EXPECT_EQ(story.Broken(), "V2") << story.Message();
}

TEST(FileBounds, APartitionThatDoesNotApplyHoldsTheLogOnlySoFar) {
  for (const int64_t hold : {2, 3}) {
    Story story(With({{Setting::kMaxHoldRecords, hold}}));
    SettledInOne(story, 1).Append(1);
    story.Append(1);
    Rotated(story, 0, 2, 3);
    story.Append(1);
    story.Uses(LogOf({1, 2}));
    EXPECT_EQ(story.Broken(), hold == 2 ? "V2" : "") << story.Message();
  }
}

TEST(FileBounds, FilesWithoutRecordsAreSeen) {
  Story story(With({}));
  SettledInOne(story, 1);
  story.Uses(LogOf({1, 2}, 2));
  EXPECT_EQ(story.Broken(), "") << "a spare and one ahead: " << story.Message();
  Story spares(With({}));
  SettledInOne(spares, 1).Uses(LogOf({1}, 3));
  EXPECT_EQ(spares.Broken(), "V2") << spares.Message();
  story.Uses(LogOf({1, 2, 3}));
  EXPECT_EQ(story.Broken(), "V2") << story.Message();
}

// What it left void lies among records that somebody needs.
TEST(FileBounds, EachEndOfTheProcessMayLeaveAFileMore) {
  for (const bool crashes : {false, true}) {
    Story story(With({{Setting::kAutoTruncate, 0}}));
    SettledInOne(story, 2);
    if (crashes) {
      story.Crash();
      story.Recover();
    }
    story.Uses(LogOf({1, 2, 3}));
    EXPECT_EQ(story.Broken(), crashes ? "" : "V2") << story.Message();
  }
}

TEST(FileBounds, RotationsThatARecoveryDidNotFindTellNothing) {
  for (const uint64_t last_file : {1u, 2u}) {
    Story story(With({}));
    SettledInOne(story, 3);
    Rotated(story, 0, 2, 4);
    story.Crash();
    RecoveryReport report;
    report.log.last_file_id = last_file;
    story.RecoverAs(story.Recovered(), report);
    story.Uses(LogOf({1, 2}));
    EXPECT_EQ(story.Broken(), last_file == 2 ? "V2" : "") << story.Message();
  }
}

TEST(FileBounds, AFileOfAPartitionThatASnapshotHasIsSeen) {
  for (const bool heard : {false, true}) {
    Story story(With({}));
    SettledInOne(story, 3);
    Rotated(story, 1, 2, 3);
    story.Snapshot(1, 3);
    if (heard) story.MachineSnapshot(1, 3);
    story.Uses(FileOf({1, 2}));
    EXPECT_EQ(story.Broken(), heard ? "V2" : "") << "the engine was not asked to cut: " << story.Message();
  }
}

TEST(FileBounds, ASnapshotOfAnEarlierLifeCutsNothingInThisOne) {
  Story story(With({}));
  SettledInOne(story, 3);
  Rotated(story, 1, 2, 3);
  story.MachineSnapshot(1, 3);
  story.Crash();
  RecoveryReport report;
  report.partitions.emplace_back();
  report.partitions.back().partition = PartitionId(1);
  report.partitions.back().file.last_file_id = 2;
  story.RecoverAs(story.Recovered(), report);
  story.Uses(FileOf({1, 2}));
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(FileBounds, AFileThatGrowsWithoutASnapshotIsSeen) {
  for (const int64_t snapshot_bytes : {int64_t{0}, int64_t{3 * kSegment}}) {
    Story story(With({}, snapshot_bytes));
    SettledInOne(story, 100);
    story.Uses(FileOf({1, 2}));
    EXPECT_EQ(story.Broken(), "") << story.Message();
    story.Uses(FileOf({1, 2, 3, 4}));
    EXPECT_EQ(story.Broken(), snapshot_bytes == 0 ? "" : "V2") << story.Message();
  }
}

TEST(FileBounds, WhatCameWhileASnapshotWasTakenIsNotCutByIt) {
  for (const int unapplied : {0, 100}) {
    Story story(With({}, kSegment));
    SettledInOne(story, 3);
    for (int i = 0; i < unapplied; ++i) story.Append(1);
    if (unapplied > 0) story.Durable();
    for (int i = 1; i <= unapplied; ++i) story.Forward(1, 3 + i);
    story.MachineSnapshot(1, 3);
    for (int i = unapplied; i < 100; ++i) story.Append(1);
    story.Uses(FileOf({1, 2, 3, 4}));
    EXPECT_EQ(story.Broken(), unapplied == 0 ? "V2" : "") << story.Message();
  }
}

TEST(FileBounds, AStuckPartitionsFileMayHoldWhatItsSnapshotLacksAndNoMore) {
  Story story({fault::FaultKind::kApplyStuck}, With({{Setting::kMaxUnappliedRecords, 1}}, kSegment));
  SettledInOne(story, 300);
  const DiskUse use = FileOf({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  story.Uses(use);
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Snapshot(1, 290);
  story.Uses(use);
  EXPECT_EQ(story.Broken(), "V2") << story.Message();
}

TEST(FileBounds, ASpillThatNobodyNeedsIsSmall) {
  const DiskUse use{.spill = {4 * kSegment, kSegment, {1, 2, 3, 4}}};
  for (const bool synced : {false, true}) {
    Story story(With({}));
    SettledInOne(story, 1);
    for (int i = 0; i < 50; ++i) story.Append(1);
    story.Durable();
    for (int i = 2; i <= 51; ++i) story.Forward(1, i);
    story.Spill(1, 51, 51);
    if (synced) story.Sync(1, 51);
    story.Uses(use);
    EXPECT_EQ(story.Broken(), synced ? "V2" : "") << story.Message();
  }
}

TEST(FileBounds, APartitionThatIsDroppedTakesItsRotationsWithIt) {
  Story story(With({}));
  SettledInOne(story, 1);
  story.Settle(2);
  Rotated(story, 2, 2, 1);
  story.DropSent(2);
  story.Dropped(2);
  story.CreateAgain(2);
  story.Settle(2);
  story.Uses({.partitions = {{PartitionId(2), {kSegment, kSegment, {1}}}}});
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

}  // namespace
}  // namespace tidemark::scenarios
