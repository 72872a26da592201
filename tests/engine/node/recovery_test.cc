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
  // Its segment files, oldest first.
  std::vector<std::string> PartitionFiles(uint64_t partition) const {
    const std::string directory = PartitionLog::DirectoryOf(PartitionId(partition));
    std::vector<std::string> files;
    for (const std::string& name : world.Names(directory)) {
      if (name.find(".aof") != std::string::npos) files.push_back(directory + "/" + name);
    }
    return files;
  }
  // Records 1..n of the partition are as AppendMany made them.
  void ExpectRecords(uint64_t partition, uint64_t n) {
    for (uint64_t i = 1; i <= n; ++i) {
      const absl::StatusOr<Entry> entry = Read(partition, i);
      ASSERT_TRUE(entry.ok()) << i << ": " << entry.status();
      ASSERT_EQ(entry->payload, std::string(100, static_cast<char>('a' + (i - 1) % 26))) << i;
    }
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
  for (int i = 0; i < 3; ++i) {
    AppendMany(1, 1);
    Settle();
  }
  Kill();
  world.Damage(PartitionFiles(1).back(), 512 + 100);
  EXPECT_EQ(Recover(), ErrorKind::kCorruption);
}

TEST_F(RecoveryTest, OfAPartitionOfManyFilesTheEndAndTheHeadsAreRead) {
  Create(1);
  AppendMany(1, 1300);
  Settle();
  const std::vector<std::string> files = PartitionFiles(1);
  ASSERT_GT(files.size(), 3u);
  Kill();
  world.ForgetReads();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  for (size_t i = 0; i + 2 < files.size(); ++i) EXPECT_EQ(world.bytes_read(files[i]), 4096u) << files[i];
  EXPECT_GE(report.partitions[0].file.skipped_files, files.size() - 2);
  EXPECT_EQ(report.partitions[0].file.records, 1300u);
  EXPECT_NE(report.ToString().find("only the heads read"), std::string::npos) << report.ToString();
  AppendMany(1, 26 * 2);
  ExpectRecords(1, 1300);
}

TEST_F(RecoveryTest, DamageThatRecoveryDidNotLookAtIsFoundByTheRead) {
  Create(1);
  AppendMany(1, 700);
  Settle();
  Kill();
  world.Damage(PartitionFiles(1)[1], 2000);
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  uint64_t damaged = 0;
  for (uint64_t i = 1; i <= 700; ++i) {
    const absl::StatusOr<Entry> entry = Read(1, i);
    if (entry.ok()) continue;
    EXPECT_EQ(KindOf(entry.status()), ErrorKind::kCorruption) << i;
    ++damaged;
  }
  EXPECT_GT(damaged, 0u);
  EXPECT_LT(damaged, 300u) << "one file of several";
  Kill();
  options.scan_partition_files = true;
  EXPECT_EQ(Recover(), ErrorKind::kCorruption);
}

TEST_F(RecoveryTest, FilesOfWhichTheLogHasAllRecordsAreReadAndMadeAnew) {
  options.log_segment_bytes = 1u << 20;
  Create(2);
  AppendMany(1, 600);
  AppendMany(2, 600);
  Settle();
  ASSERT_EQ(engine->ladder().truncated, RaftIndex(0));
  ASSERT_GT(PartitionFiles(2).size(), 1u);
  Kill();
  world.Damage(PartitionFile(1), 2000);
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_TRUE(report.partitions[0].rebuilt);
  EXPECT_EQ(KindOf(report.partitions[0].damage), ErrorKind::kCorruption);
  EXPECT_FALSE(report.partitions[1].rebuilt);
  EXPECT_EQ(report.partitions[1].file.skipped_files, 0u);
  Settle();
  ExpectRecords(1, 600);
  ExpectRecords(2, 600);
}

// A file that is made anew holds nothing yet, and what it held had been acknowledged.
TEST_F(RecoveryTest, WhatASkippedFileHeldStaysUnderRollbackThoughItIsMadeAnew) {
  options.log_segment_bytes = 1u << 20;
  options.recovery = EngineOptions::Recovery::kRollback;
  Create(2);
  AppendMany(1, 600);
  Settle();
  Kill();
  ledger.records.clear();
  ledger.hold = true;
  world.Damage(PartitionFile(1), 2000);
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_TRUE(report.partitions[0].rebuilt);
  EXPECT_NE(report.kept_to, RaftIndex(0));
  PowerLoss();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_EQ(At(1).appended_index, PartitionIndex(600));
  ledger.hold = false;
  ledger.Release();
  Settle();
  ExpectRecords(1, 600);
}

