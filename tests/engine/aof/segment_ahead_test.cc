#include "engine/aof/segment_ahead.h"

#include <memory>
#include <string>

#include "engine/aof/turns.h"
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

// Another file holds the only turn.
TEST_F(SegmentAheadTest, ALogWithTurnsWritesInItsTurnOnly) {
  auto turns = std::make_shared<Turns>(world_->env(), 1, Duration());
  options_.turns = turns;
  Open();
  std::unique_ptr<Turns::Turn> taken;
  turns->Request(false, [&](Turns::Turn turn) { taken = std::make_unique<Turns::Turn>(std::move(turn)); });
  world_->RunReady();
  ASSERT_NE(taken, nullptr);
  Append("waits");
  world_->RunReady();
  EXPECT_EQ(aof_->durable(), Sequence(0));
  taken.reset();
  EXPECT_TRUE(Is(Flush(), absl::StatusCode::kOk));
  EXPECT_EQ(aof_->durable(), Sequence(1));
  FillBatches(20);
  EXPECT_EQ(aof_->durable(), Sequence(21));
  // It was given back.
  turns->Request(false, [&](Turns::Turn turn) { taken = std::make_unique<Turns::Turn>(std::move(turn)); });
  world_->RunReady();
  EXPECT_NE(taken, nullptr);
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
