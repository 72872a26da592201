#include "scenarios/workload/ledger_machine.h"

#include <memory>

#include "engine/base/crc32c.h"
#include "engine/base/status.h"
#include "fault/plan.h"
#include "gtest/gtest.h"
#include "scenarios/contract.h"
#include "sim/sim_clock.h"
#include "sim/sim_executor.h"

namespace tidemark::scenarios {
namespace {

constexpr NodeId kNode{1};
constexpr PartitionId kP{1};

// A machine in a world of its own; the records it gets are the ones that a client sent.
class LedgerMachineTest : public ::testing::Test {
 protected:
  explicit LedgerMachineTest(Duration latency = Duration())
      : machine_(kNode, /*seed=*/7, latency, scheduler_, oracles_) {
    machine_.Attach(executor_, lag_);
    (void)machine_.LastApplied(kP);
  }

  // Applies the next record; how it was answered, when it has been.
  std::shared_ptr<absl::Status> Apply(uint64_t index) {
    uint8_t payload[16];
    const RecordName name{1, static_cast<uint32_t>(index)};
    payloads_.Fill(name, MutableByteSpan(payload, sizeof(payload)));
    model_.Sent(kP, name, sizeof(payload), Crc32c(payload));
    model_.Placed(kP, RaftIndex(index), PartitionIndex(index), sizeof(payload), Crc32c(payload));
    auto answer = std::make_shared<absl::Status>(absl::UnknownError("not answered"));
    machine_.Apply({kP, PartitionIndex(index), RaftIndex(index), payload}, [answer](absl::Status s) { *answer = s; });
    return answer;
  }
  void ApplyTo(uint64_t last) {
    for (uint64_t i = machine_.LastApplied(kP).value() + 1; i <= last; ++i) EXPECT_TRUE(Apply(i)->ok());
  }
  void Run() {
    while (!scheduler_.idle()) scheduler_.Step();
  }

