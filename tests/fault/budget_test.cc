// What damage is survivable, and what a store owes under it.

#include "fault/budget.h"

#include <vector>

#include "gtest/gtest.h"
#include "scenarios/contract.h"

namespace tidemark::fault {
namespace {

Fault FaultOf(FaultKind kind, uint64_t node = 1) {
  Fault fault;
  fault.kind = kind;
  fault.node = NodeId(node);
  return fault;
}

Plan PlanOf(std::vector<Fault> faults, int64_t nodes = 1) {
  Plan plan;
  plan.settings.Set(Setting::kNodes, nodes);
  plan.faults = std::move(faults);
  return plan;
}

TEST(BudgetTest, TheTableOfKindsAgrees) {
  for (int k = 0; k < kFaultKindCount; ++k) {
    const FaultKindInfo& info = InfoOf(static_cast<FaultKind>(k));
    EXPECT_EQ(Budget(PlanOf({FaultOf(static_cast<FaultKind>(k))})).survivable(), info.severity == Severity::kSurvivable)
        << info.name;
  }
}

TEST(BudgetTest, DamageAddsUpForItsNodeOnly) {
  const Budget budget(
      PlanOf({FaultOf(FaultKind::kBitRot, 2), FaultOf(FaultKind::kBitRot, 2), FaultOf(FaultKind::kFailedSync, 1)}, 3));
  EXPECT_EQ(budget.of(NodeId(2)).silent_spots, 2u);
  EXPECT_TRUE(budget.of(NodeId(2)).evident);
  EXPECT_TRUE(budget.of(NodeId(1)).survivable());
  EXPECT_TRUE(budget.of(NodeId(1)).stumbles);
  EXPECT_TRUE(budget.of(NodeId(3)).survivable());
  EXPECT_TRUE(budget.of(NodeId(99)).survivable());
  EXPECT_FALSE(budget.survivable());
}

TEST(BudgetTest, DamageFollowsASwappedDisk) {
  Fault swap = FaultOf(FaultKind::kDiskSwap, 1);
  swap.params.Set(Param::kWith, 2);
  Fault next = FaultOf(FaultKind::kDiskSwap, 3);
  next.params.Set(Param::kWith, 2);
  const Budget budget(PlanOf({FaultOf(FaultKind::kBitRot, 1), swap, next}, 4));
  EXPECT_EQ(budget.of(NodeId(3)).silent_spots, 1u);
  EXPECT_TRUE(budget.of(NodeId(2)).gone);
  EXPECT_TRUE(budget.of(NodeId(4)).survivable());
}

TEST(BudgetTest, ASwapWithNobodyDoesNoDamage) {
  Fault swap = FaultOf(FaultKind::kDiskSwap, 1);
  for (const int64_t with : {1, 3}) {
    swap.params.Set(Param::kWith, with);
    EXPECT_TRUE(Budget(PlanOf({swap}, 2)).survivable()) << with;
  }
}

TEST(BudgetTest, GarbageInSectorsLargerThanBlocksHitsWhatWasPromised) {
  Fault loss = FaultOf(FaultKind::kPowerLoss);
  loss.params.Set(Param::kGarbage, 300);
  loss.params.Set(Param::kSector, 1);
  Plan plan = PlanOf({loss});
  EXPECT_FALSE(Budget(plan).survivable());
  plan.settings.Set(Setting::kBlockBytes, 4096);
  EXPECT_TRUE(Budget(plan).survivable());
  plan.settings.Set(Setting::kChangeOptions, 1);
  EXPECT_FALSE(Budget(plan).survivable()) << "some of its starts make smaller blocks";
  plan.settings.Set(Setting::kChangeOptions, 0);
  plan.settings.Set(Setting::kBlockBytes, 512);
  plan.faults[0].params.Set(Param::kGarbage, 0);
  EXPECT_TRUE(Budget(plan).survivable());
}

// --- what follows for a store --------------------------------------------------------------------------------

TEST(ContractTest, OneSpotMayCostTheNewestBatchOnly) {
  const scenarios::Contract one(PlanOf({FaultOf(FaultKind::kBitRot)}));
  EXPECT_TRUE(one.of(NodeId(1)).may_lose_silently);
  EXPECT_TRUE(one.of(NodeId(1)).only_newest_batch);
  const scenarios::Contract two(PlanOf({FaultOf(FaultKind::kBitRot), FaultOf(FaultKind::kBitRot)}));
  EXPECT_FALSE(two.of(NodeId(1)).only_newest_batch);
}

TEST(ContractTest, CrashesAndErrorsExcuseNothing) {
  const scenarios::Contract contract(
      PlanOf({FaultOf(FaultKind::kPowerLoss), FaultOf(FaultKind::kFailedSync), FaultOf(FaultKind::kDiskFull)}));
  EXPECT_TRUE(contract.owes_everything());
  EXPECT_TRUE(contract.of(NodeId(1)).may_stumble);
}

TEST(ContractTest, LimitsFollowFromTheSettings) {
  Plan plan = PlanOf({});
  EXPECT_TRUE(scenarios::Contract(plan).file_limits().log_truncates_itself);
  EXPECT_EQ(scenarios::Contract(plan).file_limits().log_segment_bytes, 65'536u);
  plan.settings.Set(Setting::kMaxUnappliedRecords, 7);
  plan.settings.Set(Setting::kSnapshotBytes, 0);
  plan.settings.Set(Setting::kMaxHoldRecords, 10);
  plan.settings.Set(Setting::kAutoTruncate, 0);
  const scenarios::Contract contract(plan);
  EXPECT_EQ(contract.limits().unapplied_records, 7u);
  EXPECT_EQ(contract.file_limits().hold_records, 10u);
  EXPECT_EQ(contract.file_limits().snapshot_bytes, 0u);
  EXPECT_EQ(contract.file_limits().record_overhead_bytes, 2u * 512);
  EXPECT_EQ(contract.file_limits().backlog_bytes, 7u * (4096 + 2 * 512));
  EXPECT_FALSE(contract.file_limits().log_truncates_itself);
}

TEST(ContractTest, ALogWithoutNamesIsExcusedWhereTheSyncOfItsDirectoryMayLie) {
  const auto may_be_unnamed = [](FaultKind kind, std::string files) {
    Fault fault = FaultOf(kind);
    fault.files = std::move(files);
    const scenarios::Contract contract(PlanOf({fault}));
    EXPECT_FALSE(contract.of(NodeId(1)).may_be_gone);
    return contract.of(NodeId(1)).may_be_unnamed;
  };
  EXPECT_TRUE(may_be_unnamed(FaultKind::kLostSync, "*"));
  EXPECT_TRUE(may_be_unnamed(FaultKind::kLostSync, "log/*"));
  EXPECT_FALSE(may_be_unnamed(FaultKind::kLostSync, "p-*"));
  EXPECT_FALSE(may_be_unnamed(FaultKind::kFailedSync, "*"));
  EXPECT_FALSE(may_be_unnamed(FaultKind::kPhantomWrite, "*"));
}

TEST(ContractTest, AMissingDiskIsExcusedForItsNode) {
  const scenarios::Contract contract(PlanOf({FaultOf(FaultKind::kDiskLoss, 2)}, 2));
  EXPECT_TRUE(contract.of(NodeId(2)).may_be_gone);
  EXPECT_TRUE(contract.of(NodeId(1)).owes_everything());
  EXPECT_FALSE(contract.owes_everything());
}

}  // namespace
}  // namespace tidemark::fault
