#include "engine/aof/segment_ahead.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/aof/file_names.h"
#include "engine/aof/open_files.h"
#include "engine/aof/turns.h"
#include "engine/base/status.h"
#include "gtest/gtest.h"
#include "tests/engine/aof/aof_fixture.h"

namespace tidemark::aof {
namespace {

class SegmentAheadTest : public AofTest {
 protected:
  SegmentAheadTest() { options_.prepare_ahead = true; }

  std::string NewPath(uint64_t file_id) const { return absl::StrCat(options_.directory, "/", Digits(file_id), ".new"); }
  // 8 KiB a file, 1 KiB a batch.
  void FillBatches(int count) {
    for (int i = 0; i < count; ++i) AppendDurably(std::string(900, 'x'));
    world_->RunReady();
  }
  // Another file holds the only turn, until `taken_` is gone.
  void TakeTheOnlyTurn() {
    options_.turns = std::make_shared<Turns>(world_->env(), 1, Duration());
    options_.turns->Request(false,
                            [this](Turns::Turn turn) { taken_ = std::make_unique<Turns::Turn>(std::move(turn)); });
    world_->RunReady();
    ASSERT_NE(taken_, nullptr);
  }
  std::vector<std::string> FilesAhead() const {
    std::vector<std::string> files;
    for (const std::string& name : world_->Names(options_.directory)) {
      if (IsUnderConstruction(name)) files.push_back(name);
    }
    return files;
  }
  // The first file's records, and nobody needs them.
  void TruncateFirstFile() {
    const uint64_t second = heard_->rotations.front().second;
    ASSERT_TRUE(Is(TruncatePrefix(second), absl::StatusCode::kOk));
    world_->RunReady();
  }