  fault::Plan plan_;
  Contract contract_{plan_};
  PayloadSource payloads_{7};
  RecordModel model_;
  OracleSet oracles_{model_, contract_, payloads_};
  sim::Scheduler scheduler_{7};
  sim::SimClock clock_{scheduler_};
  sim::SimExecutor executor_{scheduler_, clock_};
  fault::LagPolicy lag_{plan_, kNode};
  LedgerMachine machine_;
};

class SlowLedgerMachineTest : public LedgerMachineTest {
 protected:
  SlowLedgerMachineTest() : LedgerMachineTest(Duration::Millis(2)) {}
};

TEST_F(LedgerMachineTest, WithoutLatencyItAnswersInTheCall) {
  EXPECT_TRUE(Apply(1)->ok());
  EXPECT_EQ(machine_.LastApplied(kP), PartitionIndex(1));
  EXPECT_EQ(machine_.completed(), 1u);
  EXPECT_TRUE(oracles_.violations().empty());
}

TEST_F(SlowLedgerMachineTest, AnswersAfterItsLatencyAndHasNothingBefore) {
  const auto answer = Apply(1);
  EXPECT_FALSE(answer->ok());
  EXPECT_EQ(machine_.completed(), 0u);
  Run();
  EXPECT_TRUE(answer->ok());
  EXPECT_EQ(scheduler_.now(), Instant() + Duration::Millis(2));
  EXPECT_EQ(machine_.LastApplied(kP), PartitionIndex(1));
}

TEST_F(LedgerMachineTest, AProcessCrashCostsNothing) {
  ApplyTo(5);
  machine_.Detach();
  EXPECT_EQ(machine_.LastApplied(kP), PartitionIndex(5));
}

TEST_F(LedgerMachineTest, APowerLossTakesNothingOrSomeOrAllByItsLife) {
  int whole = 0, some = 0, none_left = 0;
  for (uint64_t life = 1; life <= 200; ++life) {
    ApplyTo(100);
    machine_.LosePower(life);
    const uint64_t left = machine_.LastApplied(kP).value();
    EXPECT_TRUE(left == 0 || left >= 36) << left;
    (left == 100 ? whole : left == 0 ? none_left : some)++;
    // What it had applied before comes again.
    model_ = RecordModel();
    machine_.ForgetAll();
    oracles_.OnDown(scheduler_.now(), kNode, DownReason::kPowerLoss);
    (void)machine_.LastApplied(kP);
  }
  EXPECT_GT(whole, 50);
  EXPECT_GT(some, 50);
  EXPECT_GT(none_left, 0);
}

TEST_F(LedgerMachineTest, NoPowerLossTakesWhatASnapshotHas) {
  absl::StatusOr<PartitionIndex> through = absl::UnknownError("not answered");
  ApplyTo(60);
  for (int tries = 0; tries < 2 && !through.ok(); ++tries) {
    machine_.TakeSnapshot(kP, [&](absl::StatusOr<PartitionIndex> answer) { through = std::move(answer); });
    Run();
  }
  ASSERT_TRUE(through.ok()) << "never two failures in a row";
  EXPECT_EQ(*through, PartitionIndex(60));
  ApplyTo(100);
  for (uint64_t life = 1; life <= 100; ++life) machine_.LosePower(life);
  EXPECT_EQ(machine_.LastApplied(kP), PartitionIndex(60));
}

TEST_F(LedgerMachineTest, ASnapshotThatWasNotDurableIsNone) {
  ApplyTo(60);
  machine_.TakeSnapshot(kP, [](const absl::StatusOr<PartitionIndex>&) {});
  for (uint64_t life = 1; life <= 100; ++life) machine_.LosePower(life);
  EXPECT_EQ(machine_.LastApplied(kP), PartitionIndex(0));
}

TEST_F(SlowLedgerMachineTest, WhatIsInFlightAtADropCompletesForNobody) {
  const auto answer = Apply(1);
  model_.PartitionDropped(kP);
  machine_.Drop(kP);
  Run();
  EXPECT_TRUE(answer->ok());
  EXPECT_EQ(machine_.LastApplied(kP), PartitionIndex(0));
  EXPECT_EQ(machine_.completed(), 0u);
  EXPECT_TRUE(oracles_.violations().empty());
}

TEST_F(LedgerMachineTest, TheOraclesHearOfARecordThatNobodySent) {
  const uint8_t payload[16] = {};
  machine_.Apply({kP, PartitionIndex(1), RaftIndex(1), payload}, [](const absl::Status&) {});
  ASSERT_FALSE(oracles_.violations().empty());
  EXPECT_EQ(oracles_.violations().violations()[0].oracle, "R2");
}

TEST_F(LedgerMachineTest, WhatItHearsBeforeAnApplyComesInOrderAndOnce) {
  const auto hear = [&](uint64_t index) { machine_.Precommit({kP, PartitionIndex(index), RaftIndex(index), {}}); };
  ApplyTo(2);  // handed over by an earlier life
  hear(3);
  hear(4);
  ApplyTo(3);
  EXPECT_TRUE(oracles_.violations().empty());
  machine_.Attach(executor_, lag_);
  hear(4);
  ApplyTo(4);
  EXPECT_TRUE(oracles_.violations().empty()) << "once in each life";
  hear(4);
  ASSERT_FALSE(oracles_.violations().empty());
  EXPECT_EQ(oracles_.violations().violations()[0].oracle, "L5");
}

TEST_F(LedgerMachineTest, OfAPartitionThatItForgotItHearsFromTheBegin) {
  ApplyTo(3);
  machine_.Forget(kP);
  machine_.Precommit({kP, PartitionIndex(1), RaftIndex(9), {}});
  EXPECT_EQ(machine_.LastApplied(kP), PartitionIndex(0));
  EXPECT_TRUE(oracles_.violations().empty());
}

TEST_F(LedgerMachineTest, OfARecordAfterOneThatItHeardOfItHearsToo) {
  machine_.Precommit({kP, PartitionIndex(1), RaftIndex(1), {}});
  ApplyTo(1);
  EXPECT_TRUE(oracles_.violations().empty());
  ApplyTo(2);
  EXPECT_FALSE(oracles_.violations().empty());
}

TEST_F(LedgerMachineTest, WhatItWasToldOfStaysUntilItIsRolledBack) {
  const std::string payload = "payload", other = "another";
  const auto precommit = [&](RaftIndex raft_index, const std::string& bytes) {
    machine_.Attach(executor_, lag_);
    machine_.Precommit({kP, PartitionIndex(1), raft_index, AsBytes(bytes)});
    return oracles_.violations().empty();
  };
  EXPECT_TRUE(precommit(RaftIndex(5), payload));
  EXPECT_TRUE(precommit(RaftIndex(5), payload));
  machine_.Rollback(kP, PartitionIndex(0));
  EXPECT_TRUE(precommit(RaftIndex(5), other));
  machine_.Rollback(kP, PartitionIndex(0));
  EXPECT_TRUE(precommit(RaftIndex(6), payload));
  machine_.Rollback(kP, PartitionIndex(1));
  EXPECT_FALSE(precommit(RaftIndex(7), payload));
}

TEST_F(LedgerMachineTest, NothingThatWasAppliedIsRolledBack) {
  ApplyTo(3);
  machine_.Rollback(kP, PartitionIndex(3));
  EXPECT_TRUE(oracles_.violations().empty());
  machine_.Rollback(kP, PartitionIndex(2));
  EXPECT_FALSE(oracles_.violations().empty());
}

}  // namespace
}  // namespace tidemark::scenarios
