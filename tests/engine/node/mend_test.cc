// Damage below a promise in the segmented log, and the partition files' copies of what it held.

#include "absl/strings/str_cat.h"
#include "engine/partition/partition_log.h"
#include "tests/engine/node/engine_fixture.h"

namespace tidemark {
namespace {

using tests::EngineFixture;

class MendTest : public EngineFixture {
 protected:
  // Ten records, in turn in both partitions: "record 0" to "record 9", each a batch of its own.
  void Fill() {
    Create(2);
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(Append(1 + i % 2, Payload(i)).ok());
    ASSERT_TRUE(Flush().ok());
    Settle();
  }
  static std::string Payload(int i) { return "record " + std::to_string(i) + std::string(100, 'x'); }
  static std::string LogFile(const tests::MemoryWorld& world) { return "log/" + world.Names("log").front(); }
  // In the log, where these bytes stand.
  static void DamageLogAt(tests::MemoryWorld& world, const std::string& bytes) {
    const size_t at = world.Content(LogFile(world)).rfind(bytes);  // a tail may have been written again
    ASSERT_NE(at, std::string::npos);
    world.Damage(LogFile(world), at);
  }
  void CheckRecords() {
    for (int i = 0; i < 10; ++i) {
      const absl::StatusOr<Entry> entry = Read(1 + i % 2, 1 + i / 2);
      ASSERT_TRUE(entry.ok()) << entry.status();
      EXPECT_EQ(entry->payload, Payload(i));
      EXPECT_EQ(ReadEntry(entry->raft_index.value())->payload, Payload(i)) << "in the log";
    }
  }
};

TEST_F(MendTest, ADamagedRecordIsPutBackFromItsPartitionFile) {
  Fill();
  Kill();
  DamageLogAt(world, "record 4");
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  ASSERT_EQ(report.log.mended.size(), 1u);
  EXPECT_EQ(report.log.mended[0].records, 1u);
  EXPECT_NE(report.ToString().find("damaged bytes at file 1 offset"), std::string::npos) << report.ToString();
  CheckRecords();
  PowerLoss();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_TRUE(report.log.mended.empty()) << "durable";
  CheckRecords();
  EXPECT_TRUE(Append(1, "goes on").ok());
}

// The next start may read it.
TEST_F(MendTest, WhatCannotBeReadNowIsNoVerdict) {
  Fill();
  Kill();
  DamageLogAt(world, "record 4");
  const auto damaged = world.Clone(1);
  int failed = 0;
  for (bool more = true; more; ++failed) {
    SCOPED_TRACE(failed);
    world.FailReads(1, /*after=*/failed);
    const ErrorKind outcome = Recover();
    more = world.reads_failed();
    EXPECT_TRUE(outcome == ErrorKind::kNone || (more && outcome == ErrorKind::kIoError)) << status;
    world.FailReads(0);
    ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
    CheckRecords();
    Kill();
    for (const char* directory : {"log", "p-0000000001", "p-0000000002"}) {
      for (const std::string& name : damaged->Names(directory)) {
        const std::string path = absl::StrCat(directory, "/", name);
        world.SetContent(path, damaged->Content(path));
      }
    }
  }
  EXPECT_GT(failed, 5);
}

TEST_F(MendTest, SeveralBatchesInARowAndOneByItself) {
  Fill();
  Kill();
  for (const char* record : {"record 2", "record 3", "record 4", "record 7"}) DamageLogAt(world, record);
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  ASSERT_EQ(report.log.mended.size(), 2u);
  EXPECT_EQ(report.log.mended[0].records, 3u);
  EXPECT_EQ(report.log.mended[1].records, 1u);
  CheckRecords();
}

TEST_F(MendTest, RecordsOfAnyLengthFitIntoTheirPlace) {
  Create(2);
  std::vector<std::string> payloads;
  for (size_t i = 0; i < 12; ++i) payloads.push_back("long " + std::to_string(i) + std::string(i * 331, 'y'));
  for (const std::string& payload : payloads) ASSERT_TRUE(Append(1, payload).ok());
  Settle();
  Kill();
  for (int i = 3; i < 9; ++i) DamageLogAt(world, "long " + std::to_string(i));
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_EQ(report.log.mended[0].records, 6u);
  for (size_t i = 0; i < 12; ++i) EXPECT_EQ(Read(1, i + 1)->payload, payloads[i]);
}

TEST_F(MendTest, WithoutACopyItIsRefusedByFileAndOffset) {
  options.partition_flush_delay = Duration::Seconds(3600);
  Create(1);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Append(1, Payload(i)).ok());
  Kill();
  DamageLogAt(world, "record 4");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Recover(), ErrorKind::kCorruption);
    EXPECT_NE(status.message().find("file 1, offset"), absl::string_view::npos) << status;
    EXPECT_NE(status.message().find("no partition's file has a copy of"), absl::string_view::npos) << status;
  }
}

TEST_F(MendTest, PartOfTheCopiesIsNotEnough) {
  Fill();
  Kill();
  DamageLogAt(world, "record 4");
  DamageLogAt(world, "record 5");
  const std::string directory = PartitionLog::DirectoryOf(PartitionId(2));
  for (const std::string& name : world.Names(directory)) world.Erase(directory + "/" + name);
  EXPECT_EQ(Recover(), ErrorKind::kCorruption);
}

// The partition's creation has no second place.
TEST_F(MendTest, AControlRecordIsNotPutBack) {
  Create(1);
  ASSERT_TRUE(CreatePartition(0x5a5a5a5a5a).ok());
  AppendMany(1, 3);
  Settle();
  Kill();
  DamageLogAt(world, "\x5a\x5a\x5a\x5a\x5a");
  EXPECT_EQ(Recover(), ErrorKind::kCorruption);
}

// A life may have ended within the damage, and cut the log there: what is before may be void.
TEST_F(MendTest, AcrossLivesNothingIsPutBack) {
  Fill();
  Kill();
  ASSERT_EQ(Recover(), ErrorKind::kNone);
  AppendMany(1, 3);
  Settle();
  Kill();
  DamageLogAt(world, "record 9");
  EXPECT_EQ(Recover(), ErrorKind::kCorruption);
}

TEST_F(MendTest, ACrashAtEveryOperationOfTheRepairConverges) {
  Fill();
  Kill();
  for (const char* record : {"record 2", "record 3", "record 7"}) DamageLogAt(world, record);
  const auto base = world.Clone(1);
  bool finished = false;
  for (uint64_t operations = 1; operations < 200 && !finished; ++operations) {
    SCOPED_TRACE(operations);
    auto copy = base->Clone(operations);
    copy->FreezeAtOperation(operations);
    tests::Ledger machine;
    std::unique_ptr<Engine> unfinished;
    Engine::Recover(copy->env(), options, machine, [&](Engine::RecoverOutcome outcome) {
      if (outcome.engine.ok()) unfinished = *std::move(outcome.engine);
    });
    while (unfinished == nullptr && copy->Step()) {
    }
    finished = unfinished != nullptr;
    unfinished.reset();
    copy->FreezeAtOperation(0);
    copy->PowerLoss(operations * 37 % 1000, 100);
    for (const std::string& directory :
         {std::string("log"), std::string("p-0000000001"), std::string("p-0000000002")}) {
      for (const std::string& name : copy->Names(directory)) {
        world.SetContent(directory + "/" + name, copy->Content(directory + "/" + name));
      }
    }
    ledger.records.clear();
    ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
    CheckRecords();
    engine.reset();
    world.Kill();
  }
  EXPECT_TRUE(finished);
}

}  // namespace
}  // namespace tidemark
