#include "engine/node/engine.h"

#include <algorithm>

#include "tests/engine/node/engine_fixture.h"

namespace tidemark {
namespace {

using tests::EngineFixture;

class EngineTest : public EngineFixture {};

TEST_F(EngineTest, AnAcknowledgedRecordIsDurableForwardedAndApplied) {
  Create();
  const auto result = Append(1, "hello");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->partition_index, PartitionIndex(1));
  EXPECT_GE(engine->ladder().durable, result->raft_index);
  Settle();
  EXPECT_EQ(ledger.records[1], std::vector<std::string>{"hello"});
  EXPECT_EQ(At(1).durable_index, PartitionIndex(1));
}

TEST_F(EngineTest, AcknowledgedRecordsSurvivePowerLoss) {
  Create();
  AppendMany(1, 20);
  AppendMany(2, 5);
  PowerLoss();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_EQ(At(1).appended_index, PartitionIndex(20));
  EXPECT_EQ(At(2).appended_index, PartitionIndex(5));
  Settle();
  EXPECT_EQ(Applied(1), 20u);
  EXPECT_EQ(Applied(2), 5u);
}

TEST_F(EngineTest, RecordsThatNeverReachedThePartitionFileAreForwardedAgain) {
  options.partition_flush_delay = Duration::Seconds(3600);
  Create(1);
  AppendMany(1, 10);
  PowerLoss();
  ASSERT_EQ(Recover(), ErrorKind::kNone);
  EXPECT_EQ(report.redo_records, 10u);
  ASSERT_TRUE(Flush().ok());
  Settle();
  EXPECT_EQ(Applied(1), 10u);
}

TEST_F(EngineTest, AStateMachineAheadOfThePartitionFileIsNotGivenItsRecordsAgain) {
  options.partition_flush_delay = Duration::Seconds(3600);
  Create(1);
  AppendMany(1, 10);
  world.RunReady();
  ASSERT_EQ(Applied(1), 10u);
  PowerLoss();
  ledger.calls = 0;
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  ASSERT_TRUE(Flush().ok());
  Settle();
  EXPECT_EQ(ledger.calls, 0);
  EXPECT_EQ(At(1).applied_index, PartitionIndex(10));
}

TEST_F(EngineTest, AStateMachineThatForgotGetsAllRecordsFromThePartitionFile) {
  Create(1);
  AppendMany(1, 700);  // some segment files, so that the log is truncated
  Settle();
  ASSERT_GT(engine->ladder().truncated, RaftIndex(0));
  ledger.records.clear();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  ASSERT_TRUE(world.RunUntil([&] { return Applied(1) == 700; }));
  EXPECT_EQ(ledger.records[1][699], std::string(100, 'a' + 699 % 26));
}

TEST_F(EngineTest, TheLogsPrefixGoesOnceNobodyNeedsIt) {
  Create(2);
  AppendMany(1, 700);
  Settle();
  EXPECT_GT(engine->ladder().truncated, RaftIndex(100));
  EXPECT_LE(world.Names("log").size(), 3u);  // one segment file, the spare, and perhaps the next file on its way
}

TEST_F(EngineTest, ASlowStateMachineHoldsTheLogsPrefix) {
  Create(2);
  ledger.hold = true;
  ASSERT_TRUE(Append(2, "first").ok());
  ASSERT_TRUE(world.RunUntil([&] { return !ledger.held.empty(); }));
  ledger.hold = false;
  AppendMany(1, 1200);
  ASSERT_TRUE(Flush().ok());
  EXPECT_EQ(engine->ladder().truncated, RaftIndex(0));
  EXPECT_EQ(engine->ladder().holder, PartitionId(2));
  EXPECT_EQ(engine->ladder().reason, NeedReason::kApply);
  ledger.Release();
  Settle();
  EXPECT_TRUE(world.RunUntil([&] { return engine->ladder().truncated > RaftIndex(0); }));
}

TEST_F(EngineTest, AFailedApplyComesAgain) {
  Create(1);
  ledger.fail = 3;
  AppendMany(1, 2);
  Settle();
  EXPECT_EQ(ledger.calls, 5);
  EXPECT_EQ(Applied(1), 2u);
}

TEST_F(EngineTest, ReadersGetTheRecordFromTheLogAndLaterFromThePartitionFile) {
  Create(1);
  AppendMany(1, 700);
  EXPECT_EQ(Read(1, 700)->payload, std::string(100, 'a' + 699 % 26));
  Settle();
  const auto first = Read(1, 1);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->payload, std::string(100, 'a'));
  EXPECT_EQ(KindOf(ReadEntry(first->raft_index.value()).status()), ErrorKind::kTruncated);
  EXPECT_EQ(KindOf(Read(1, 701).status()), ErrorKind::kTruncated);
  EXPECT_TRUE(absl::IsNotFound(Read(9, 1).status()));
  EXPECT_EQ(ReadEntry(engine->ladder().durable.value())->header.partition_index, PartitionIndex(700));
}

