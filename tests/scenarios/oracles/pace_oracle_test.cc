// V3, which counts time: histories that break it, and legal but odd ones that it accepts; and what a plan's faults
// leave due of a file (scenarios/file_pace.h).

#include <utility>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/time.h"
#include "fault/plan.h"
#include "gtest/gtest.h"
#include "scenarios/file_pace.h"
#include "tests/scenarios/oracles/story.h"

namespace tidemark::scenarios {
namespace {

using fault::Fault;
using fault::FaultKind;
using fault::Param;
using fault::Setting;

constexpr Duration kSoon = Duration::Millis(20);
constexpr Duration kLate = Duration::Seconds(1);

// Time is told by events.
void Tick(Story& story) { story.Append(2); }

// The log has `records` of partition 1, and its file lacks them.
Story& Lacking(Story& story, int records = 1) {
  story.Start();
  for (int i = 0; i < records; ++i) story.Append(1);
  story.Durable();
  return story;
}

Fault FaultOf(FaultKind kind, Duration length, Duration by, int64_t partition = fault::kAnyPartition) {
  Fault fault;
  fault.id = static_cast<uint64_t>(partition) + 2;
  fault.kind = kind;
  fault.length = length;
  fault.params.Set(Param::kBy, by.nanos());
  fault.params.Set(Param::kPartition, partition);
  return fault;
}

fault::Plan PlanWith(std::vector<Fault> faults) {
  fault::Plan plan;
  plan.settings.Set(Setting::kSafetyTime, Duration::Seconds(3600).nanos());
  plan.faults = std::move(faults);
  return plan;
}

// --- who is late -------------------------------------------------------------------------------------------

TEST(V3FilesKeepUp, AFileThatDoesNotMoveIsSeenWhateverHappensNext) {
  Story story;
  Lacking(story).Wait(kSoon);
  Tick(story);
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Wait(kLate);
  Tick(story);
  EXPECT_EQ(story.Broken(), "V3") << story.Message();
}

TEST(V3FilesKeepUp, AStepThatComesTooLateIsSeen) {
  Story story;
  Lacking(story).Forward(1, 1);
  story.Wait(kLate);
  story.Sync(1, 1);
  EXPECT_EQ(story.Broken(), "V3") << story.Message();
}

TEST(V3FilesKeepUp, EachStepGivesTimeForTheNext) {
  Story story;
  Lacking(story, 20);
  for (uint64_t i = 1; i <= 20; ++i) {
    story.Wait(kSoon);
    story.Forward(1, i);
    story.Sync(1, i);
  }
  story.Wait(kLate);
  Tick(story);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(V3FilesKeepUp, WhatIsNotDurableInTheLogIsNotDueInTheFile) {
  Story story;
  story.Start();
  story.Append(1);
  story.Wait(kLate);
  story.Durable();
  story.Wait(kSoon);
  story.Append(2);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(V3FilesKeepUp, AFileThatFailedIsDueInTheNextLifeOnly) {
  Story story;
  Lacking(story).Emit(TraceKind::kPoisoned, 1, {static_cast<uint64_t>(ErrorKind::kIoError)});
  story.Wait(kLate);
  story.Append(1);
  story.Durable();
  story.Wait(kLate);
  Tick(story);
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Crash();
  story.Recover();
  story.Wait(kLate);
  story.Append(2);
  EXPECT_EQ(story.Broken(), "V3") << story.Message();
}

TEST(V3FilesKeepUp, AFileThatWasDroppedOwesNothing) {
  Story story;
  story.Start();
  story.Append(2);
  story.Durable();
  story.DropSent(2);
  story.Dropped(2);
  story.Wait(kLate);
  story.Settle(1);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

// --- who is in a hurry -------------------------------------------------------------------------------------

constexpr int64_t kHour = int64_t{3'600'000} * 1'000'000;

TEST(V3FilesKeepUp, WhoHoldsTheLogByHalfMayGatherNoLonger) {
  Story story(Story::Values{{Setting::kPartitionFlushDelay, kHour}, {Setting::kMaxHoldRecords, 8}});
  Lacking(story, 3).Wait(kLate);
  story.Append(2);  // four records
  story.Wait(kSoon);
  story.Append(2);
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Wait(kLate);
  story.Append(2);
  EXPECT_EQ(story.Broken(), "V3") << story.Message();
}

TEST(V3FilesKeepUp, WhoHoldsTheLogNoLongerMayGather) {
  Story story(Story::Values{{Setting::kPartitionFlushDelay, kHour}, {Setting::kMaxHoldRecords, 8}});
  Lacking(story, 3).Wait(kLate);
  for (int i = 0; i < 2; ++i) story.Append(2);  // five records
  story.Spill(1, 3, 3);
  story.Wait(kLate);
  story.Append(2);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(V3FilesKeepUp, WhoIsNotTheLowestIsNotHurried) {
  Story story(Story::Values{{Setting::kPartitionFlushDelay, kHour}, {Setting::kMaxHoldRecords, 8}});
  story.Start();
  story.Append(2);
  story.Append(1);
  story.Durable();
  story.Forward(2, 1);
  story.Sync(2, 1);  // not applied: that is what holds the log
  for (int i = 0; i < 10; ++i) story.Append(1);
  story.Wait(kLate);
  story.Append(1);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(V3FilesKeepUp, NobodyIsHurriedWhereRecoveryMayRollBack) {
  Story story(Story::Values{
      {Setting::kPartitionFlushDelay, kHour}, {Setting::kMaxHoldRecords, 8}, {Setting::kRecoveryPolicy, 2}});
  Lacking(story, 10).Wait(kLate);
  story.Append(2);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

// --- who is held -------------------------------------------------------------------------------------------

TEST(V3FilesKeepUp, AFileIsDueOnceTheLastFaultLetsGoOfIt) {
  Story story(PlanWith({FaultOf(FaultKind::kSyncLag, Duration::Seconds(1), Duration::Seconds(3), 1)}));
  Lacking(story).Wait(Duration::Seconds(5));
  story.Append(1);
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Wait(Duration::Seconds(1));
  story.Append(1);
  EXPECT_EQ(story.Broken(), "V3") << story.Message();
}

TEST(V3FilesKeepUp, AFileThatHangsMayCostTheOthersOneTurn) {
  Story story(PlanWith({FaultOf(FaultKind::kSyncLag, Duration::Seconds(100), Duration::Seconds(100), 2)}));
  Lacking(story).Wait(kLate);
  story.Append(1);
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Wait(kLate);
  story.Append(1);
  EXPECT_EQ(story.Broken(), "V3") << story.Message();
}

TEST(V3FilesKeepUp, ADiskThatStandsStillHoldsAll) {
  Story story(PlanWith({FaultOf(FaultKind::kDiskStall, Duration::Seconds(100), Duration())}));
  Lacking(story).Wait(Duration::Seconds(100));
  story.Append(1);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(V3FilesKeepUp, AClockThatJumpedBackTwiceStandsStillForBoth) {
  Fault first = FaultOf(FaultKind::kClockJump, Duration(), Duration::Seconds(-2));
  Fault second = first;
  ++second.id;
  Story story(PlanWith({first, second}));
  Lacking(story).Wait(Duration::Seconds(4));
  story.Append(1);
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Wait(Duration::Seconds(5));
  story.Append(1);
  EXPECT_EQ(story.Broken(), "V3") << story.Message();
}

TEST(V3FilesKeepUp, NothingIsDueWhereLateFilesMayTakeAllTurns) {
  for (const Duration by : {Duration::Millis(500), Duration::Seconds(20)}) {
    std::vector<Fault> faults;
    for (int64_t p = 2; p <= 6; ++p) {
      faults.push_back(FaultOf(FaultKind::kForwardLag, Duration::Seconds(100), by, p));
    }
    Story story(PlanWith(std::move(faults)));
    Lacking(story).Wait(Duration::Seconds(50));
    story.Append(1);
    EXPECT_EQ(story.Broken(), by < Duration::Seconds(1) ? "" : "V3") << story.Message();
  }
}

TEST(V3FilesKeepUp, NothingIsDueOfADiskThatMayLie) {
  Story story({FaultKind::kLostSync});
  Lacking(story).Wait(kLate);
  story.Append(1);
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

TEST(V3FilesKeepUp, ManyLongFreezesHoldAFileLongerThanAnyRun) {
  const Duration decade = Duration::Seconds(315'360'000);
  const fault::Plan plan = PlanWith(std::vector<Fault>(40, FaultOf(FaultKind::kClockFreeze, decade, Duration())));
  EXPECT_GT(FilePace(plan).FreeFrom(NodeId(1), PartitionId(1), Instant()), Instant() + decade);
}

}  // namespace
}  // namespace tidemark::scenarios
