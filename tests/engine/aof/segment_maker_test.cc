// A segment file is whole or not there, whatever happens while it is made.

#include "engine/aof/segment_maker.h"

#include <memory>
#include <string>

#include "engine/base/status.h"
#include "gtest/gtest.h"
#include "tests/support/memory_world.h"

namespace tidemark::aof {
namespace {

constexpr char kFinal[] = "d/00000000000000000003.aof";
constexpr char kNew[] = "d/00000000000000000003.new";

class SegmentMaker : public ::testing::Test {
 protected:
  SegmentMaker() {
    Disk& disk = world_;
    disk.MakeDirectory("d", [](absl::Status) {});
    disk.SyncDirectory("", [](absl::Status) {});
    world_.RunReady();
  }
  ~SegmentMaker() override { world_.Kill(); }
  void Begin(bool from_spare = false) {
    SegmentPlan plan;
    plan.directory = "d";
    plan.file_id = 3;
    plan.segment_bytes = 8192;
    plan.block_bytes = 512;
    plan.from_spare = from_spare;
    plan.content.Append(AsBytes(std::string(512, 'h')));
    result_ = absl::UnknownError("not done");
    MakeSegment(world_, alive_, std::move(plan),
                [this](absl::StatusOr<std::shared_ptr<File>> file) { result_ = file.status(); });
  }
  absl::Status Make(bool from_spare = false) {
    Begin(from_spare);
    world_.RunReady();
    return result_;
  }
  absl::Status Spare() {
    absl::Status result;
    MakeSpare(world_, alive_, "d", 8192, [&](absl::Status status) { result = status; });
    world_.RunReady();
    return result;
  }
  absl::Status Reuse(uint64_t segment_bytes = 8192) {
    SegmentPlan plan;
    plan.directory = "d";
    plan.file_id = 3;
    plan.segment_bytes = segment_bytes;
    plan.block_bytes = 512;
    result_ = absl::UnknownError("not done");
    ReuseSegment(world_, alive_, std::move(plan),
                 [this](absl::StatusOr<std::shared_ptr<File>> file) { result_ = file.status(); });
    world_.RunReady();
    return result_;
  }
  static std::string Whole() { return std::string(512, 'h') + std::string(8192 - 512, '\0'); }

  tests::MemoryWorld world_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
  absl::Status result_;
};

TEST_F(SegmentMaker, WhatIsMadeSurvivesPowerLoss) {
  ASSERT_TRUE(Make().ok());
  world_.PowerLoss(0, 1000);
  EXPECT_EQ(world_.Content(kFinal), Whole());
  EXPECT_FALSE(world_.Has(kNew));
}

TEST_F(SegmentMaker, ACrashAnywhereLeavesAWholeFileOrNone) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    for (uint64_t steps = 0; steps < 12; ++steps) {
      std::unique_ptr<tests::MemoryWorld> world = world_.Clone(seed);
      SegmentPlan plan;
      plan.directory = "d";
      plan.file_id = 3;
      plan.segment_bytes = 8192;
      plan.block_bytes = 512;
      plan.content.Append(AsBytes(std::string(512, 'h')));
      MakeSegment(*world, alive_, std::move(plan), [](absl::StatusOr<std::shared_ptr<File>>) {});
      for (uint64_t i = 0; i < steps; ++i) world->Step();
      world->PowerLoss(500, 300);
      EXPECT_TRUE(!world->Has(kFinal) || world->Content(kFinal) == Whole()) << seed << " " << steps;
    }
  }
}

TEST_F(SegmentMaker, ALeftoverIsReplaced) {
  world_.SetContent(kNew, std::string(9000, 'x'));
  ASSERT_TRUE(Make().ok());
  EXPECT_EQ(world_.Content(kFinal), Whole());
}

TEST_F(SegmentMaker, AFullDiskLeavesNothingAndMayBeTriedAgain) {
  world_.SetCapacity(4096);
  EXPECT_EQ(KindOf(Make()), ErrorKind::kDiskFull);
  EXPECT_TRUE(world_.Names("d").empty());
  world_.SetCapacity(1 << 20);
  EXPECT_TRUE(Make().ok());
}

TEST_F(SegmentMaker, TheSpareBecomesAFileWithoutNewSpace) {
  ASSERT_TRUE(Spare().ok());
  world_.SetCapacity(world_.used_bytes());
  EXPECT_EQ(KindOf(Make()), ErrorKind::kDiskFull);
  ASSERT_TRUE(Make(/*from_spare=*/true).ok());
  EXPECT_FALSE(world_.Has("d/spare"));
  world_.PowerLoss(0, 0);
  EXPECT_EQ(world_.Content(kFinal), Whole());
}

TEST_F(SegmentMaker, NothingIsLeftOfWhatAnOldFileHeld) {
  constexpr uint64_t kBytes = (5u << 20) / 2;  // more than one piece, the last one not whole
  world_.SetContent(kNew, std::string(kBytes, 'x'));
  world_.SetCapacity(world_.used_bytes());
  ASSERT_TRUE(Reuse(kBytes).ok()) << result_;
  world_.PowerLoss(0, 1000);
  EXPECT_EQ(world_.Content(kNew), std::string(kBytes, '\0'));
}

TEST_F(SegmentMaker, AnOldFileOfAnotherSizeIsNotUsed) {
  for (const size_t bytes : {0, 4096, 8191, 8193, 16384}) {
    world_.SetContent(kNew, std::string(bytes, 'x'));
    EXPECT_EQ(KindOf(Reuse()), ErrorKind::kCorruption) << bytes;
    EXPECT_FALSE(world_.Has(kNew));
  }
}

TEST_F(SegmentMaker, AnOldFileThatCannotBeOverwrittenIsGone) {
  world_.SetContent(kNew, std::string(8192, 'x'));
  world_.FailSyncs(1);
  EXPECT_EQ(KindOf(Reuse()), ErrorKind::kIoError);
  EXPECT_FALSE(world_.Has(kNew));
  world_.SetContent(kNew, std::string(8192, 'x'));
  world_.RefuseWrites(1);
  EXPECT_EQ(KindOf(Reuse()), ErrorKind::kDiskFull);
  EXPECT_FALSE(world_.Has(kNew));
  ASSERT_TRUE(Make().ok());
}

TEST_F(SegmentMaker, AFailedSyncLeavesNoFile) {
  world_.FailSyncs(1);
  EXPECT_EQ(KindOf(Make()), ErrorKind::kIoError);
  EXPECT_FALSE(world_.Has(kFinal));
}

TEST_F(SegmentMaker, StopsWhenItsOwnerIsGone) {
  Begin();
  world_.Step();
  alive_.reset();
  world_.RunReady();
  EXPECT_FALSE(world_.Has(kFinal));
  EXPECT_EQ(result_.message(), "not done");
}

}  // namespace
}  // namespace tidemark::aof