TEST_F(EngineTest, RecordsOfFullFilesAreFoundAgain) {
  options.max_known_records = 0;
  options.cache_bytes = 0;
  options.auto_truncate = false;
  Create(2);
  ledger.hold = true;
  AppendMany(1, 500);
  AppendMany(2, 3);
  ledger.hold = false;
  ledger.Release();
  Settle();
  EXPECT_EQ(Applied(1), 500u);
  const auto count = [this](TraceKind kind) {
    return std::count_if(world.events.begin(), world.events.end(), [&](const TraceEvent& e) { return e.kind == kind; });
  };
  EXPECT_GT(count(TraceKind::kPlacesLetGo), 4);
  EXPECT_GT(count(TraceKind::kSealedFileRead), 0);
  for (uint64_t n = 1; n <= 500; ++n) {
    const absl::StatusOr<Entry> entry = Read(1, n);
    ASSERT_TRUE(entry.ok()) << n << ": " << entry.status();
    EXPECT_EQ(entry->payload, std::string(100, static_cast<char>('a' + (n - 1) % 26)));
    EXPECT_EQ(ReadEntry(entry->raft_index.value())->payload, entry->payload);
  }
}

TEST_F(EngineTest, RefusalsNameThePartitionAndTheLimit) {
  options.max_unapplied_records = 3;
  Create(1);
  ledger.hold = true;
  AppendMany(1, 3);
  const absl::Status refused = Append(1, "x").status();
  EXPECT_EQ(KindOf(refused), ErrorKind::kRefused);
  EXPECT_NE(refused.message().find("p1: max_unapplied_records is 3"), absl::string_view::npos) << refused;
  EXPECT_EQ(KindOf(Append(1, std::string(5000, 'x')).status()), ErrorKind::kRefused);
  EXPECT_TRUE(absl::IsNotFound(Append(7, "x").status()));
  ledger.hold = false;
  ledger.Release();
  Settle();
  EXPECT_TRUE(Append(1, "x").ok());
}

TEST_F(EngineTest, AFailedSyncOfTheLogPoisonsTheEngineAndARestartHealsIt) {
  Create(1);
  AppendMany(1, 5);
  Settle();
  world.FailSyncs(1);
  EXPECT_EQ(KindOf(Append(1, "lost?").status()), ErrorKind::kPoisoned);
  EXPECT_TRUE(engine->poisoned());
  Kill();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_GE(At(1).appended_index, PartitionIndex(5));
  EXPECT_TRUE(Append(1, "again").ok());
}

TEST_F(EngineTest, AFailedPartitionFileStopsThatPartitionOnly) {
  Create(2);
  world.RunReady();
  const auto result = Append(1, "x");  // acknowledged; its forwarding waits for partition_flush_delay
  ASSERT_TRUE(result.ok());
  world.FailSyncs(1);
  ASSERT_TRUE(world.RunUntil([&] { return At(1).stopped != ErrorKind::kNone; }));
  ASSERT_TRUE(Append(2, "y").ok());
  ASSERT_TRUE(world.RunUntil([&] { return Applied(2) == 1; }));
  Kill();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  Settle();
  EXPECT_EQ(Applied(1), 1u);
}

TEST_F(EngineTest, CreationRefusesWhatItCannotDo) {
  Create(1);
  EXPECT_TRUE(absl::IsAlreadyExists(CreatePartition(1)));
  EXPECT_EQ(KindOf(CreatePartition(0)), ErrorKind::kRefused);
  EXPECT_FALSE(engine->HasPartition(PartitionId(2)));
}

TEST_F(EngineTest, FlushCoversWhatWasAcknowledgedJustNow) {
  Create(1);
  absl::optional<absl::Status> flushed;
  engine->Append(PartitionId(1), AsBytes("hello"), [&](const absl::StatusOr<AppendResult>& result) {
    ASSERT_TRUE(result.ok()) << result.status();
    engine->Flush([&](const absl::Status& s) {
      flushed = s;
      EXPECT_EQ(At(1).durable_index, PartitionIndex(1));
    });
  });
  ASSERT_TRUE(world.RunUntil([&] { return flushed.has_value(); }));
  EXPECT_TRUE(flushed->ok()) << *flushed;
}

