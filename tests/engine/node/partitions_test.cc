#include "engine/partition/partition_log.h"
#include "tests/engine/node/engine_fixture.h"

namespace tidemark {
namespace {

using tests::EngineFixture;

class PartitionsTest : public EngineFixture {
 protected:
  // The status once it came; nothing while it has not.
  absl::optional<absl::Status> barrier;
  void Barrier(std::vector<PartitionId> partitions, RaftIndex through) {
    engine->Barrier(partitions, through, [this](const absl::Status& status) { barrier = status; });
  }
  absl::optional<absl::StatusOr<std::vector<Entry>>> followed;
  void Follow(uint64_t partition, uint64_t from, uint64_t max_records = 100) {
    followed.reset();
    engine->Follow(PartitionId(partition), PartitionIndex(from), max_records, 1u << 20,
                   [this](absl::StatusOr<std::vector<Entry>> entries) { followed = std::move(entries); });
  }
  std::string Directory(uint64_t partition) { return PartitionLog::DirectoryOf(PartitionId(partition)); }
};

// --- creation -----------------------------------------------------------------------------------------------

TEST_F(PartitionsTest, ACreationThatFailsAgainAndAgainHoldsUpNoOther) {
  options.open_concurrency = 1;
  Create(0);
  world.FailNamesOf(Directory(1), 1'000'000);
  absl::optional<absl::Status> first;
  engine->CreatePartition(PartitionId(1), [&](const absl::Status& s) { first = s; });
  EXPECT_TRUE(CreatePartition(2).ok());
  EXPECT_FALSE(first.has_value());
  world.FailNamesOf("", 0);
  ASSERT_TRUE(world.RunUntil([&] { return first.has_value(); }));
  EXPECT_TRUE(first->ok()) << *first;
}

TEST_F(PartitionsTest, WhatStandsInTheWayOfAPartitionsFileIsToldAndTriedAgain) {
  for (const auto policy : {EngineOptions::Recovery::kRedo, EngineOptions::Recovery::kRollback}) {
    world.~MemoryWorld();
    new (&world) tests::MemoryWorld(1);
    ledger = tests::Ledger();
    options.recovery = policy;
    Create(1);
    world.FailNamesOf(Directory(2), 1 << 30, absl::FailedPreconditionError("p-0000000002: not a directory"));
    const absl::Status told = CreatePartition(2);
    EXPECT_TRUE(absl::IsFailedPrecondition(told)) << told;
    EXPECT_NE(told.message().find("p2"), std::string::npos) << told;
    EXPECT_NE(told.message().find("not a directory"), std::string::npos) << told;
    EXPECT_FALSE(engine->HasPartition(PartitionId(2)));
    EXPECT_TRUE(absl::IsAlreadyExists(CreatePartition(2)));
    EXPECT_TRUE(Append(1, "others go on").ok());
    world.FailNamesOf("", 0);
    ASSERT_TRUE(world.RunUntil([&] { return engine->HasPartition(PartitionId(2)); }));
    EXPECT_TRUE(Append(2, "x").ok());
    Settle();
    engine.reset();
  }
}

TEST_F(PartitionsTest, DamagedFilesWhereAPartitionIsCreatedAreMadeAnew) {
  Create(1);
  absl::optional<absl::Status> answer;
  engine->CreatePartition(PartitionId(2), [&](const absl::Status& s) { answer = s; });
  const std::string file = Directory(2) + "/00000000000000000001.aof";
  ASSERT_TRUE(world.RunUntil([&] { return world.Has(file); }));
  world.FailDirectorySyncs(1, MakeError(ErrorKind::kIoError, "input/output error"));
  world.RunReady();
  ASSERT_FALSE(answer.has_value());
  world.Damage(file, 100);
  ASSERT_TRUE(world.RunUntil([&] { return answer.has_value(); }));
  EXPECT_TRUE(answer->ok()) << *answer;
  EXPECT_TRUE(Append(2, "x").ok());
  PowerLoss();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_EQ(Read(2, 1)->payload, "x");
}

TEST_F(PartitionsTest, ACreationThatCannotBeCarriedOutHoldsTheLogOnlySoFar) {
  options.max_hold_records = 100;
  Create(1);
  world.FailNamesOf(Directory(2), 1 << 30);
  absl::optional<absl::Status> answer;
  engine->CreatePartition(PartitionId(2), [&](const absl::Status& s) { answer = s; });
  const RaftIndex created_at = engine->ladder().appended;
  AppendMany(1, 99, 1000);
  EXPECT_LT(engine->ladder().truncated, created_at);
  AppendMany(1, 300, 1000);
  ASSERT_TRUE(world.RunUntil([&] { return engine->ladder().truncated > created_at; })) << engine->ladder().ToString();
  EXPECT_LE(world.Names("log").size(), 4u);
  EXPECT_FALSE(answer.has_value());
  // The log has forgotten the record, and not the partition.
  world.FailNamesOf("", 0);
  PowerLoss();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_TRUE(engine->HasPartition(PartitionId(2)));
  EXPECT_TRUE(Append(2, "x").ok());
  Settle();
}

TEST_F(PartitionsTest, ACreationThatHeldTheLogNoLongerIsCarriedOutAtLast) {
  options.max_hold_records = 100;
  Create(1);
  world.HangOpensOf(Directory(2) + "/");
  absl::optional<absl::Status> answer;
  engine->CreatePartition(PartitionId(2), [&](const absl::Status& s) { answer = s; });
  const RaftIndex created_at = engine->ladder().appended;
  AppendMany(1, 400, 1000);
  ASSERT_TRUE(world.RunUntil([&] { return engine->ladder().truncated > created_at; })) << engine->ladder().ToString();
  world.ReleaseOpens();
  ASSERT_TRUE(world.RunUntil([&] { return answer.has_value(); }));
  EXPECT_TRUE(answer->ok()) << *answer;
  EXPECT_TRUE(Append(2, "x").ok());
  Settle();
}

// --- drop ---------------------------------------------------------------------------------------------------

TEST_F(PartitionsTest, ADroppedPartitionIsGone) {
  Create(2);
  AppendMany(1, 5);
  ASSERT_TRUE(Drop(1).ok());
  EXPECT_FALSE(engine->HasPartition(PartitionId(1)));
  EXPECT_FALSE(world.Has(Directory(1)));
  EXPECT_TRUE(absl::IsNotFound(Append(1, "x").status()));
  EXPECT_TRUE(absl::IsNotFound(Read(1, 1).status()));
  EXPECT_TRUE(absl::IsNotFound(Drop(1)));
  EXPECT_TRUE(Append(2, "y").ok());
}

TEST_F(PartitionsTest, ARecordMayBecomeDurableTogetherWithTheDrop) {
  Create(2);
  AppendMany(1, 5);
  Settle();
  bool acknowledged = false, dropped = false;
  engine->Append(PartitionId(1), AsBytes("last"), [&](const auto& result) { acknowledged = result.ok(); });
  engine->DropPartition(PartitionId(1), [&](const absl::Status& s) { dropped = s.ok(); });
  EXPECT_TRUE(world.RunUntil([&] { return dropped; }));
  EXPECT_TRUE(acknowledged);
  EXPECT_TRUE(Append(2, "y").ok());
  Settle();
}

TEST_F(PartitionsTest, AReadUnderWayIsAnsweredWhenItsPartitionIsDropped) {
  Create(20);
  for (uint64_t p = 1; p <= 20; ++p) AppendMany(p, 5);
  Settle();
  for (uint64_t p = 1; p <= 20; ++p) {
    int answered = 0;
    const auto count = [&](const auto&) { ++answered; };
    engine->DropPartition(PartitionId(p), [](const absl::Status&) {});
    for (uint64_t step = 1; step < p; ++step) world.Step();
    engine->Read(PartitionId(p), PartitionIndex(1), count);
    engine->Follow(PartitionId(p), PartitionIndex(1), 1, 100, count);
    EXPECT_TRUE(world.RunUntil([&] { return answered == 2; })) << "asked " << p << " steps after the drop";
  }
}

TEST_F(PartitionsTest, ADroppedPartitionStaysGoneAfterARestart) {
  Create(2);
  AppendMany(1, 5);
  ASSERT_TRUE(Drop(1).ok());
  PowerLoss();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_FALSE(engine->HasPartition(PartitionId(1)));
  EXPECT_TRUE(engine->HasPartition(PartitionId(2)));
}

TEST_F(PartitionsTest, ADroppedPartitionHoldsTheLogNoLonger) {
  Create(2);
  ledger.hold = true;
  ASSERT_TRUE(Append(1, "stuck").ok());
  ledger.hold = false;
  AppendMany(2, 700);
  ASSERT_TRUE(Drop(1).ok());
  Settle();
  EXPECT_TRUE(world.RunUntil([&] { return engine->ladder().truncated > RaftIndex(100); }));
  ledger.Release();  // a late answer about a record of the dropped partition
}

TEST_F(PartitionsTest, AnIdMayBeCreatedAgainAfterItsDrop) {
  Create(2);
  AppendMany(1, 5);
  ASSERT_TRUE(Drop(1).ok());
  ASSERT_TRUE(CreatePartition(1).ok());
  EXPECT_EQ(Append(1, "first")->partition_index, PartitionIndex(1));
  Settle();
  PowerLoss();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_EQ(Read(1, 1)->payload, "first");
}

TEST_F(PartitionsTest, RecordsOfTheDroppedPartitionAreNotForwardedToTheNextOne) {
  options.partition_flush_delay = Duration::Seconds(100);
  Create(2);
  ASSERT_TRUE(Append(1, "a").ok());
  ASSERT_TRUE(Append(2, "old").ok());
  ASSERT_TRUE(Drop(2).ok());
  ASSERT_TRUE(CreatePartition(2).ok());
  ASSERT_TRUE(Append(2, "new").ok());
  PowerLoss();
  ledger.records.clear();
  options.partition_flush_delay = Duration::Millis(1);
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  Settle();
  EXPECT_EQ(ledger.records[2], std::vector<std::string>{"new"});
}

TEST_F(PartitionsTest, ManyDropsAndCreationsTakeNoMoreSlots) {
  Create(1);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(CreatePartition(2).ok());
    AppendMany(2, 3);
    ASSERT_TRUE(Drop(2).ok());
  }
  EXPECT_EQ(engine->ladder().partitions.size(), 2u);
}

TEST_F(PartitionsTest, ACrashAtEveryOperationOfADropLeavesThePartitionWholeOrGone) {
  for (uint64_t operations = 1; operations < 60; ++operations) {
    engine.reset();
    ledger = tests::Ledger();
    world.~MemoryWorld();
    new (&world) tests::MemoryWorld(operations);
    Create(2);
    AppendMany(1, 5);
    Settle();
    world.FreezeAtOperation(world.operations() + operations);
    bool dropped = false;
    engine->DropPartition(PartitionId(1), [&](const absl::Status& s) { dropped = s.ok(); });
    while (!dropped && world.Step()) {
    }
    engine.reset();
    world.FreezeAtOperation(0);
    world.PowerLoss(500, 100);
    ASSERT_EQ(Recover(), ErrorKind::kNone) << "after operation " << operations << ": " << status;
    const bool there = engine->HasPartition(PartitionId(1));
    EXPECT_FALSE(dropped && there) << "after operation " << operations;
    if (there) {
      EXPECT_EQ(Read(1, 5)->payload, std::string(100, 'e'));
    } else {
      EXPECT_TRUE(CreatePartition(1).ok());
    }
    EXPECT_EQ(Append(1, "next")->partition_index, PartitionIndex(there ? 6 : 1)) << "after operation " << operations;
    if (dropped) return;
  }
  FAIL() << "a drop takes more operations than expected";
}

// The process dies, the machine does not: removals that were not synced look done to the next process.
TEST_F(PartitionsTest, ARemovalThatNobodySyncedDoesNotComeUndoneOnceTheLogForgetsTheDrop) {
  options.log_segment_bytes = 64u << 10;
  for (uint64_t operations = 1; operations < 20; ++operations) {
    engine.reset();
    ledger = tests::Ledger();
    world.~MemoryWorld();
    new (&world) tests::MemoryWorld(operations);
    Create(2);
    AppendMany(1, 5);
    Settle();
    world.FreezeAtOperation(world.operations() + operations);
    engine->DropPartition(PartitionId(1), [&](const absl::Status&) {});
    while (world.Step()) {
    }
    Kill();
    ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
    AppendMany(2, 1500);
    Settle();
    EXPECT_GT(engine->ladder().truncated, RaftIndex(20)) << engine->ladder().ToString();
    PowerLoss();
    EXPECT_EQ(Recover(), ErrorKind::kNone) << "after operation " << operations << ": " << status;
  }
}

// --- barriers ------------------------------------------------------------------------------------------------

TEST_F(PartitionsTest, ABarrierWaitsUntilEachPartitionHasApplied) {
  Create(2);
  ledger.hold = true;
  ASSERT_TRUE(Append(1, "a").ok());
  ASSERT_TRUE(Append(2, "b").ok());
  Barrier({PartitionId(1), PartitionId(2)}, engine->ladder().durable);
  world.RunReady();
  EXPECT_FALSE(barrier.has_value());
  ledger.Release();
  world.RunReady();
  ASSERT_TRUE(barrier.has_value());
  EXPECT_TRUE(barrier->ok());
}

TEST_F(PartitionsTest, ABarrierAheadOfTheLogWaitsForIt) {
  Create(1);
  Settle();
  Barrier({PartitionId(1)}, engine->ladder().durable.Plus(2));
  ASSERT_TRUE(Append(1, "a").ok());
  world.RunReady();
  EXPECT_FALSE(barrier.has_value());
  ASSERT_TRUE(Append(1, "b").ok());
  world.RunReady();
  EXPECT_TRUE(barrier.has_value());
}

TEST_F(PartitionsTest, ABarrierOverAPartitionThatIsDroppedFails) {
  Create(2);
  Barrier({PartitionId(1)}, engine->ladder().durable.Plus(100));
  ASSERT_TRUE(Drop(1).ok());
  ASSERT_TRUE(barrier.has_value());
  EXPECT_TRUE(absl::IsNotFound(*barrier));
}

// Its file lost them at the power loss: forwarding them again applies them, and no apply tells.
TEST_F(PartitionsTest, WhatTheMachineHadBeforeTheFilePassesBarriersAndServesFollowers) {
  options.partition_flush_delay = Duration::Seconds(3600);
  Create(1);
  AppendMany(1, 10);
  world.RunReady();
  ASSERT_EQ(Applied(1), 10u);
  const RaftIndex last = engine->ladder().durable;
  PowerLoss();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  ASSERT_EQ(At(1).applied_index, PartitionIndex(0));
  Barrier({PartitionId(1)}, last);
  Follow(1, 8);
  ASSERT_FALSE(barrier.has_value());
  world.RunReady();
  ASSERT_TRUE(barrier.has_value());
  EXPECT_TRUE(barrier->ok()) << *barrier;
  ASSERT_TRUE(followed.has_value());
  EXPECT_EQ((*followed)->size(), 3u);
}

// --- followers -------------------------------------------------------------------------------------------------

TEST_F(PartitionsTest, AFollowerGetsAppliedRecordsOnly) {
  Create(1);
  AppendMany(1, 3);
  Settle();
  ledger.hold = true;
  AppendMany(1, 2);
  Follow(1, 2);
  world.RunReady();
  ASSERT_TRUE(followed.has_value());
  ASSERT_EQ((*followed)->size(), 2u);
  EXPECT_EQ((**followed)[0].header.partition_index, PartitionIndex(2));
  Follow(1, 4);
  world.RunReady();
  EXPECT_FALSE(followed.has_value());
  ledger.hold = false;
  ledger.Release();
  world.RunReady();
  ASSERT_TRUE(followed.has_value());
  EXPECT_EQ((**followed)[0].header.partition_index, PartitionIndex(4));
}

TEST_F(PartitionsTest, AFollowerBelowTheSnapshotIsToldWhereThePartitionBegins) {
  options.snapshot_bytes = 128u << 10;
  Create(1);
  AppendMany(1, 3000);
  Settle();
  Follow(1, 1);
  world.RunReady();
  EXPECT_EQ(KindOf(followed->status()), ErrorKind::kTruncated);
}

// --- a partition that does not apply --------------------------------------------------------------------------------

TEST_F(PartitionsTest, AStuckPartitionHoldsTheLogOnlySoFar) {
  options.max_hold_records = 100;
  options.max_unapplied_records = 50;
  Create(2);
  ledger.hold = true;
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(Append(1, std::to_string(i)).ok());
  EXPECT_EQ(KindOf(Append(1, "one too many").status()), ErrorKind::kRefused);
  ledger.hold = false;
  AppendMany(2, 1500);
  Barrier({PartitionId(1)}, RaftIndex(60));
  ASSERT_TRUE(world.RunUntil([&] { return engine->ladder().truncated > RaftIndex(500); }))
      << engine->ladder().ToString();
  EXPECT_EQ(At(1).applied_index, PartitionIndex(0));
  EXPECT_FALSE(barrier.has_value()) << "passed, though the log no longer tells what it waits for";
  ledger.Release();
  Settle();
  ASSERT_EQ(Applied(1), 50u);  // from the partition's file
  EXPECT_TRUE(barrier.has_value());
  EXPECT_EQ(ledger.records[1][49], "49");
  EXPECT_TRUE(Append(1, "goes on").ok());
}

TEST_F(PartitionsTest, AStuckPartitionWhoseRecordsLeftTheLogRecovers) {
  options.max_hold_records = 100;
  Create(2);
  ledger.hold = true;
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(Append(1, std::to_string(i)).ok());
  ledger.hold = false;
  AppendMany(2, 1500);
  ASSERT_TRUE(world.RunUntil([&] { return engine->ladder().truncated > RaftIndex(500); }));
  ledger.held.clear();
  PowerLoss();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  ASSERT_TRUE(world.RunUntil([&] { return Applied(1) == 50; }));
  Settle();
}

// --- precommit and admission by age ---------------------------------------------------------------------------------

TEST_F(PartitionsTest, EveryRecordIsPrecommittedBeforeItIsApplied) {
  Create(1);
  AppendMany(1, 3);
  Settle();
  EXPECT_EQ(ledger.precommitted, ledger.records[1]);
}

TEST_F(PartitionsTest, APartitionWhoseOldestRecordIsTooOldIsRefused) {
  options.max_unapplied_age = Duration::Millis(50);
  Create(2);
  ledger.hold = true;
  ASSERT_TRUE(Append(1, "a").ok());
  ASSERT_TRUE(world.RunUntil([&] { return !ledger.held.empty(); }));
  ledger.hold = false;
  bool later = false;
  world.ScheduleAfter(Duration::Millis(100), [&] { later = true; });
  world.RunUntil([&] { return later; });
  const absl::Status refused = Append(1, "b").status();
  EXPECT_EQ(KindOf(refused), ErrorKind::kRefused);
  EXPECT_NE(refused.message().find("p1: max_unapplied_age is 50ms"), absl::string_view::npos) << refused;
  EXPECT_TRUE(Append(2, "c").ok());
  ledger.Release();
  EXPECT_TRUE(Append(1, "d").ok());
}

TEST_F(PartitionsTest, APartitionThatLagsTheLogIsRefused) {
  options.max_lag_records = 10;
  Create(2);
  ledger.hold = true;
  ASSERT_TRUE(Append(1, "a").ok());
  ASSERT_TRUE(world.RunUntil([&] { return !ledger.held.empty(); }));
  ledger.hold = false;
  AppendMany(2, 10);
  EXPECT_EQ(KindOf(Append(1, "b").status()), ErrorKind::kRefused);
  EXPECT_TRUE(Append(2, "c").ok());
}

}  // namespace
}  // namespace tidemark