TEST_F(RecoveryTest, AFileAheadOfTheLogMayBeCutBackOverManyFiles) {
  Create(1);
  AppendMany(1, 300);
  Settle();
  ASSERT_GT(engine->ladder().truncated, RaftIndex(0));
  const auto before = world.Clone(1);
  AppendMany(1, 900);
  Settle();
  Kill();
  for (const std::string& name : world.Names("log")) {
    if (!before->Has("log/" + name)) world.Erase("log/" + name);
  }
  for (const std::string& name : before->Names("log")) world.SetContent("log/" + name, before->Content("log/" + name));
  EXPECT_EQ(Recover(), ErrorKind::kLostRecords);
  options.accept_lost_tail = true;
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_EQ(report.partitions[0].cut_records, 900u);
  EXPECT_GT(report.partitions[0].file.skipped_files, 2u);
  EXPECT_GT(report.partitions[0].file.skipped_to, Sequence(300));
  options.accept_lost_tail = false;
  ledger.records[1].resize(300);
  PowerLoss();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_EQ(At(1).appended_index, PartitionIndex(300));
  ExpectRecords(1, 300);
  EXPECT_EQ(Append(1, "new")->partition_index, PartitionIndex(301));
  Settle();
  PowerLoss();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  ExpectRecords(1, 300);
  EXPECT_EQ(Read(1, 301)->payload, "new");
}

TEST_F(RecoveryTest, ARecordThatItsFileWouldNotTakeIsRefusedByName) {
  options.partition_flush_delay = Duration::Seconds(3600);
  Create(1);
  ASSERT_TRUE(Append(1, std::string(4000, 'a')).ok());
  PowerLoss();
  options.max_payload_bytes = 1000;
  EXPECT_EQ(Recover(), ErrorKind::kRefused);
  EXPECT_NE(status.message().find("max_payload_bytes = 1000: p1/i1"), absl::string_view::npos) << status;
  options.max_payload_bytes = 4000;
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  Settle();
  options.max_payload_bytes = 1000;
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_EQ(Read(1, 1)->payload, std::string(4000, 'a'));
}

TEST_F(RecoveryTest, FewerPartitionsMayBeAllowedThanThereAre) {
  Create(5);
  options.max_partitions = 2;
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_TRUE(Append(5, "x").ok());
  EXPECT_EQ(KindOf(CreatePartition(6)), ErrorKind::kRefused);
}

// A snapshot has cut the partition's file beyond all that the log still knows.
TEST_F(RecoveryTest, AFileThatBeginsAheadOfTheLogIsMadeAnewWhereTheLogIsWhole) {
  for (const bool whole : {true, false}) {
    world.~MemoryWorld();
    new (&world) tests::MemoryWorld(1);
    ledger = tests::Ledger();
    options.accept_lost_tail = false;
    options.snapshot_bytes = 128u << 10;
    options.auto_truncate = !whole;
    Create(1);
    AppendMany(1, whole ? 100 : 1500);
    Settle();
    world.RunReady();
    std::map<std::string, std::string> before;
    for (const std::string& name : world.Names("log")) before[name] = world.Content("log/" + name);
    const uint64_t known = At(1).appended_index.value();
    AppendMany(1, 3000);
    Settle();
    world.RunReady();
    ASSERT_GT(At(1).truncated_index.value(), known) << "the file begins above what the log will know";
    Kill();
    for (const std::string& name : world.Names("log")) {
      if (!before.contains(name)) world.Erase("log/" + name);
    }
    for (const auto& [name, content] : before) world.SetContent("log/" + name, content);
    EXPECT_EQ(Recover(), ErrorKind::kLostRecords);
    options.accept_lost_tail = true;
    if (!whole) {
      EXPECT_EQ(Recover(), ErrorKind::kLostRecords) << "the log has only a part, and the file nothing of the rest";
      EXPECT_NE(status.message().find("begins at"), absl::string_view::npos) << status;
      continue;
    }
    ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
    EXPECT_TRUE(report.partitions[0].rebuilt);
    Settle();
    ExpectRecords(1, known);
    EXPECT_EQ(Append(1, "new")->partition_index, PartitionIndex(known + 1));
  }
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

// Whoever tries again must not meet the writes of the attempt before.
TEST_F(RecoveryTest, NothingIsUnderWayWhenItIsRefused) {
  options.partition_flush_delay = Duration();
  Create(3);
  for (uint64_t p = 1; p <= 3; ++p) ASSERT_TRUE(Append(p, "unproven").ok());
  Settle();
  Kill();
  world.FailReads(1);
  ASSERT_EQ(Recover(), ErrorKind::kIoError);
  const uint64_t operations = world.operations();
  world.RunReady();
  EXPECT_EQ(world.operations(), operations);
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  for (uint64_t p = 1; p <= 3; ++p) EXPECT_EQ(Read(p, 1)->payload, "unproven");
}

}  // namespace
}  // namespace tidemark
