// Both recovery policies, against a store that dies at every operation of its disk.

#include "absl/strings/match.h"
#include "tests/engine/node/policy_rig.h"
#include "tests/support/effort.h"

namespace tidemark {
namespace {

using tests::PolicyRig;
using Policy = EngineOptions::Recovery;

constexpr uint64_t kMostOperations = 400;

// Some records that are settled before the life that dies.
void Begin(PolicyRig& rig) {
  rig.options.max_batch_bytes = 8192;
  ASSERT_EQ(rig.Recover(), ErrorKind::kNone) << rig.status;
  rig.Create(1);
  rig.Create(2);
  ASSERT_TRUE(rig.Run());
  for (int i = 0; i < 3; ++i) rig.Append(1);
  rig.Append(2);
  ASSERT_TRUE(rig.Run());
  ASSERT_TRUE(rig.Settle());
}

// A few records in flight at a time, a creation and a drop among them. False: the world froze.
bool Live(PolicyRig& rig) {
  const auto round = [&](uint64_t a, uint64_t b) {
    rig.Append(a);
    rig.Append(b);
    rig.Append(a);
    return rig.Run();
  };
  if (!round(1, 2)) return false;
  rig.Create(3);
  rig.Append(1);
  if (!rig.Run() || !round(3, 2)) return false;
  rig.Append(2);
  rig.AppendBatch(1, 4);
  rig.Drop(2);
  rig.AppendBatch(3, 12, 2000);  // more than one write takes
  rig.Append(3);
  return rig.Run() && round(1, 3) && rig.Settle();
}

class PolicyTest : public ::testing::TestWithParam<std::tuple<Policy, Policy>> {
 protected:
  static Policy first() { return std::get<0>(GetParam()); }
  static Policy second() { return std::get<1>(GetParam()); }
};

// It dies at every operation, comes back under the second policy, dies again before it has caught up, and comes back
// under the first one.
TEST_P(PolicyTest, NothingAcknowledgedIsLostAtAnyOperation) {
  uint64_t rolled_back = 0;
  for (uint64_t operations = 1; operations < kMostOperations; ++operations) {
    SCOPED_TRACE(operations);
    PolicyRig rig(first());
    Begin(rig);
    rig.FreezeAfter(operations);
    const bool finished = Live(rig);
    rig.PowerLoss(operations * 37 % 1000);
    for (const Policy policy : {second(), first()}) {
      if (rig.engine != nullptr) rig.PowerLoss(operations * 91 % 1000);
      rig.options.recovery = policy;
      ASSERT_EQ(rig.Recover(), ErrorKind::kNone) << rig.status;
      rolled_back += rig.report.rolled_back_records;
      rig.CheckPromises();
    }
    rig.CheckContent();
    if (HasFatalFailure()) return;
    if (finished) {
      // Redo keeps what it finds, for those that come later too.
      EXPECT_EQ(rolled_back > 0, first() == Policy::kRollback && second() == Policy::kRollback) << rolled_back;
      return;
    }
  }
  FAIL() << "the life takes more operations than expected";
}

// Recovery itself dies at every operation.
TEST_P(PolicyTest, RecoveryThatDiesConverges) {
  for (uint64_t life = 2; life < 60; life += tests::StrideOf(5)) {
    for (uint64_t operations = 1; operations < kMostOperations; ++operations) {
      SCOPED_TRACE(testing::Message() << life << ", then " << operations);
      PolicyRig rig(first());
      Begin(rig);
      rig.FreezeAfter(life);
      Live(rig);
      rig.PowerLoss(life * 37 % 1000);
      rig.options.recovery = second();
      rig.FreezeAfter(operations);
      const bool finished = rig.Recover() == ErrorKind::kNone;
      rig.PowerLoss(operations * 91 % 1000);
      ASSERT_EQ(rig.Recover(), ErrorKind::kNone) << rig.status;
      rig.CheckPromises();
      const RaftIndex end = rig.engine->ladder().appended;
      rig.PowerLoss(0);
      ASSERT_EQ(rig.Recover(), ErrorKind::kNone) << rig.status;
      EXPECT_EQ(rig.engine->ladder().appended, end);
      rig.CheckContent();
      if (HasFatalFailure()) return;
      if (finished) break;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Policies, PolicyTest,
                         ::testing::Combine(::testing::Values(Policy::kRedo, Policy::kRollback),
                                            ::testing::Values(Policy::kRedo, Policy::kRollback)));

class RollbackTest : public tests::EngineFixture {
 protected:
  RollbackTest() { options.recovery = Policy::kRollback; }
};

// Nobody waits an hour: that somebody waits for the file is told to it.
TEST_F(RollbackTest, ARecordIsAcknowledgedOnceItIsDurableInBothPlaces) {
  options.partition_flush_delay = Duration::Seconds(3600);
  Create(2);
  const auto result = Append(1, "x");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_GE(engine->ladder().safe, result->raft_index);
  EXPECT_GE(At(1).durable_index, result->partition_index);
  Settle();
  EXPECT_EQ(Applied(1), 1u);
}

TEST_F(RollbackTest, WhatIsNotSafeIsNeitherServedNorApplied) {
  Create(2);
  absl::optional<absl::StatusOr<AppendResult>> answer;
  engine->Append(PartitionId(1), AsBytes("x"), [&](absl::StatusOr<AppendResult> r) { answer = std::move(r); });
  while (!answer.has_value()) {
    const RaftIndex committed = engine->ladder().committed;
    EXPECT_LE(committed, engine->ladder().safe);
    EXPECT_EQ(Applied(1), 0u);
    EXPECT_EQ(KindOf(Read(1, 1).status()), answer.has_value() ? ErrorKind::kNone : ErrorKind::kTruncated);
    ASSERT_TRUE(world.Step());
  }
  EXPECT_EQ(Read(1, 1)->payload, "x");
}

TEST_F(RollbackTest, APartitionFileThatFailsStopsTheEngine) {
  Create(2);
  world.FailSyncs(1, 1);  // the log's own sync comes first
  EXPECT_EQ(KindOf(Append(1, "x").status()), ErrorKind::kPoisoned);
  EXPECT_TRUE(engine->poisoned());
  EXPECT_EQ(KindOf(Append(2, "y").status()), ErrorKind::kPoisoned);
  Kill();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_TRUE(Append(1, "again").ok());
}

// The file says nothing of what it held: all that the log has of it may have been acknowledged.
TEST_F(RollbackTest, ADamagedPartitionFileIsNoReasonToRollBack) {
  Create(2);
  AppendMany(1, 10);
  AppendMany(2, 1);
  Settle();
  AppendMany(1, 2);
  Settle();
  Kill();
  const std::string directory = "p-0000000001";
  world.Damage(directory + "/" + world.Names(directory).front(), 1100);
  ledger.records.clear();
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_TRUE(report.partitions[0].rebuilt);
  EXPECT_EQ(report.rolled_back_records, 0u);
  EXPECT_NE(report.kept_to, RaftIndex(0));
  PowerLoss();  // the file is new, and holds nothing yet
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_EQ(report.rolled_back_records, 0u);
  Settle();
  EXPECT_EQ(Applied(1), 12u);
}

// It may have rotted away without a trace at the end of the file; the state machine is the witness.
TEST_F(RollbackTest, WhatWasAppliedIsForwardedAgainWhereItsFileLostIt) {
  Create(1);
  AppendMany(1, 3);
  Settle();
  Kill();
  for (const std::string& name : world.Names("p-0000000001")) world.Erase("p-0000000001/" + name);
  ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
  EXPECT_EQ(At(1).appended_index, PartitionIndex(3));
  Settle();
  EXPECT_EQ(Read(1, 3)->payload, std::string(100, 'c'));
}

// Dropped in the log, there again after the rollback: more than the heads of smaller log files could list.
TEST(RolledBackDropTest, WhatComesBackMustHaveRoomInTheHeadsOfLogFiles) {
  constexpr uint64_t kPartitions = 600;
  uint64_t refused = 0;
  for (uint64_t operations = 1; operations < 12 && refused == 0; ++operations) {
    SCOPED_TRACE(operations);
    PolicyRig rig(Policy::kRollback);
    rig.options.log_segment_bytes = 256u << 10;
    ASSERT_EQ(rig.Recover(), ErrorKind::kNone) << rig.status;
    for (uint64_t p = 1; p <= kPartitions; ++p) rig.Create(p);
    ASSERT_TRUE(rig.Run());
    rig.FreezeAfter(operations);
    rig.Append(1);
    for (uint64_t p = 301; p <= kPartitions; ++p) rig.Drop(p);
    rig.Run();
    rig.PowerLoss(1000);
    rig.options.log_segment_bytes = 64u << 10;
    const ErrorKind smaller = rig.Recover();
    if (smaller == ErrorKind::kNone) continue;
    ++refused;
    EXPECT_EQ(smaller, ErrorKind::kRefused) << rig.status;
    EXPECT_TRUE(absl::StrContains(rig.status.message(), "the store has 600 partitions; log_segment_bytes leaves room"))
        << rig.status;
    rig.options.log_segment_bytes = 256u << 10;
    ASSERT_EQ(rig.Recover(), ErrorKind::kNone) << rig.status;
    rig.CheckPromises();
    EXPECT_TRUE(rig.engine->HasPartition(PartitionId(kPartitions)));
  }
  EXPECT_GT(refused, 0u);
}

// Nobody would free space for it, as nothing is served yet. With the spare, none is needed.
TEST(RolledBackDropTest, ACutThatFindsTheDiskFullNeedsTheSpareOrIsRefused) {
  for (const bool spare : {true, false}) {
    PolicyRig rig(Policy::kRollback);
    ASSERT_EQ(rig.Recover(), ErrorKind::kNone) << rig.status;
    rig.Create(1);
    rig.Create(2);
    ASSERT_TRUE(rig.Run());
    rig.world->HangSyncsOf("p-0000000001");
    rig.Append(1);
    while (rig.world->Names("log").size() < 5) {
      for (int i = 0; i < 8; ++i) rig.Append(2, 4000);
      rig.world->RunReady();
    }
    rig.PowerLoss(0);
    rig.world->HangSyncsOf("");
    for (const std::string& name : rig.world->Names("log")) {
      if (!spare && name.find(".aof") == std::string::npos) rig.world->Erase("log/" + name);
    }
    // The last file's reserved blocks take a cut as well, unless it goes below the file.
    rig.world->SetCapacity(rig.world->used_bytes());
    EXPECT_EQ(rig.Recover(), spare ? ErrorKind::kNone : ErrorKind::kDiskFull) << rig.status;
    rig.world->SetCapacity(~uint64_t{0});
    ASSERT_EQ(rig.Recover(), ErrorKind::kNone) << rig.status;
    EXPECT_EQ(rig.report.rolled_back_records > 0, !spare) << "the first recovery did it";
    rig.CheckPromises();
  }
}

// It says that promised records are gone: then nothing is cut, and the machine is not told to take anything back.
TEST(RolledBackDropTest, AMachineAheadOfTheLogIsFoundBeforeAnythingIsTakenBack) {
  PolicyRig rig(Policy::kRollback);
  ASSERT_EQ(rig.Recover(), ErrorKind::kNone) << rig.status;
  rig.Create(1);
  rig.Create(2);
  rig.Append(1);
  ASSERT_TRUE(rig.Run());
  ASSERT_TRUE(rig.Settle());
  rig.world->HangSyncsOf("p-0000000002");
  rig.Append(2);
  rig.world->RunReady();
  rig.PowerLoss(0);
  rig.world->HangSyncsOf("");
  rig.ledger.Take(PartitionId(1), "beyond the log");
  EXPECT_EQ(rig.Recover(), ErrorKind::kLostRecords) << rig.status;
  EXPECT_EQ(rig.report.rolled_back_records, 0u);
  rig.options.accept_lost_tail = true;
  ASSERT_EQ(rig.Recover(), ErrorKind::kNone) << rig.status;
  EXPECT_EQ(rig.report.rolled_back_records, 1u);
}

// From any write on: it is told, or done without, and never waited for.
TEST(RolledBackDropTest, ARecoveryOnAFullDiskEnds) {
  int refused = 0;
  for (int after = 0; after < 100; ++after) {
    SCOPED_TRACE(after);
    PolicyRig rig(Policy::kRollback);
    ASSERT_EQ(rig.Recover(), ErrorKind::kNone) << rig.status;
    rig.Create(1);
    rig.Create(2);
    ASSERT_TRUE(rig.Run());
    rig.Append(1);
    ASSERT_TRUE(rig.Run() && rig.Settle());
    rig.world->HangSyncsOf("p-0000000002");
    rig.Append(2);
    rig.Append(1);
    rig.world->RunReady();
    rig.PowerLoss(0);
    rig.world->HangSyncsOf("");
    rig.world->RefuseWrites(1'000'000, after);
    absl::optional<ErrorKind> outcome;
    Engine::Recover(rig.world->env(), rig.options, rig.ledger,
                    [&](Engine::RecoverOutcome recovered) { outcome = KindOf(recovered.engine.status()); });
    const Instant limit = rig.world->Now() + Duration::Seconds(60);
    while (!outcome.has_value() && rig.world->Now() < limit && rig.world->Step()) {
    }
    ASSERT_TRUE(outcome.has_value()) << "it waits";
    rig.world->RefuseWrites(0);
    rig.world->Kill();
    ASSERT_EQ(rig.Recover(), ErrorKind::kNone) << rig.status;
    EXPECT_EQ(rig.At(1)->appended_index, PartitionIndex(1));
    rig.CheckPromises();
    if (*outcome == ErrorKind::kNone) break;
    EXPECT_EQ(*outcome, ErrorKind::kDiskFull);
    ++refused;
  }
  EXPECT_GT(refused, 2);
}

}  // namespace
}  // namespace tidemark