TEST_F(EngineTest, FlushMakesPartitionFilesDurable) {
  options.partition_flush_delay = Duration::Seconds(3600);
  Create(2);
  AppendMany(1, 3);
  AppendMany(2, 3);
  ASSERT_TRUE(Flush().ok());
  EXPECT_EQ(At(1).durable_index, PartitionIndex(3));
  EXPECT_EQ(At(2).durable_index, PartitionIndex(3));
}

TEST_F(EngineTest, TruncateNowTakesAllThatNobodyNeeds) {
  options.auto_truncate = false;
  Create(1);
  AppendMany(1, 10);
  Settle();
  EXPECT_EQ(*Truncate(), engine->ladder().durable);
  EXPECT_EQ(*Truncate(), engine->ladder().durable);
}

TEST_F(EngineTest, FlushIsAnsweredThoughAPartitionIsDroppedMeanwhile) {
  Create(2);
  Settle();
  world.HangSyncsOf("p-0000000001/");
  ASSERT_TRUE(Append(1, "x").ok());
  ASSERT_TRUE(Append(2, "y").ok());
  absl::optional<absl::Status> flushed;
  engine->Flush([&](const absl::Status& s) { flushed = s; });
  world.RunReady();
  ASSERT_FALSE(flushed.has_value());
  ASSERT_TRUE(Drop(1).ok());
  ASSERT_TRUE(world.RunUntil([&] { return flushed.has_value(); }));
  EXPECT_TRUE(flushed->ok()) << *flushed;
}

TEST_F(EngineTest, AnEngineThatEndsAnswersNoFlush) {
  Create(1);
  Settle();
  world.HangSyncsOf("p-0000000001/");
  ASSERT_TRUE(Append(1, "x").ok());
  bool flushed = false;
  engine->Flush([&](const absl::Status&) { flushed = true; });
  world.RunReady();
  engine.reset();
  world.RunReady();
  EXPECT_FALSE(flushed);
}

TEST_F(EngineTest, WhoeverWaitsForATruncationHearsThatTheEngineFailed) {
  options.auto_truncate = false;
  Create(1);
  AppendMany(1, 10);
  Settle();
  int failed = 0;
  const auto count = [&](const absl::StatusOr<RaftIndex>& truncated) { failed += truncated.ok() ? 0 : 1; };
  world.FailSyncs(1);
  engine->TruncateNow(count);
  engine->TruncateNow(count);
  ASSERT_TRUE(world.RunUntil([&] { return engine->poisoned(); }));
  world.RunReady();
  EXPECT_EQ(failed, 2);
}

TEST_F(EngineTest, LongerPayloadsMayBeAllowedLater) {
  Create(1);
  ASSERT_TRUE(Append(1, std::string(4096, 'a')).ok());
  Settle();
  options.max_payload_bytes = 8192;
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  ASSERT_TRUE(Append(1, std::string(8192, 'b')).ok());
  PowerLoss();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  Settle();
  EXPECT_EQ(Read(1, 2)->payload, std::string(8192, 'b'));
  EXPECT_EQ(Applied(1), 2u);
}

// What it was given lies in the engine's own memory.
TEST_F(EngineTest, AMachineMayAppendWhatItIsGiven) {
  for (const uint64_t cache_bytes : {uint64_t{3} << 10, uint64_t{8} << 20}) {
    SCOPED_TRACE(cache_bytes);
    world.~MemoryWorld();
    new (&world) tests::MemoryWorld(1);
    ledger = tests::Ledger();
    options.cache_bytes = cache_bytes;
    Create(2);
    const auto pass_on = [&](const AppliedRecord& record) {
      if (record.partition != PartitionId(1)) return;
      const std::string before(AsText(record.payload));
      engine->Append(PartitionId(2), record.payload, [](const absl::StatusOr<AppendResult>&) {});
      EXPECT_EQ(AsText(record.payload), before);
    };
    ledger.on_apply = pass_on;
    AppendMany(1, 60, 1000);
    Settle();
    EXPECT_EQ(ledger.records[2], ledger.records[1]);
    ledger.on_apply = nullptr;
    ledger.on_precommit = pass_on;
    AppendMany(1, 60, 1000);
    Settle();
    EXPECT_EQ(ledger.records[2], ledger.records[1]);
    for (uint64_t i = 1; i <= 120; ++i) EXPECT_EQ(Read(2, i)->payload, ledger.records[1][i - 1]);
    ledger = tests::Ledger();
    engine.reset();
  }
}

