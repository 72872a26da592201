// Each rare state: a history that reaches it, and the same one short of it.

#include "scenarios/rare_state_watch.h"

#include <set>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "gtest/gtest.h"

namespace tidemark::scenarios {
namespace {

constexpr NodeId kNode{1};

class RareStates : public ::testing::Test {
 protected:
  void Tell(TraceKind kind, uint64_t partition, std::vector<uint64_t> args) {
    sim::TraceRecord record{.ordinal = ++ordinal_, .time = now_, .node = kNode, .event = {}};
    record.event.kind = kind;
    record.event.partition = PartitionId(partition);
    for (size_t i = 0; i < args.size(); ++i) record.event.args[i] = args[i];
    watch_.OnTrace(record);
  }
  void Tell(sim::SimTraceKind kind, std::vector<uint64_t> args) { Tell(static_cast<TraceKind>(kind), 0, args); }
  void Crash(bool in_recovery) { Tell(sim::kProcessCrashed, {1, in_recovery}); }
  void Wait(Duration time) { now_ = now_ + time; }
  void Recover(const RecoveryReport& report = {}) { watch_.OnRecovered(kNode, report); }
  void Refuse(ErrorKind kind) { watch_.OnRecoveryRefused(kNode, MakeError(kind, "as told"), {}); }
  // The names of what was reached.
  std::set<std::string> Reached() const {
    std::set<std::string> names;
    for (int i = 0; i < kRareStateCount; ++i) {
      if (watch_.reached(static_cast<RareState>(i))) names.insert(std::string(InfoOf(static_cast<RareState>(i)).name));
    }
    return names;
  }
  using Names = std::set<std::string>;

