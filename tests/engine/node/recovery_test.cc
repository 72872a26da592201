#include "engine/partition/partition_log.h"

#include "tests/engine/node/engine_fixture.h"

namespace tidemark {
namespace {

using tests::EngineFixture;
using Mode = EngineOptions::Mode;

class RecoveryTest : public EngineFixture {
 protected:
  static std::string FirstFile(const std::string& directory, const tests::MemoryWorld& world) {
    return directory + "/" + world.Names(directory).front();
  }
  std::string PartitionFile(uint64_t partition) {
    return FirstFile(PartitionLog::DirectoryOf(PartitionId(partition)), world);
  }
  void EraseDirectory(const std::string& directory) {
    for (const std::string& name : world.Names(directory)) world.Erase(directory + "/" + name);
  }
};

TEST_F(RecoveryTest, NoStoreIsNeverCreatedSilently) { EXPECT_EQ(Recover(Mode::kExisting), ErrorKind::kNoStore); }

TEST_F(RecoveryTest, AUsedStoreIsNotCreatedAgain) {
  Create(1);
  Kill();
  EXPECT_EQ(Recover(Mode::kCreate), ErrorKind::kStoreExists);
  EXPECT_EQ(Recover(Mode::kExisting), ErrorKind::kNone);
}

TEST_F(RecoveryTest, AnInterruptedCreationIsCompleted) {
  for (uint64_t operations = 1; operations < 40; ++operations) {
    world.~MemoryWorld();
    new (&world) tests::MemoryWorld(operations);
    world.FreezeAtOperation(operations);
    options.mode = Mode::kCreate;
    Engine::Recover(world.env(), options, ledger, [](Engine::RecoverOutcome) {});
    while (world.Step()) {
    }
    const bool finished = !world.frozen();
    world.FreezeAtOperation(0);
    PowerLoss(500);
    ASSERT_EQ(Recover(Mode::kCreate), ErrorKind::kNone) << "after operation " << operations << ": " << status;
    if (finished) return;
  }
  FAIL() << "creation takes more operations than expected";
}

// The head of the first file that is left counts its partitions' records from the file's begin, not from the floor.
TEST_F(RecoveryTest, AFloorWithinAFileKeepsTheRoster) {
  options.auto_truncate = false;
  Create(1);
  AppendMany(1, 200);
  Settle();
  ASSERT_TRUE(Truncate().ok());
  AppendMany(1, 200);
  Kill();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_TRUE(Append(1, "next").ok());
}

TEST_F(RecoveryTest, AForeignStoreIsRefused) {
  Create(1);
  Kill();
  options.store_id = {8, 9};
  EXPECT_EQ(Recover(), ErrorKind::kWrongStore);
}

TEST_F(RecoveryTest, AStoreInUseIsLocked) {
  Create(1);
  Engine::RecoverOutcome second{absl::UnknownError("not yet"), {}};
  bool done = false;
  Engine::Recover(world.env(), options, ledger, [&](Engine::RecoverOutcome outcome) {
    second = std::move(outcome);
    done = true;
  });
  ASSERT_TRUE(world.RunUntil([&] { return done; }));
  EXPECT_EQ(KindOf(second.engine.status()), ErrorKind::kLocked);
}

TEST_F(RecoveryTest, BadOptionsAreRefusedByName) {
  options.block_bytes = 1000;
  EXPECT_EQ(Recover(Mode::kCreate), ErrorKind::kRefused);
  EXPECT_NE(status.message().find("block_bytes is 1000"), absl::string_view::npos) << status;
}

TEST_F(RecoveryTest, AMissingPartitionFileIsMadeAnewFromTheLog) {
  Create(2);
  AppendMany(1, 10);
  Settle();
  Kill();
  EraseDirectory(PartitionLog::DirectoryOf(PartitionId(1)));
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_TRUE(report.partitions[0].created);
  Settle();
  EXPECT_EQ(Read(1, 10)->payload, std::string(100, 'j'));
}

TEST_F(RecoveryTest, ADamagedPartitionFileIsMadeAnewFromTheLog) {
  Create(2);
  AppendMany(1, 10);
  Settle();
  AppendMany(1, 2);
  Settle();
  Kill();
  world.Damage(PartitionFile(1), 1100);
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_TRUE(report.partitions[0].rebuilt);
  EXPECT_EQ(KindOf(report.partitions[0].damage), ErrorKind::kCorruption);
  Settle();
  EXPECT_EQ(Read(1, 12)->payload, std::string(100, 'b'));
}

TEST_F(RecoveryTest, ADamagedPartitionFileIsRefusedWhenTheLogNoLongerHasItsRecords) {
  Create(1);
  AppendMany(1, 700);
  Settle();
  ASSERT_GT(engine->ladder().truncated, RaftIndex(0));
  Kill();
  world.Damage(PartitionFile(1), 2000);
  EXPECT_EQ(Recover(), ErrorKind::kCorruption);
}

TEST_F(RecoveryTest, ALogThatLostPromisedRecordsIsRefusedByTheEvidenceOfAPartitionFile) {
  Create(1);
  AppendMany(1, 10);
  Settle();
  const auto before = world.Clone(1);
  AppendMany(1, 5);
  Settle();
  Kill();
  for (const std::string& name : before->Names("log")) world.SetContent("log/" + name, before->Content("log/" + name));
  EXPECT_EQ(Recover(), ErrorKind::kLostRecords);
  options.accept_lost_tail = true;
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_EQ(report.partitions[0].cut_records, 5u);
  EXPECT_EQ(At(1).appended_index, PartitionIndex(10));
  options.accept_lost_tail = false;
  Kill();
  ledger.records[1].resize(10);
  EXPECT_EQ(Recover(), ErrorKind::kNone) << status;
}

TEST_F(RecoveryTest, AStateMachineAheadOfTheLogIsEvidenceOfLostRecords) {
  Create(1);
  AppendMany(1, 10);
  Settle();
  Kill();
  ledger.records[1].resize(11);
  EXPECT_EQ(Recover(), ErrorKind::kLostRecords);
}

TEST_F(RecoveryTest, AnIdleRestartLeavesNoTrace) {
  Create(2);
  AppendMany(1, 10);
  Settle();
  const RaftIndex end = engine->ladder().appended;
  for (int i = 0; i < 3; ++i) {
    Kill();
    ASSERT_EQ(Recover(), ErrorKind::kNone);
    EXPECT_EQ(engine->ladder().appended, end);
  }
}

TEST_F(RecoveryTest, WhatNobodyNeedsGoesThoughNothingMoreComes) {
  options.auto_truncate = false;
  Create(1);
  AppendMany(1, 1500);
  Settle();
  ASSERT_TRUE(Flush().ok());
  Kill();
  options.auto_truncate = true;
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_TRUE(world.RunUntil([&] { return engine->ladder().truncated > RaftIndex(500); }))
      << engine->ladder().ToString();
}

TEST_F(RecoveryTest, EveryLifeThatTakesRecordsHasATermOfItsOwn) {
  Create(1);
  const Term first = engine->term();
  Kill();
  ASSERT_EQ(Recover(), ErrorKind::kNone);
  ASSERT_TRUE(Append(1, "x").ok());
  EXPECT_EQ(engine->term(), first.Next());
  EXPECT_EQ(Read(1, 1)->header.term, first.Next());
}

TEST_F(RecoveryTest, ACrashAtEveryOperationOfRecoveryConverges) {
  Create(2);
  AppendMany(1, 30);
  AppendMany(2, 7);
  engine.reset();
  world.PowerLoss(500, 100);
  const auto base = world.Clone(1);
  for (uint64_t operations = 1; operations < 200; ++operations) {
    world.~MemoryWorld();
    new (&world) tests::MemoryWorld(operations);
    auto copy = base->Clone(operations);
    copy->FreezeAtOperation(operations);
    options.mode = Mode::kExisting;
    tests::Ledger scratch;
    std::unique_ptr<Engine> unfinished;
    Engine::Recover(copy->env(), options, scratch, [&](Engine::RecoverOutcome outcome) {
      if (outcome.engine.ok()) unfinished = *std::move(outcome.engine);
    });
    while (unfinished == nullptr && copy->Step()) {
    }
    const bool finished = unfinished != nullptr;
    unfinished.reset();
    copy->FreezeAtOperation(0);
    copy->PowerLoss(500, 100);
    tests::Ledger fresh;
    absl::Status answer = absl::UnknownError("no answer");
    std::unique_ptr<Engine> again;
    Engine::Recover(copy->env(), options, fresh, [&](Engine::RecoverOutcome outcome) {
      answer = outcome.engine.status();
      if (answer.ok()) again = *std::move(outcome.engine);
    });
    copy->RunUntil([&] { return !absl::IsUnknown(answer); });
    ASSERT_TRUE(answer.ok()) << "after operation " << operations << ": " << answer;
    EXPECT_GE(again->ladder().partitions[0].appended_index, PartitionIndex(30));
    EXPECT_EQ(again->ladder().partitions[1].appended_index, PartitionIndex(7));
    again.reset();
    if (finished) return;
  }
  FAIL() << "recovery takes more operations than expected";
}

}  // namespace
}  // namespace tidemark