// Nobody needs the record any more then, but for the call that it was given to.
TEST_F(EngineTest, AMachineMayLookAtARecordThatItHasApplied) {
  Create(1);
  ledger.fail = 1 << 30;
  ASSERT_TRUE(Append(1, std::string(4096, 'a')).ok());
  ASSERT_TRUE(world.RunUntil([&] { return At(1).durable_index == PartitionIndex(1); }));
  ledger.fail = 0;
  int looks = 0;
  ledger.on_done = [&](const AppliedRecord& record) {
    if (record.partition_index != PartitionIndex(1)) return;
    EXPECT_EQ(engine->ladder().min_required, engine->ladder().durable.Next());
    for (int i = 0; i < 4; ++i) {
      engine->Append(PartitionId(1), AsBytes(std::string(4096, 'b')), [](const absl::StatusOr<AppendResult>&) {});
    }
    EXPECT_EQ(AsText(record.payload), std::string(4096, 'a'));
    ++looks;
  };
  Settle();
  EXPECT_EQ(looks, 1);
}

TEST_F(EngineTest, AMachineMayCreatePartitionsWhenItHearsOfARecord) {
  Create(1);
  ledger.on_precommit = [&](const AppliedRecord& record) {
    for (uint64_t p = 2; record.partition_index == PartitionIndex(1) && p < 40; ++p) {
      engine->CreatePartition(PartitionId(p), [](const absl::Status&) {});
    }
  };
  AppendMany(1, 3);
  Settle();
  EXPECT_TRUE(engine->HasPartition(PartitionId(39)));
  EXPECT_EQ(Applied(1), 3u);
}

TEST_F(EngineTest, DamageInAnotherPartitionsRecordStopsNobody) {
  options.cache_bytes = 0;
  Create(2);
  int answers = 0;
  for (uint64_t p : {1, 2, 1}) {
    engine->Append(PartitionId(p), AsBytes(std::string(200, static_cast<char>('0' + p))),
                   [&](const absl::StatusOr<AppendResult>&) { ++answers; });
  }
  ASSERT_TRUE(world.RunUntil([&] { return answers == 3; }));
  const std::string log = "log/" + world.Names("log").front();
  world.Damage(log, world.Content(log).find(std::string(200, '2')));
  ASSERT_TRUE(world.RunUntil([&] { return At(1).applied_index == PartitionIndex(2); })) << engine->ladder().ToString();
  EXPECT_EQ(At(1).stopped, ErrorKind::kNone);
  EXPECT_EQ(At(2).stopped, ErrorKind::kCorruption);
}

TEST_F(EngineTest, ASnapshotThatIsNeverDueByGrowthMayBeAskedFor) {
  options.snapshot_bytes = ~uint64_t{0};
  ledger.takes_snapshots = false;
  ledger.snapshot_refusal = absl::UnimplementedError("takes none");
  Create(1);
  AppendMany(1, 3);
  Settle();
  absl::optional<absl::Status> answer;
  engine->SnapshotNow(PartitionId(1), [&](const absl::Status& s) { answer = s; });
  ASSERT_TRUE(world.RunUntil([&] { return answer.has_value(); }));
  EXPECT_TRUE(absl::IsUnimplemented(*answer));
  EXPECT_EQ(ledger.snapshots, 1);
}

TEST_F(EngineTest, AMachineMayCreatePartitionsWhileItLooksAtARecord) {
  options.cache_bytes = 0;
  Create(1);
  ledger.on_apply = [&](const AppliedRecord& record) {
    if (record.partition != PartitionId(1)) return;
    const std::string before(AsText(record.payload));
    for (uint64_t i = 0; i < 8; ++i) {
      engine->CreatePartition(PartitionId(2 + 8 * record.partition_index.value() + i), [](const absl::Status&) {});
    }
    EXPECT_EQ(AsText(record.payload), before);
  };
  AppendMany(1, 5, 300);
  Settle();
  EXPECT_EQ(Applied(1), 5u);
}

// Of a moment only: everybody else goes on, and the log is not held for ever.
TEST_F(EngineTest, ACreationWaitsForAFreeFileHandle) {
  Create(1);
  world.FailNamesOf("p-0000000002", 3,
                    MakeError(ErrorKind::kRefused, absl::StatusCode::kResourceExhausted, "too many open files"));
  EXPECT_TRUE(CreatePartition(2).ok());
  EXPECT_TRUE(Append(2, "x").ok());
  Settle();
}

}  // namespace
}  // namespace tidemark
