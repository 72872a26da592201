// R6: damage and torn tails, with the histories that break it, and legal but odd ones that it accepts.

#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/node/recovery_report.h"
#include "fault/plan.h"
#include "gtest/gtest.h"
#include "sim/trace.h"
#include "tests/scenarios/oracles/story.h"

namespace tidemark::scenarios {
namespace {

using fault::FaultKind;

TEST(R6CorruptionSurfaces, ServingDamagedBytesIsSeen) {
  Story story({FaultKind::kBitRot});
  std::string payload = Settled(story).payload(1, 2);
  payload[20] ^= 4;
  story.Read(1, 2, payload);
  EXPECT_EQ(story.Broken(), "R6") << story.Message();
}

TEST(R6CorruptionSurfaces, ApplyingDamagedBytesIsSeen) {
  Story story({FaultKind::kBitRot});
  story.Start();
  std::string payload = story.Append(1);
  story.Durable();
  story.Forward(1, 1);
  payload[10] ^= 1;
  story.StartApply(1, 1, payload);
  EXPECT_EQ(story.Broken(), "R6") << story.Message();
}

TEST(R6CorruptionSurfaces, CuttingAwayWhatALaterBatchProvedIsSeen) {
  Story story({FaultKind::kBitRot});
  Settled(story).Crash();
  Ladder ladder = WithoutLast(story);
  ladder.durable = RaftIndex(4);
  ladder.min_required = RaftIndex(5);  // two batches gone: the second was evidence for the first
  story.RecoverAs(ladder);
  EXPECT_EQ(story.Broken(), "R6") << story.Message();
}

TEST(R6CorruptionSurfaces, ReportingDamageWithoutAnyIsSeen) {
  Story story;
  Settled(story).ReadFails(1, 1, ErrorKind::kCorruption);
  EXPECT_EQ(story.Broken(), "R6") << story.Message();
}

// The end of that file of the log (0) or of partition 2 is torn.
RecoveryReport Torn(uint64_t owner, uint64_t file = 1) {
  RecoveryReport report;
  aof::OpenReport* of = &report.log;
  if (owner != 0) {
    report.partitions.emplace_back();
    report.partitions.back().partition = PartitionId(owner);
    of = &report.partitions.back().file;
  }
  of->torn_bytes = 512;
  of->torn_file_id = file;
  return report;
}

// What its recovery makes of a torn tail, after its last lives.
std::string OfTorn(Story& story, uint64_t owner, uint64_t file = 1) {
  story.RecoverAs(story.Recovered(), Torn(owner, file));
  return story.Broken();
}

// A store that knows of a second file of the log and of partition 2.
Story& WithFiles(Story& story) {
  Settled(story);
  for (const uint64_t owner : {0, 1, 2}) story.Emit(TraceKind::kRotated, owner, {2, 4});
  return story;
}

TEST(R6CorruptionSurfaces, ReportingATornTailWhereAllIsSyncedIsSeen) {
  for (const uint64_t owner : {0, 2}) {
    Story story;
    WithFiles(story).Touch(sim::kOpWrite, owner, 2);
    story.Touch(sim::kOpSyncData, owner, 2);
    story.Crash();
    EXPECT_EQ(OfTorn(story, owner, 2), "R6") << story.Message();
  }
}

TEST(R6CorruptionSurfaces, AWriteToThatFileThatACrashEndsMayBeTornAndNoOther) {
  for (const uint64_t owner : {0, 2}) {
    for (const uint64_t file : {1, 2}) {
      Story story;
      WithFiles(story).Touch(sim::kOpWrite, owner, 2);
      story.Crash();
      EXPECT_EQ(OfTorn(story, owner, file), file == 2 ? "" : "R6") << story.Message();
      Story other;
      WithFiles(other).Touch(sim::kOpWrite, owner, 2);
      other.Crash();
      EXPECT_EQ(OfTorn(other, 2 - owner, 2), "R6") << "of " << owner;
    }
  }
}

TEST(R6CorruptionSurfaces, ASyncCoversWhatWasWrittenBeforeItAndUnderEitherName) {
  Story early;
  WithFiles(early).Touch(sim::kOpWrite, 2, 2, "aof", /*answered=*/false);
  early.Touch(sim::kOpSyncData, 2, 2);
  early.Crash();
  EXPECT_EQ(OfTorn(early, 2, 2), "") << early.Message();
  Story renamed;
  WithFiles(renamed).Touch(sim::kOpWrite, 2, 2, "new");
  renamed.Touch(sim::kOpSyncAll, 2, 2, "aof");
  renamed.Crash();
  EXPECT_EQ(OfTorn(renamed, 2, 2), "R6");
}

TEST(R6CorruptionSurfaces, NothingCoversAFileAfterAFailure) {
  for (const uint64_t op : {sim::kOpWrite, sim::kOpSyncData}) {
    Story story;
    WithFiles(story).Touch(sim::kOpWrite, 2, 2);
    story.Touch(op, 2, 2, "aof", true, ~uint64_t{13});
    story.Touch(sim::kOpSyncData, 2, 2);
    story.Crash();
    EXPECT_EQ(OfTorn(story, 2, 2), "") << story.Message();
  }
}

// A recovery writes, and dies; the next one finds it in the page cache and writes nothing; then the power goes.
TEST(R6CorruptionSurfaces, WhatAnEarlierLifeDidNotSyncMayBeTornUntilThePowerIsLost) {
  Story story;
  WithFiles(story).Crash();
  story.Touch(sim::kOpWrite, 2, 2);
  story.Crash(DownReason::kCrash);
  story.Recover();
  story.Crash();
  EXPECT_EQ(OfTorn(story, 2, 2), "") << story.Message();
  story.Crash();
  EXPECT_EQ(OfTorn(story, 2, 2), "R6") << "once is enough";
}

TEST(R6CorruptionSurfaces, AFileThatNobodyToldOfMayBeTorn) {
  Story story;
  WithFiles(story).Crash();
  EXPECT_EQ(OfTorn(story, 2, 9), "") << story.Message();
}

TEST(R6CorruptionSurfaces, ATornTailOnADiskThatLiesIsLegal) {
  Story story({FaultKind::kLostSync});
  WithFiles(story).Crash();
  EXPECT_EQ(OfTorn(story, 2), "") << story.Message();
}

TEST(R6CorruptionSurfaces, AnythingElseThatRecoveryFindsDamagedIsSeenWhereNothingIs) {
  const absl::Status damage = MakeError(ErrorKind::kCorruption, "as told");
  RecoveryReport rebuilt, mended, spill;
  rebuilt.partitions.emplace_back();
  rebuilt.partitions.back().damage = damage;
  mended.log.mended.emplace_back();
  spill.spill_damage = damage;
  for (const RecoveryReport& report : {rebuilt, mended, spill}) {
    for (const bool rots : {false, true}) {
      Story story(rots ? std::vector{FaultKind::kBitRot} : std::vector<FaultKind>());
      Settled(story).Crash();
      story.RecoverAs(story.Recovered(), report);
      EXPECT_EQ(story.Broken(), rots ? "" : "R6") << story.Message();
    }
  }
}

// Rot is ordered, and has not struck yet.
fault::Plan Rots() {
  fault::Plan plan;
  plan.faults.emplace_back();
  plan.faults.back().kind = FaultKind::kBitRot;
  return plan;
}

// Its log is to end a record early, or its partition 2.
Ladder WithoutLastOf(const Story& story, bool log) {
  Ladder ladder = WithoutLast(story);
  if (!log) ladder.appended = ladder.durable = ladder.committed = RaftIndex(6);
  return ladder;
}

TEST(R6CorruptionSurfaces, ARecordMayGoFromAPartitionWhereTheLogIsDamaged) {
  for (const uint64_t hit : {0, 1, 2}) {
    Story story(Rots());
    WithFiles(story).Hit(hit);
    story.Crash();
    Ladder ladder = WithoutLastOf(story, /*log=*/true);
    ladder.partitions[1].durable_index = PartitionIndex(3);
    story.RecoverAs(ladder);
    EXPECT_EQ(story.Broken(), hit == 0 ? "" : "R6") << hit << " " << story.Message();
  }
}

TEST(R6CorruptionSurfaces, AFileThatIsSoundKeepsWhatWasDurableThere) {
  for (const uint64_t hit : {0, 1, 2}) {
    Story story(Rots());
    WithFiles(story).Hit(hit);
    story.Crash();
    Ladder ladder = story.Recovered();
    ladder.partitions[1].durable_index = PartitionIndex(2);
    story.RecoverAs(ladder);
    EXPECT_EQ(story.Broken(), hit == 2 ? "" : "R6") << hit << " " << story.Message();
  }
}

TEST(R6CorruptionSurfaces, APartitionThatIsLostWhileTheLogIsSoundIsSeen) {
  for (const uint64_t hit : {0, 2}) {
    Story story(Rots());
    WithFiles(story).Hit(hit);
    story.Crash();
    Ladder ladder = story.Recovered();
    ladder.partitions.pop_back();
    story.RecoverAs(ladder);
    EXPECT_EQ(story.Broken(), hit == 0 ? "" : "R6") << hit << " " << story.Message();
  }
}

TEST(R6CorruptionSurfaces, DamageIsReportedOnlyOfWhatWasHit) {
  RecoveryReport rebuilt;
  rebuilt.partitions.emplace_back();
  rebuilt.partitions.back().partition = PartitionId(2);
  rebuilt.partitions.back().damage = MakeError(ErrorKind::kCorruption, "as told");
  for (const uint64_t hit : {0, 1, 2}) {
    Story story(Rots());
    WithFiles(story).Hit(hit);
    story.Crash();
    story.RecoverAs(story.Recovered(), rebuilt);
    EXPECT_EQ(story.Broken(), hit == 2 ? "" : "R6") << hit << " " << story.Message();
  }
}

TEST(R6CorruptionSurfaces, DamageThatIsFoundBeforeAnyStruckIsSeen) {
  for (const bool hit : {false, true}) {
    Story refused(Rots());
    Settled(refused).Crash();
    if (hit) refused.HitAnything();
    refused.Refuse(ErrorKind::kCorruption);
    EXPECT_EQ(refused.Broken(), hit ? "" : "R6") << refused.Message();
    Story read(Rots());
    Settled(read);
    if (hit) read.HitAnything();
    read.ReadFails(1, 1, ErrorKind::kCorruption);
    EXPECT_EQ(read.Broken(), hit ? "" : "R6") << read.Message();
  }
}

TEST(R6CorruptionSurfaces, WhatAFaultWithoutDamageHitsStaysSound) {
  Story story(Rots());
  Settled(story).Hit(1, 1, /*fault_id=*/5);
  story.ReadFails(1, 1, ErrorKind::kCorruption);
  EXPECT_EQ(story.Broken(), "R6") << story.Message();
}

TEST(R6CorruptionSurfaces, WithoutBeingAskedNoFileIsCutBackToTheLog) {
  RecoveryReport cut;
  cut.partitions.emplace_back();
  cut.partitions.back().cut_records = 1;
  Story story({FaultKind::kLostSync});
  Settled(story).Crash();
  story.RecoverAs(story.Recovered(), cut);
  EXPECT_EQ(story.Broken(), "R6") << story.Message();
}

TEST(R6CorruptionSurfaces, ReportingDamageAndLosingOnlyTheNewestBatchIsLegal) {
  Story story({FaultKind::kBitRot});
  Settled(story).ReadFails(1, 1, ErrorKind::kCorruption);
  story.Crash();
  story.RecoverAs(WithoutLast(story));
  EXPECT_EQ(story.Broken(), "") << story.Message();
}

}  // namespace
}  // namespace tidemark::scenarios