  RareStateWatch watch_;
  Instant now_;
  uint64_t ordinal_ = 0;
};

TEST_F(RareStates, EachHasANameOfItsOwnAndADescription) {
  std::set<absl::string_view> names;
  for (int i = 0; i < kRareStateCount; ++i) {
    const RareStateInfo& info = InfoOf(static_cast<RareState>(i));
    EXPECT_FALSE(info.doc.empty());
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
  }
}

TEST_F(RareStates, ACleanStartReachesNone) {
  Recover();
  EXPECT_EQ(Reached(), Names());
}

TEST_F(RareStates, WhatAReportSays) {
  RecoveryReport report;
  report.log.torn_bytes = 512;
  report.log.unfinished_files = 1;
  report.log.reappended_records = 3;
  report.redo_records = 2;
  report.partitions.resize(4);
  report.partitions[0].file.torn_bytes = 512;
  report.partitions[1].created = true;
  report.partitions[2].rebuilt = true;
  report.partitions[3].dropped = true;
  Recover(report);
  EXPECT_EQ(Reached(), (Names{"torn_tail", "torn_header", "tail_reappended", "redo", "torn_partition_tail",
                              "partition_created_in_recovery", "partition_rebuilt", "drop_finished_in_recovery"}));
}

TEST_F(RareStates, AThousandPartitionsAreCounted) {
  RecoveryReport report;
  report.partitions.resize(999);
  Recover(report);
  EXPECT_EQ(Reached(), Names());
  report.partitions.resize(1000);
  Recover(report);
  EXPECT_EQ(Reached(), Names{"thousand_partitions"});
}

TEST_F(RareStates, WhatWasLetGoIsFoundAgainInTheSameLife) {
  Tell(TraceKind::kPlacesLetGo, 0, {1, 50});
  Tell(TraceKind::kPlacesLetGo, ~uint64_t{0}, {1, 50});
  EXPECT_EQ(Reached(), Names{"places_let_go"});
  Tell(TraceKind::kSealedFileRead, 1, {1, 1, 50});
  EXPECT_EQ(Reached(), (Names{"places_let_go", "skipped_file_read"})) << "another log's file";
  Tell(TraceKind::kSealedFileRead, 0, {1, 1, 50});
  EXPECT_EQ(Reached(), (Names{"places_let_go", "skipped_file_read", "found_again"}));
}

TEST_F(RareStates, WhatAnEarlierLifeLetGoIsOnlyUnread) {
  Tell(TraceKind::kPlacesLetGo, 1, {1, 50});
  Crash(false);
  Tell(TraceKind::kSealedFileRead, 1, {1, 1, 50});
  EXPECT_EQ(Reached(), (Names{"places_let_go", "skipped_file_read"}));
}

TEST_F(RareStates, APartitionThatGoesAndComesBack) {
  Tell(TraceKind::kApplied, 1, {1, 1});
  Tell(TraceKind::kPartitionDropped, 1, {2});
  EXPECT_EQ(Reached(), Names());
  Wait(Duration::Micros(500));
  Tell(TraceKind::kPartitionRemoved, 1, {2});
  EXPECT_EQ(Reached(), Names{"partition_dropped"});
  Tell(TraceKind::kAppended, 1, {3, 1, 10});
  Tell(TraceKind::kApplied, 1, {3, 1});
  EXPECT_EQ(Reached(), (Names{"partition_dropped", "partition_recreated"})) << "its first record is not the old one";
  Crash(false);
  EXPECT_EQ(Reached(), (Names{"partition_dropped", "partition_recreated", "crash_near_drop"}));
}

TEST_F(RareStates, AFileIsCutBelowASnapshot) {
  Tell(TraceKind::kPartitionTruncated, 1, {0, 5});
  EXPECT_EQ(Reached(), Names{"partition_truncated"});
  Wait(Duration::Millis(2));
  Crash(false);
  EXPECT_EQ(Reached(), Names{"partition_truncated"});
  Tell(TraceKind::kPartitionTruncated, 1, {5, 6});
  Crash(false);
  EXPECT_EQ(Reached(), (Names{"partition_truncated", "crash_near_partition_truncation"}));
}

TEST_F(RareStates, AnApplyIsTriedAgainOnlyWithinALife) {
  Tell(TraceKind::kApplyStarted, 1, {1, 1});
  Crash(false);
  Tell(TraceKind::kApplyStarted, 1, {1, 1});
  EXPECT_EQ(Reached(), Names());
  Tell(TraceKind::kApplyStarted, 1, {1, 1});
  EXPECT_EQ(Reached(), Names{"apply_tried_again"});
  Tell(TraceKind::kReleased, 1, {1, 1});
  EXPECT_EQ(Reached(), (Names{"apply_tried_again", "applies_released"}));
}

TEST_F(RareStates, ACreationHoldsTheLogNoLonger) {
  Tell(TraceKind::kPartitionCreating, 1, {1});
  EXPECT_EQ(Reached(), Names());
  Tell(TraceKind::kCreationReleased, 1, {1});
  EXPECT_EQ(Reached(), Names{"creation_released"});
}

TEST_F(RareStates, ARefusalIsFollowedByAnAdmission) {
  const uint64_t refused = static_cast<uint64_t>(ErrorKind::kRefused);
  Tell(TraceKind::kRefused, 1, {refused, 10});
  Tell(TraceKind::kAppended, 2, {1, 1, 10});
  EXPECT_EQ(Reached(), Names{"append_refused"}) << "another partition's";
  Tell(TraceKind::kAppended, 1, {2, 1, 1u << 20});
  EXPECT_EQ(Reached(), (Names{"append_refused", "admitted_again", "record_of_a_mebibyte"}));
}

TEST_F(RareStates, DeadFilesThatAreRemovedAreNoTornHeader) {
  RecoveryReport report;
  report.log.removed_files = 2;
  Recover(report);
  EXPECT_EQ(Reached(), Names());
}

TEST_F(RareStates, CrashesInsideRecovery) {
  Crash(/*in_recovery=*/true);
  EXPECT_EQ(Reached(), (Names{"crash_in_recovery", "crash_while_creating"}));
  Crash(/*in_recovery=*/true);
  EXPECT_EQ(Reached(), (Names{"crash_in_recovery", "crash_while_creating", "crash_in_recovery_again"}));
}

TEST_F(RareStates, TwoCrashesWithServiceBetweenAreNotInARow) {
  Recover();
  Crash(/*in_recovery=*/true);
  Recover();
  Crash(/*in_recovery=*/true);
  EXPECT_EQ(Reached(), Names{"crash_in_recovery"});
}

TEST_F(RareStates, ACrashIsNearARotationForAMillisecond) {
  Recover();
  Wait(Duration::Seconds(1));
  Tell(TraceKind::kRotated, 0, {2, 100});
  Wait(Duration::Millis(1));
  Crash(/*in_recovery=*/false);
  EXPECT_EQ(Reached(), Names{"rotated"});
  Tell(TraceKind::kRotated, 0, {3, 200});
  Wait(Duration::Micros(999));
  Crash(/*in_recovery=*/false);
  EXPECT_EQ(Reached(), (Names{"rotated", "crash_near_rotation"}));
}

TEST_F(RareStates, RotationsOfPartitionFilesAreNotCounted) {
  Tell(TraceKind::kRotated, 3, {2, 100});
  EXPECT_EQ(Reached(), Names());
}

TEST_F(RareStates, ACrashNearTheReuseOfAFile) {
  Tell(TraceKind::kFileReused, 1, {3, 5});
  EXPECT_EQ(Reached(), Names{"file_reused"});
  Crash(false);
  EXPECT_EQ(Reached(), (Names{"file_reused", "crash_near_reuse"}));
}

TEST_F(RareStates, ACrashNearATruncation) {
  Tell(TraceKind::kTruncatedPrefix, 0, {0, 40});
  EXPECT_EQ(Reached(), Names{"prefix_truncated"});
  Crash(/*in_recovery=*/false);
  EXPECT_EQ(Reached(), (Names{"prefix_truncated", "crash_near_truncation"}));
}

TEST_F(RareStates, FailuresOfTheLogAndOfAPartition) {
  Tell(TraceKind::kPoisoned, 2, {3});
  EXPECT_EQ(Reached(), Names{"partition_stopped"});
  Tell(TraceKind::kPoisoned, 0, {3});
  EXPECT_EQ(Reached(), (Names{"partition_stopped", "log_poisoned"}));
}

TEST_F(RareStates, SpaceComesBackInTheSameLife) {
  Tell(TraceKind::kRefused, 1, {static_cast<uint64_t>(ErrorKind::kDiskFull), 10});
  Crash(/*in_recovery=*/false);
  Tell(TraceKind::kAppended, 1, {9, 4, 10, 0});
  EXPECT_EQ(Reached(), Names{"log_full"});
  Tell(TraceKind::kRefused, 1, {static_cast<uint64_t>(ErrorKind::kDiskFull), 10});
  Tell(TraceKind::kAppended, 1, {9, 4, 10, 0});
  EXPECT_EQ(Reached(), (Names{"log_full", "space_again"}));
}

TEST_F(RareStates, ARecordIsAppliedAgain) {
  Tell(TraceKind::kApplied, 1, {5, 1, 0});
  Tell(TraceKind::kApplied, 2, {6, 1, 0});
  Tell(TraceKind::kApplied, 1, {7, 2, 0});
  EXPECT_EQ(Reached(), Names());
  Tell(TraceKind::kApplied, 1, {7, 2, 0});
  EXPECT_EQ(Reached(), Names{"apply_redelivered"});
}

TEST_F(RareStates, Refusals) {
  Refuse(ErrorKind::kIoError);
  EXPECT_EQ(Reached(), Names());
  Refuse(ErrorKind::kCorruption);
  Refuse(ErrorKind::kLostRecords);
  Refuse(ErrorKind::kWrongStore);
  Refuse(ErrorKind::kRefused);
  watch_.OnRead(MakeError(ErrorKind::kCorruption, "as told"));
  Tell(TraceKind::kRefused, 1, {static_cast<uint64_t>(ErrorKind::kRefused), 10});
  watch_.OnBatchCutShort();
  EXPECT_EQ(Reached(), (Names{"corruption_reported", "lost_records_reported", "store_missing", "read_refused_damaged",
                              "append_refused", "options_refused", "batch_cut_short"}));
}

}  // namespace
}  // namespace tidemark::scenarios
