// A partition's file as its owner sees it.

#include "engine/partition/partition_log.h"

#include "engine/base/status.h"
#include "gtest/gtest.h"
#include "tests/engine/partition/partition_rig.h"

namespace tidemark {
namespace {

class PartitionLogTest : public ::testing::Test {
 protected:
  void Open() {
    const absl::Status status = rig_.Open();
    ASSERT_TRUE(status.ok()) << status;
  }
  void ForwardDurably(uint64_t from, uint64_t to) {
    for (uint64_t i = from; i <= to; ++i) {
      ASSERT_TRUE(rig_.Forward(i, 10 * i, "record " + std::to_string(i)).ok());
      ASSERT_TRUE(rig_.Flush().ok());
    }
  }
  PartitionLog& log() { return *rig_.log; }

  tests::PartitionRig rig_;
};

TEST_F(PartitionLogTest, RecordsComeBack) {
  Open();
  ForwardDurably(1, 5);
  EXPECT_EQ(rig_.durable, PartitionIndex(5));
  EXPECT_EQ(rig_.heard_slot, tests::PartitionRig::kSlot);
  rig_.LosePower();
  Open();
  EXPECT_EQ(log().last_index(), PartitionIndex(5));
  EXPECT_EQ(log().durable_index(), PartitionIndex(5));
  EXPECT_EQ(log().last_raft_index(), RaftIndex(50));
  const auto entries = rig_.Entries(2, 2);
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[1],
            (Entry{RaftIndex(30), {Term(1), PartitionId(7), PartitionIndex(3), RecordKind::kData}, "record 3"}));
}

TEST_F(PartitionLogTest, ForwardingAgainSkipsWhatIsThere) {
  Open();
  ForwardDurably(1, 3);
  ASSERT_TRUE(rig_.Forward(2, 20, "record 2").ok());
  ASSERT_TRUE(rig_.Forward(3, 30, "record 3").ok());
  EXPECT_EQ(log().last_index(), PartitionIndex(3));
  ForwardDurably(4, 4);
  EXPECT_EQ(log().last_index(), PartitionIndex(4));
}

TEST_F(PartitionLogTest, TheNewestCheckpointIsFound) {
  Open();
  ForwardDurably(1, 2);
  rig_.checkpoint = {RaftIndex(20), PartitionIndex(3), RaftIndex(10)};
  ForwardDurably(3, 3);
  rig_.LosePower();
  Open();
  EXPECT_EQ(log().found_checkpoint(), rig_.checkpoint);
}

TEST_F(PartitionLogTest, ACheckpointOutlivesTheFileItWasIn) {
  Open();
  ForwardDurably(1, 2);
  rig_.checkpoint = {RaftIndex(20), PartitionIndex(3), RaftIndex(10)};
  for (uint64_t i = 3; rig_.world->Names(rig_.options.directory).size() < 3; ++i) {
    ASSERT_TRUE(rig_.Forward(i, 10 * i, std::string(900, 'x')).ok());
    ASSERT_TRUE(rig_.Flush().ok());
  }
  rig_.LosePower();
  Open();
  EXPECT_EQ(log().found_checkpoint(), rig_.checkpoint);
}

TEST_F(PartitionLogTest, OneCheckpointForEachSync) {
  Open();
  for (uint64_t i = 1; i <= 10; ++i) ASSERT_TRUE(rig_.Forward(i, i, "x").ok());
  ASSERT_TRUE(rig_.Flush().ok());
  rig_.LosePower();
  Open();
  EXPECT_EQ(rig_.report.reappended_notes, 1u);
}

TEST_F(PartitionLogTest, ItIsFullUntilThereIsSpaceAgain) {
  Open();
  ForwardDurably(1, 2);
  EXPECT_FALSE(log().full());
  rig_.world->SetCapacity(rig_.world->used_bytes());
  uint64_t next = 3;
  while (next < 40 && rig_.Forward(next, 10 * next, std::string(900, 'x')).ok()) ++next;
  ASSERT_TRUE(rig_.world->RunUntil([&] { return log().full(); }));
  EXPECT_EQ(KindOf(rig_.Forward(next, 10 * next, "x")), ErrorKind::kDiskFull);
  rig_.world->SetCapacity(~uint64_t{0});
  ASSERT_TRUE(rig_.world->RunUntil([&] { return !log().full(); }));
  EXPECT_TRUE(rig_.Forward(next, 10 * next, "x").ok());
}

TEST_F(PartitionLogTest, WhatIsCutBackIsForwardedAnew) {
  Open();
  ForwardDurably(1, 5);
  ASSERT_TRUE(rig_.CutBack(3).ok());
  EXPECT_EQ(log().last_index(), PartitionIndex(3));
  EXPECT_EQ(log().last_raft_index(), RaftIndex(0)) << "not remembered";
  ASSERT_TRUE(rig_.Forward(4, 35, "another 4", 2).ok());
  ASSERT_TRUE(rig_.Flush().ok());
  rig_.LosePower();
  Open();
  EXPECT_EQ(log().last_index(), PartitionIndex(4));
  EXPECT_EQ((*rig_.Entries(4, 1))[0].payload, "another 4");
}

// It names places of the log that may be other records' by the next opening.
TEST_F(PartitionLogTest, ACheckpointOfWhatIsCutBackGoesWithIt) {
  Open();
  ForwardDurably(1, 5);
  rig_.checkpoint = {RaftIndex(5), PartitionIndex(6), RaftIndex(0)};
  ForwardDurably(6, 6);
  rig_.LosePower();
  Open();
  ASSERT_EQ(log().found_checkpoint(), rig_.checkpoint);
  ASSERT_TRUE(rig_.CutBack(4).ok());
  EXPECT_EQ(log().found_checkpoint(), Checkpoint());
  rig_.LosePower();
  Open();
  EXPECT_EQ(log().found_checkpoint(), Checkpoint());
}

TEST_F(PartitionLogTest, AFailedSyncStopsThisFileAndIsTold) {
  Open();
  ForwardDurably(1, 2);
  rig_.world->FailSyncs(1);
  ASSERT_TRUE(rig_.Forward(3, 30, "three").ok());
  EXPECT_FALSE(rig_.Flush().ok());
  EXPECT_EQ(rig_.failures.size(), 1u);
  EXPECT_EQ(KindOf(rig_.Forward(4, 40, "four")), ErrorKind::kPoisoned);
  EXPECT_EQ(log().durable_index(), PartitionIndex(2));
}

TEST(PartitionDirectory, HasOneSpelling) {
  EXPECT_EQ(PartitionLog::DirectoryOf(PartitionId(7)), "p-0000000007");
  EXPECT_EQ(PartitionLog::DirectoryOf(PartitionId(12345678901)), "p-12345678901");
  for (uint64_t id : {uint64_t{1}, uint64_t{9999999999}, uint64_t{10000000000}, ~uint64_t{0}}) {
    EXPECT_EQ(PartitionLog::PartitionOf(PartitionLog::DirectoryOf(PartitionId(id))), PartitionId(id));
  }
  for (const char* name : {"p-7", "p-+000000007", "p- 000000007", "p-00000000007", "p-0000000007 ", "q-0000000007",
                           "log", "p-", "", "p-18446744073709551616", "p-000000000x"}) {
    EXPECT_EQ(PartitionLog::PartitionOf(name), kSystemPartition) << name;
  }
}

}  // namespace
}  // namespace tidemark