  std::unique_ptr<Turns::Turn> taken_;
};

TEST_F(SegmentAheadTest, NextFileIsThereBeforeItIsNeeded) {
  Open();
  FillBatches(2);
  EXPECT_FALSE(world_->Has(NewPath(2)));
  FillBatches(3);
  EXPECT_TRUE(world_->Has(NewPath(2)));
  EXPECT_FALSE(world_->Has(Path(2)));
  FillBatches(3);
  EXPECT_FALSE(world_->Has(NewPath(2)));
  EXPECT_TRUE(world_->Has(Path(2)));
}

TEST_F(SegmentAheadTest, RecordsOfAPreparedFileSurvivePowerLoss) {
  Open();
  FillBatches(20);
  ASSERT_FALSE(heard_->rotations.empty());
  aof_.reset();
  world_->PowerLoss();
  Open();
  EXPECT_EQ(replayed_.records.size(), 20u);
}

TEST_F(SegmentAheadTest, ACrashLeavesAFileThatOpeningRemoves) {
  Open();
  FillBatches(5);
  ASSERT_TRUE(world_->Has(NewPath(2)));
  aof_.reset();
  world_->Kill();
  Open();
  EXPECT_EQ(report_.removed_files, 1u);
  EXPECT_EQ(replayed_.records.size(), 5u);
}

TEST_F(SegmentAheadTest, AFullDiskOnlyMeansThatThereIsNone) {
  Open();
  FillBatches(2);
  world_->SetCapacity(world_->used_bytes() + 1000);
  FillBatches(4);
  EXPECT_FALSE(world_->Has(NewPath(2)));
  EXPECT_TRUE(heard_->full.empty());
  world_->SetCapacity(1u << 30);
  FillBatches(4);
  EXPECT_TRUE(world_->Has(Path(2)));
}

// The batch that fills half of the file is followed at once by one that needs the next file.
TEST_F(SegmentAheadTest, NothingIsPreparedWhileTheSameFileIsMade) {
  options_.max_record_bytes = 3300;
  options_.max_batch_bytes = 3500;
  Open();
  for (int i = 0; i < 6; ++i) Append(std::string(3200, static_cast<char>('a' + i)));
  ASSERT_TRUE(Is(Flush(), absl::StatusCode::kOk));
  world_->RunReady();
  EXPECT_GE(heard_->rotations.size(), 2u);
  Open();
  EXPECT_EQ(replayed_.records.size(), 6u);
}

TEST_F(SegmentAheadTest, ALogWithTurnsWritesInItsTurnOnly) {
  TakeTheOnlyTurn();
  Open();
  Append("waits");
  world_->RunReady();
  EXPECT_EQ(aof_->durable(), Sequence(0));
  taken_.reset();
  EXPECT_TRUE(Is(Flush(), absl::StatusCode::kOk));
  EXPECT_EQ(aof_->durable(), Sequence(1));
  FillBatches(20);
  EXPECT_EQ(aof_->durable(), Sequence(21));
  TakeTheOnlyTurn();  // it was given back
}

// --- the next file is one that nobody needs any more ---

TEST_F(SegmentAheadTest, AFileThatNobodyNeedsBecomesTheNextOne) {
  Open();
  FillBatches(8);
  ASSERT_EQ(heard_->rotations.size(), 1u);
  ASSERT_TRUE(FilesAhead().empty());
  TruncateFirstFile();
  EXPECT_FALSE(world_->Has(Path(1)));
  EXPECT_EQ(world_->Content(NewPath(3)), std::string(8192, '\0'));
  const uint64_t used = world_->used_bytes();
  FillBatches(5);
  EXPECT_TRUE(world_->Has(Path(3)));
  EXPECT_EQ(world_->used_bytes(), used);
  LosePower();
  Open();
  EXPECT_EQ(replayed_.records.rbegin()->first, 13u);
}

TEST_F(SegmentAheadTest, OfManyThatNobodyNeedsOneIsKept) {
  Open();
  FillBatches(30);
  ASSERT_GE(heard_->rotations.size(), 4u);
  ASSERT_TRUE(Is(TruncatePrefix(30), absl::StatusCode::kOk));
  world_->RunReady();
  EXPECT_EQ(FilesAhead().size(), 1u);
  EXPECT_EQ(world_->Names(options_.directory).size(), 3u) << "the last file, the next one, the spare";
}

TEST_F(SegmentAheadTest, AReadOfAFileThatIsUsedAgainFindsTheRecordGone) {
  Open();
  FillBatches(8);
  world_->HangOpensOf(Path(1));
  absl::StatusOr<std::string> read = absl::UnknownError("still reading");
  aof_->Read(Sequence(1), [&](absl::StatusOr<std::string> payload) { read = std::move(payload); });
  TruncateFirstFile();
  EXPECT_EQ(FilesAhead().size(), 1u);
  world_->SetContent(Path(1), std::string(8192, '\0'));  // as the handle of an open that came sooner would see it
  world_->ReleaseOpens();
  world_->RunReady();
  EXPECT_EQ(KindOf(read.status()), ErrorKind::kTruncated) << read.status();
}

TEST_F(SegmentAheadTest, AFileThatIsScannedIsRemovedAndNotUsedAgain) {
  Open();
  FillBatches(8);
  const uint64_t second = heard_->rotations.front().second;
  Crash();
  options_.scan_sealed = false;
  Open();
  world_->HangOpensOf(Path(1));
  aof_->Read(Sequence(1), [](const absl::StatusOr<std::string>&) {});
  ASSERT_TRUE(Is(TruncatePrefix(second), absl::StatusCode::kOk));
  world_->RunReady();
  for (const TraceEvent& event : world_->events) EXPECT_NE(event.kind, TraceKind::kFileReused);
  EXPECT_FALSE(world_->Has(Path(1)));
}

TEST_F(SegmentAheadTest, WhereTheOldNameStaysTheFileIsRemoved) {
  Open();
  FillBatches(8);
  world_->FailNamesOf(Path(1), 1);
  TruncateFirstFile();
  EXPECT_FALSE(world_->Has(Path(1)));
  EXPECT_TRUE(FilesAhead().empty());
  FillBatches(9);
  EXPECT_TRUE(world_->Has(Path(3)));
}

TEST_F(SegmentAheadTest, ANewNameThatMayNotSurviveIsGivenToAnotherFile) {
  Open();
  FillBatches(8);
  world_->FailDirectorySyncs(1, MakeError(ErrorKind::kIoError, "no"));
  TruncateFirstFile();
  FillBatches(9);
  LosePower();
  Open();
  EXPECT_EQ(replayed_.records.rbegin()->first, 17u);
}

TEST_F(SegmentAheadTest, ARotationWaitsForAnOldFileThatIsOnItsWay) {
  Open();
  FillBatches(8);
  world_->HangSyncsOf(NewPath(3));
  TruncateFirstFile();
  for (int i = 0; i < 7; ++i) Append(std::string(900, 'x'));
  world_->RunReady();
  EXPECT_LT(aof_->durable(), Sequence(15));
  world_->HangSyncsOf("");
  world_->ReleaseSyncs();
  EXPECT_TRUE(Is(Flush(), absl::StatusCode::kOk));
  EXPECT_TRUE(world_->Has(Path(3)));
}

TEST_F(SegmentAheadTest, APowerLossWhileAnOldFileIsUsedAgainLosesNothing) {
  Open();
  FillBatches(8);
  const uint64_t second = heard_->rotations.front().second;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    for (uint64_t operations = 1; operations <= 20; ++operations) {
      aof_.reset();
      world_->Kill();
      const std::unique_ptr<tests::MemoryWorld> before = std::exchange(world_, world_->Clone(seed));
      Open();
      world_->RunReady();
      world_->FreezeAtOperation(world_->operations() + operations);
      aof_->TruncatePrefix(Sequence(second), [](absl::Status) {});
      for (int i = 0; i < 4; ++i) Append(std::string(900, 'y'));
      aof_->Flush([](absl::Status) {});
      world_->RunReady();
      world_->FreezeAtOperation(0);
      const Sequence durable = aof_->durable();
      LosePower(500, 300);
      Open();
      EXPECT_GE(aof_->durable(), durable) << seed << " " << operations;
      EXPECT_LE(aof_->first(), Sequence(second));
      EXPECT_EQ(replayed_.records.rbegin()->first, aof_->durable().value());
      aof_.reset();
      world_->Kill();
      world_ = before->Clone(1);
    }
  }
}

// --- beside others ---

TEST_F(SegmentAheadTest, WhereFilesGrowTheyAreMadeAheadOnceTheyHaveGrown) {
  options_.first_segment_bytes = 4096;
  Open();
  for (int i = 0; heard_->rotations.empty(); ++i) {
    ASSERT_LT(i, 8);
    FillBatches(1);
    EXPECT_TRUE(FilesAhead().empty()) << i;
  }
  FillBatches(5);
  EXPECT_EQ(FilesAhead().size(), 1u);
  FillBatches(5);
  EXPECT_TRUE(world_->Has(Path(3)));
}

TEST_F(SegmentAheadTest, WhatIsMadeAheadWaitsForItsTurn) {
  TakeTheOnlyTurn();
  taken_.reset();
  Open();
  std::unique_ptr<Turns::Turn> other;  // somebody else's file that is made ahead
  options_.turns->RequestBackground([&](Turns::Turn turn) { other = std::make_unique<Turns::Turn>(std::move(turn)); });
  FillBatches(5);
  ASSERT_NE(other, nullptr);
  EXPECT_TRUE(FilesAhead().empty());
  other.reset();
  world_->RunReady();
  EXPECT_EQ(FilesAhead().size(), 1u);
}

TEST_F(SegmentAheadTest, ARotationDoesNotWaitForThatTurn) {
  TakeTheOnlyTurn();
  taken_.reset();
  Open();
  options_.turns->RequestBackground([&](Turns::Turn turn) { taken_ = std::make_unique<Turns::Turn>(std::move(turn)); });
  const Instant began = world_->Now();
  FillBatches(30);
  ASSERT_NE(taken_, nullptr);
  EXPECT_GE(heard_->rotations.size(), 4u);
  EXPECT_EQ(world_->Now(), began);
  EXPECT_EQ(aof_->durable(), Sequence(30));
  taken_.reset();
  world_->RunReady();
}

TEST_F(SegmentAheadTest, NoHandleIsKeptWhereHandlesAreFew) {
  options_.open_files = std::make_shared<OpenFiles>(1);
  Open();
  FillBatches(5);
  ASSERT_EQ(FilesAhead().size(), 1u);
  const uint64_t used = world_->used_bytes();
  world_->Erase(NewPath(2));
  EXPECT_LT(world_->used_bytes(), used) << "a removed file counts while it is open";
}

// A request that waits for the gap is made again as an urgent one.
TEST_F(SegmentAheadTest, WhatSomebodyWaitsForDoesNotWaitForTheGap) {
  constexpr Duration kGap = Duration::Millis(5);
  auto turns = std::make_shared<Turns>(world_->env(), 4, kGap);
  turns->SetLogBusy([] { return true; });
  options_.turns = turns;
  Open();
  Append("takes the turn that is free now");
  world_->RunReady();
  const Instant began = world_->Now();
  Append("must wait for the gap");
  world_->RunReady();
  EXPECT_EQ(aof_->durable(), Sequence(1));
  aof_->WriteNow();
  world_->RunReady();
  EXPECT_EQ(aof_->durable(), Sequence(2));
  EXPECT_LT(world_->Now() - began, kGap);
  turns->Close();
}

}  // namespace
}  // namespace tidemark::aof
