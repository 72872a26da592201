// The running log: batches, rotation, a full disk, poison, truncation.

#include "tests/engine/aof/aof_fixture.h"

namespace tidemark::aof {
namespace {

class CoreTest : public AofTest {
 protected:
  void SetUp() override { Open(); }
  // Appends records of 700 bytes until a new file was begun.
  void FillFile() {
    const size_t rotations = heard_->rotations.size();
    while (heard_->rotations.size() == rotations) AppendDurably(std::string(700, 'f'));
  }
  void FillDisk() {
    world_->RunReady();  // the spare is made
    world_->SetCapacity(world_->used_bytes());
    for (int i = 0; i < 30 && !aof_->full(); ++i) {
      ASSERT_TRUE(TryAppend(std::string(700, 'f')).ok());
      world_->RunReady();
    }
    ASSERT_TRUE(aof_->full());
  }
};

// --- batches ---

TEST_F(CoreTest, WhatOneTaskAppendsIsOneBatch) {
  const uint64_t before = world_->operations();
  for (int i = 0; i < 20; ++i) Append("x");
  ASSERT_TRUE(Flush().ok());
  EXPECT_EQ(world_->operations() - before, 2u);  // a write, a sync
}

TEST_F(CoreTest, WhatComesDuringASyncIsTheNextBatch) {
  Append("a");
  world_->Step();  // the write is under way
  for (int i = 0; i < 20; ++i) Append("b");
  const uint64_t before = world_->operations();
  ASSERT_TRUE(Flush().ok());
  EXPECT_LE(world_->operations() - before, 3u);
  EXPECT_EQ(aof_->durable(), Sequence(21));
}

TEST_F(CoreTest, ABatchIsNoLargerThanItsLimit) {
  for (int i = 0; i < 5; ++i) Append(std::string(900, 'x'));  // 924 bytes each; 2048 allowed
  ASSERT_TRUE(Flush().ok());
  Crash();
  Open();
  EXPECT_EQ(report_.batches, 3u);
}

TEST_F(CoreTest, FlushDelayGathersUntilTheTimerOrEnoughBytes) {
  Crash();
  options_.flush_delay = Duration::Millis(5);
  options_.flush_bytes = 1500;
  Open();
  Append("alone");
  world_->RunReady();
  EXPECT_EQ(aof_->durable(), Sequence(0));
  const Instant before = world_->Now();
  world_->RunUntil([&] { return aof_->durable() == Sequence(1); });
  EXPECT_EQ(world_->Now() - before, Duration::Millis(5));
  for (int i = 0; i < 2; ++i) Append(std::string(900, 'x'));
  world_->RunReady();
  EXPECT_EQ(aof_->durable(), Sequence(3));
}

TEST_F(CoreTest, TooLargeARecordIsRefusedWithTheLimit) {
  const absl::Status status = TryAppend(std::string(1001, 'x'));
  EXPECT_EQ(KindOf(status), ErrorKind::kRefused);
  EXPECT_NE(status.message().find("max_record_bytes = 1000"), absl::string_view::npos) << status;
  EXPECT_TRUE(TryAppend(std::string(1000, 'x')).ok());
}

TEST_F(CoreTest, ShortWritesAreCompleted) {
  world_->ShortenWrites(512);
  AppendDurably(std::string(1000, 's'));
  LosePower();
  world_->ShortenWrites(0);
  Open();
  EXPECT_EQ(replayed_.records[1], std::string(1000, 's'));
}

TEST_F(CoreTest, DestroyingTheLogDropsWhatWasNotDurable) {
  bool called = false;
  Append("gone");
  aof_->Flush([&](absl::Status) { called = true; });
  aof_.reset();
  world_->RunReady();
  EXPECT_FALSE(called);
}

// --- rotation ---

TEST_F(CoreTest, ANewFileBeginsWhereTheOldOneEnds) {
  FillFile();
  ASSERT_EQ(heard_->rotations.size(), 1u);
  EXPECT_EQ(heard_->rotations[0].first, 2u);
  EXPECT_EQ(heard_->rotations[0].second, aof_->durable().value());
  EXPECT_EQ(aof_->file_bytes(), 2 * options_.segment_bytes);
  Crash();
  Open();
  EXPECT_EQ(report_.files, 2u);
  EXPECT_EQ(replayed_.head_notes.size(), 2u);
}

TEST_F(CoreTest, TheLastRecordBeforeAndTheFirstAfterARotationAreRead) {
  FillFile();
  const uint64_t base = heard_->rotations[0].second;
  EXPECT_EQ(*Read(base - 1), std::string(700, 'f'));
  EXPECT_EQ(*Read(base), std::string(700, 'f'));
}

TEST_F(CoreTest, ACutAcrossFilesGoesOnInTheLastOne) {
  FillFile();
  FillFile();
  ASSERT_TRUE(aof_->TruncateSuffix(Sequence(2)).ok());
  EXPECT_EQ(KindOf(Read(3).status()), ErrorKind::kTruncated);
  AppendDurably("three, again");
  LosePower();
  Open();
  EXPECT_EQ(replayed_.records.size(), 3u);
  EXPECT_EQ(*Read(3), "three, again");
}

// --- a full disk ---

TEST_F(CoreTest, AFullDiskRefusesAndLosesNothing) {
  FillDisk();
  EXPECT_EQ(KindOf(TryAppend("no")), ErrorKind::kDiskFull);
  EXPECT_EQ(heard_->full, (std::vector<bool>{true}));
  const Sequence accepted = aof_->appended();
  world_->SetCapacity(~uint64_t{0});
  aof_->RetryNow();
  ASSERT_TRUE(Flush().ok());
  EXPECT_EQ(aof_->durable(), accepted);
  EXPECT_EQ(heard_->full, (std::vector<bool>{true, false}));
  EXPECT_TRUE(TryAppend("yes").ok());
}

TEST_F(CoreTest, AFullLogTriesAgainByItself) {
  FillDisk();
  world_->SetCapacity(~uint64_t{0});
  EXPECT_TRUE(world_->RunUntil([&] { return !aof_->full(); }));
}

TEST_F(CoreTest, TruncationWorksOnAFullDiskAndMakesRoom) {
  FillFile();
  FillDisk();
  ASSERT_TRUE(TruncatePrefix(aof_->durable().value()).ok());
  ASSERT_TRUE(Flush().ok());
  EXPECT_FALSE(aof_->full());
  EXPECT_TRUE(TryAppend("room again").ok());
}

TEST_F(CoreTest, CutsWorkOnAFullDiskUntilTheSpareIsUsedUp) {
  FillDisk();
  for (int i = 0; i < 6; ++i) {
    const Sequence to = aof_->appended().Prev();
    ASSERT_TRUE(aof_->TruncateSuffix(to).ok());
    world_->RunReady();
    EXPECT_LE(aof_->durable(), to);
  }
  const Sequence end = aof_->appended();
  LosePower();
  world_->SetCapacity(~uint64_t{0});
  Open();
  EXPECT_EQ(report_.last, std::min(end, report_.last));
}

TEST_F(CoreTest, WhereACutLeavesNothingToWriteTheLogTakesRecordsAgain) {
  FillDisk();
  ASSERT_TRUE(aof_->TruncateSuffix(aof_->durable()).ok());
  world_->SetCapacity(~uint64_t{0});
  ASSERT_TRUE(world_->RunUntil([&] { return !aof_->full(); }));
  AppendDurably("goes on");
}

TEST_F(CoreTest, AFullLogOpensAndIsStillFull) {
  FillDisk();
  const Sequence durable = aof_->durable();
  LosePower(0, 0);
  Open();
  EXPECT_GE(report_.last, durable);
  world_->SetCapacity(~uint64_t{0});
  AppendDurably("space again");
}

TEST_F(CoreTest, AnAllocatedWriteThatFindsNoSpaceIsWrittenAgainAsItWas) {
  world_->RefuseWrites(1);
  Append("refused at first");
  world_->RunReady();
  EXPECT_TRUE(aof_->full());
  ASSERT_TRUE(Flush().ok());
  EXPECT_FALSE(aof_->full());
  LosePower();
  Open();
  EXPECT_EQ(replayed_.records[1], "refused at first");
}

// --- poison ---

TEST_F(CoreTest, AFailedSyncPoisonsForGood) {
  AppendDurably("one");
  world_->FailSyncs(1);
  Append("two");
  EXPECT_EQ(KindOf(Flush()), ErrorKind::kPoisoned);
  EXPECT_TRUE(aof_->poisoned());
  EXPECT_EQ(heard_->failures.size(), 1u);
  EXPECT_EQ(KindOf(TryAppend("three")), ErrorKind::kPoisoned);
  EXPECT_EQ(KindOf(aof_->AppendNote(AsBytes("n"))), ErrorKind::kPoisoned);
  EXPECT_EQ(KindOf(aof_->TruncateSuffix(Sequence(1))), ErrorKind::kPoisoned);
  EXPECT_EQ(KindOf(TruncatePrefix(2)), ErrorKind::kPoisoned);
  EXPECT_EQ(aof_->durable(), Sequence(1));
  EXPECT_EQ(*Read(1), "one");
}

TEST_F(CoreTest, AFailedWriteOrRotationPoisons) {
  world_->FailWrites(1);
  Append("two");
  EXPECT_EQ(KindOf(Flush()), ErrorKind::kPoisoned);
  Crash();
  Open();
  for (int i = 0; i < 9; ++i) AppendDurably(std::string(700, 'x'));
  for (int i = 0; i < 9 && !aof_->poisoned(); ++i) {
    world_->FailSyncs(i == 0 ? 0 : 1);
    (void)TryAppend(std::string(700, 'x'));
    world_->RunReady();
  }
  EXPECT_TRUE(aof_->poisoned());
}

// What a failed sync covered reads well from the cache, and is written again for that reason.
TEST_F(CoreTest, WhatAFailedSyncLeftInTheCacheIsWrittenAgainByTheNextOpening) {
  world_->FailSyncs(1);
  Append("in the cache only");
  (void)Flush();
  Crash();
  Open();
  EXPECT_EQ(report_.reappended_records, 1u);
  LosePower(0, 0);
  Open();
  EXPECT_EQ(replayed_.records[1], "in the cache only");
}

// --- truncation ---

TEST_F(CoreTest, PrefixTruncationRemovesWholeFilesOnly) {
  FillFile();
  FillFile();
  const uint64_t second = heard_->rotations[0].second;
  const uint64_t third = heard_->rotations[1].second;
  ASSERT_TRUE(TruncatePrefix(second - 1).ok());
  EXPECT_TRUE(world_->Has(Path(1)));
  ASSERT_TRUE(TruncatePrefix(second).ok());
  EXPECT_FALSE(world_->Has(Path(1)));
  ASSERT_TRUE(TruncatePrefix(third + 1).ok());
  EXPECT_FALSE(world_->Has(Path(2)));
  EXPECT_EQ(aof_->first(), Sequence(third + 1));
  LosePower();
  Open();
  EXPECT_EQ(report_.first, Sequence(third + 1));
  EXPECT_EQ(KindOf(Read(third).status()), ErrorKind::kTruncated);
}

TEST_F(CoreTest, AFileThatCouldNotBeRemovedGoesWithTheNextTruncation) {
  FillFile();
  FillFile();
  world_->FailNamesOf(Path(1), 1);
  EXPECT_EQ(KindOf(TruncatePrefix(heard_->rotations[0].second)), ErrorKind::kIoError);
  EXPECT_TRUE(world_->Has(Path(1)));
  EXPECT_EQ(aof_->first(), Sequence(heard_->rotations[0].second)) << "only its file is left";
  ASSERT_TRUE(TruncatePrefix(heard_->rotations[1].second).ok());
  EXPECT_FALSE(world_->Has(Path(1)));
  EXPECT_FALSE(world_->Has(Path(2)));
}

TEST_F(CoreTest, ANewFileWaitsForAFreeHandle) {
  world_->FailNamesOf("p-7/00000000000000000002.new", 3,
                      MakeError(ErrorKind::kRefused, absl::StatusCode::kResourceExhausted, "too many open files"));
  FillFile();
  AppendDurably("in the second file");
  EXPECT_TRUE(world_->Has(Path(2)));
  EXPECT_TRUE(heard_->failures.empty());
}

// The one operation of a rotation that needs a handle where the file was made ahead.
TEST_F(CoreTest, ANewFilesNameWaitsForAFreeHandle) {
  world_->RunReady();
  world_->FailDirectorySyncs(
      3, MakeError(ErrorKind::kRefused, absl::StatusCode::kResourceExhausted, "too many open files"));
  FillFile();
  AppendDurably("in the second file");
  EXPECT_TRUE(heard_->failures.empty());
  world_->PowerLoss(0, 0);
  Open();
  EXPECT_TRUE(world_->Has(Path(2)));
  EXPECT_EQ(*Read(aof_->appended().value()), "in the second file");
}

TEST_F(CoreTest, AFileThatCanNeverBeRemovedHoldsUpNoOther) {
  for (int i = 0; i < 4; ++i) FillFile();
  world_->FailNamesOf(Path(1), 1000);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(KindOf(TruncatePrefix(heard_->rotations[i].second)), ErrorKind::kIoError);
    EXPECT_FALSE(i > 0 && world_->Has(Path(i + 1))) << i;
  }
  EXPECT_TRUE(world_->Has(Path(1)));
}

TEST_F(CoreTest, ATruncationIsRefusedAboveWhatIsDurable) {
  AppendDurably("one");
  Append("two");
  EXPECT_EQ(KindOf(TruncatePrefix(3)), ErrorKind::kRefused);
  EXPECT_TRUE(TruncatePrefix(2).ok());
  EXPECT_TRUE(TruncatePrefix(1).ok()) << "done already";
}

TEST_F(CoreTest, EverythingMayGo) {
  for (int i = 0; i < 5; ++i) AppendDurably("x");
  ASSERT_TRUE(TruncatePrefix(6).ok());
  EXPECT_EQ(aof_->appended(), Sequence(5));
  Crash();
  Open();
  EXPECT_EQ(report_.records, 0u);
  EXPECT_EQ(Append("six"), Sequence(6));
}

TEST_F(CoreTest, ACutOutsideTheLogIsRefused) {
  for (int i = 0; i < 5; ++i) AppendDurably("x");
  ASSERT_TRUE(TruncatePrefix(3).ok());
  EXPECT_EQ(KindOf(aof_->TruncateSuffix(Sequence(1))), ErrorKind::kRefused);
  EXPECT_EQ(KindOf(aof_->TruncateSuffix(Sequence(6))), ErrorKind::kRefused);
  EXPECT_TRUE(aof_->TruncateSuffix(Sequence(5)).ok());
  EXPECT_TRUE(aof_->TruncateSuffix(Sequence(2)).ok());
}

TEST_F(CoreTest, WhoWaitedForWhatIsCutWaitsForTheCut) {
  AppendDurably("one");
  Append("two");
  absl::optional<absl::Status> flushed;
  aof_->Flush([&](absl::Status status) { flushed = status; });
  ASSERT_TRUE(aof_->TruncateSuffix(Sequence(1)).ok());
  world_->RunReady();
  ASSERT_TRUE(flushed.has_value());
  EXPECT_TRUE(flushed->ok());
}

// --- reading ---

TEST_F(CoreTest, ARangeIsBoundedByRecordsAndBytes) {
  for (int i = 1; i <= 10; ++i) AppendDurably(std::string(100, '0' + i));
  const auto range = [&](uint64_t from, uint64_t records, uint64_t bytes) {
    absl::StatusOr<std::vector<Record>> result = absl::UnknownError("");
    aof_->ReadRange(Sequence(from), records, bytes, [&](auto r) { result = std::move(r); });
    world_->RunReady();
    return result->size();
  };
  EXPECT_EQ(range(1, 3, 1000), 3u);
  EXPECT_EQ(range(1, 99, 250), 2u);
  EXPECT_EQ(range(1, 99, 1), 1u);
  EXPECT_EQ(range(9, 99, 9999), 2u);
}

TEST_F(CoreTest, DamageSinceOpeningIsFoundByTheReadAndStaysWithTheRecord) {
  for (int i = 1; i <= 3; ++i) AppendDurably("record " + std::to_string(i));
  const size_t at = world_->Content(Path(1)).find("record 2");
  for (size_t byte = at - 24; byte < at + 8; ++byte) {
    world_->Damage(Path(1), byte, 1);
    EXPECT_EQ(KindOf(Read(2).status()), ErrorKind::kCorruption) << byte;
    EXPECT_EQ(*Read(1), "record 1");
    EXPECT_EQ(*Read(3), "record 3");
    world_->Damage(Path(1), byte, 1);
  }
  EXPECT_EQ(*Read(2), "record 2");
}

}  // namespace
}  // namespace tidemark::aof
