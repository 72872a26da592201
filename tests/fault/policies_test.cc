// What befalls operations and applies: each fault draws for itself, within its window, on its files, up to its count.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/base/random.h"
#include "fault/disk_policy.h"
#include "fault/lag_policy.h"
#include "gtest/gtest.h"

namespace tidemark::fault {
namespace {

using Effect = DiskVerdict::Effect;

Instant Ms(int64_t n) { return Instant() + Duration::Millis(n); }

Fault FaultOf(uint64_t id, FaultKind kind, int64_t rate = 1000, std::string files = "*") {
  Fault fault;
  fault.id = id;
  fault.kind = kind;
  fault.at = Ms(10);
  fault.length = Duration::Millis(10);
  fault.files = std::move(files);
  fault.params.Set(Param::kRate, rate);
  return fault;
}

Plan PolicyPlan(std::vector<Fault> faults) {
  Plan plan;
  plan.seed = 5;
  plan.faults = std::move(faults);
  return plan;
}

DiskOp OpOf(DiskOpKind kind, absl::string_view path, uint64_t ordinal = 0, Instant now = Ms(15)) {
  DiskOp op;
  op.kind = kind;
  op.path = path;
  op.path_hash = HashName(path);
  op.offset = 8192;
  op.length = 4096;
  op.ordinal = ordinal;
  op.now = now;
  return op;
}

// Which of the first thousand operations the fault of this id hits.
std::vector<uint64_t> HitsOf(uint64_t id, const Plan& plan, DiskOpKind kind, absl::string_view path) {
  DiskPolicy policy(plan, NodeId(1));
  std::vector<uint64_t> hits;
  for (uint64_t i = 0; i < 1000; ++i) {
    if (policy.Decide(OpOf(kind, path, i)).fault_id == id) hits.push_back(i);
  }
  return hits;
}

// --- each for itself --------------------------------------------------------------------------------------

TEST(DiskPolicyTest, TakingAFaultOutChangesNoOthersHits) {
  const Fault lost = FaultOf(1, FaultKind::kLostSync, 100), failed = FaultOf(2, FaultKind::kFailedWrite, 100);
  const Fault read = FaultOf(3, FaultKind::kReadError, 100);
  const Plan all = PolicyPlan({lost, failed, read});
  const Plan fewer = PolicyPlan({failed});
  const std::vector<uint64_t> hits = HitsOf(2, all, DiskOpKind::kWrite, "log/a");
  EXPECT_EQ(hits, HitsOf(2, fewer, DiskOpKind::kWrite, "log/a"));
  EXPECT_GT(hits.size(), 50u);
  EXPECT_LT(hits.size(), 150u);
}

TEST(DiskPolicyTest, PathsAndFaultsDrawApart) {
  const Plan plan = PolicyPlan({FaultOf(1, FaultKind::kLostSync, 100)});
  const Plan other = PolicyPlan({FaultOf(2, FaultKind::kLostSync, 100)});
  EXPECT_NE(HitsOf(1, plan, DiskOpKind::kSync, "log/a"), HitsOf(1, plan, DiskOpKind::kSync, "log/b"));
  EXPECT_NE(HitsOf(1, plan, DiskOpKind::kSync, "log/a"), HitsOf(2, other, DiskOpKind::kSync, "log/a"));
}

TEST(DiskPolicyTest, TheFirstOfTwoEffectsWins) {
  DiskPolicy policy(PolicyPlan({FaultOf(1, FaultKind::kPhantomWrite), FaultOf(2, FaultKind::kFailedWrite)}), NodeId(1));
  EXPECT_EQ(policy.Decide(OpOf(DiskOpKind::kWrite, "log/a")).effect, Effect::kPhantom);
  EXPECT_EQ(policy.hits(), (std::vector<std::pair<uint64_t, uint64_t>>{{1, 1}, {2, 0}}));
}

// --- where and when ------------------------------------------------------------------------------------------

TEST(DiskPolicyTest, EachKindStrikesItsOwnOperations) {
  const struct {
    FaultKind kind;
    DiskOpKind op;
    Effect effect;
  } kCases[] = {
      {FaultKind::kLostSync, DiskOpKind::kSync, Effect::kLie},
      {FaultKind::kFailedSync, DiskOpKind::kSync, Effect::kFailSync},
      {FaultKind::kFailedWrite, DiskOpKind::kWrite, Effect::kError},
      {FaultKind::kShortWrite, DiskOpKind::kWrite, Effect::kShort},
      {FaultKind::kPhantomWrite, DiskOpKind::kWrite, Effect::kPhantom},
      {FaultKind::kMisdirectedWrite, DiskOpKind::kWrite, Effect::kMisdirect},
      {FaultKind::kReadError, DiskOpKind::kRead, Effect::kError},
      {FaultKind::kMisdirectedRead, DiskOpKind::kRead, Effect::kMisdirect},
  };
  for (const auto& test : kCases) {
    for (const DiskOpKind op : {DiskOpKind::kRead, DiskOpKind::kWrite, DiskOpKind::kSync, DiskOpKind::kName}) {
      DiskPolicy policy(PolicyPlan({FaultOf(1, test.kind)}), NodeId(1));
      const DiskVerdict verdict = policy.Decide(OpOf(op, "log/a"));
      EXPECT_EQ(verdict.effect, op == test.op ? test.effect : Effect::kNormal) << InfoOf(test.kind).name;
      if (verdict.effect == Effect::kShort) {
        EXPECT_LT(verdict.bytes, 4096u);
      }
      if (verdict.effect == Effect::kMisdirect) {
        EXPECT_NE(verdict.offset, 8192u);
      }
    }
  }
}

TEST(DiskPolicyTest, SyncsOfDirectoriesAreStruckLikeThoseOfFiles) {
  const auto effect = [](FaultKind kind, std::string files, absl::string_view path) {
    DiskPolicy policy(PolicyPlan({FaultOf(1, kind, 1000, std::move(files))}), NodeId(1));
    return policy.Decide(OpOf(DiskOpKind::kSyncDirectory, path)).effect;
  };
  EXPECT_EQ(effect(FaultKind::kFailedSync, "*", ""), Effect::kFailSync);
  EXPECT_EQ(effect(FaultKind::kFailedSync, "log/*", "log"), Effect::kFailSync);
  EXPECT_EQ(effect(FaultKind::kFailedSync, "log", "log"), Effect::kFailSync);
  EXPECT_EQ(effect(FaultKind::kFailedSync, "log/*", "p-0000000001"), Effect::kNormal);
  EXPECT_EQ(effect(FaultKind::kLostSync, "p-*", "p-0000000001"), Effect::kLie);
  EXPECT_EQ(effect(FaultKind::kFailedName, "*", "log"), Effect::kNormal);
}

TEST(DiskPolicyTest, FailedNamesStrikeWhatIsDoneWithNames) {
  const auto effect = [](DiskOpKind op, absl::string_view path) {
    DiskPolicy policy(PolicyPlan({FaultOf(1, FaultKind::kFailedName, 1000, "log/*")}), NodeId(1));
    return policy.Decide(OpOf(op, path)).effect;
  };
  for (const DiskOpKind op : {DiskOpKind::kOpen, DiskOpKind::kName, DiskOpKind::kAllocate}) {
    EXPECT_EQ(effect(op, "log/a"), Effect::kError);
    EXPECT_EQ(effect(op, "log"), Effect::kNormal);
  }
  EXPECT_EQ(effect(DiskOpKind::kList, "log"), Effect::kError);
  for (const DiskOpKind op : {DiskOpKind::kRead, DiskOpKind::kWrite, DiskOpKind::kSync, DiskOpKind::kTruncate,
                              DiskOpKind::kSyncDirectory, DiskOpKind::kOther}) {
    EXPECT_EQ(effect(op, "log/a"), Effect::kNormal);
  }
}

TEST(DiskPolicyTest, WindowsBeginAtTheirInstantAndEndBeforeTheirEnd) {
  DiskPolicy policy(PolicyPlan({FaultOf(1, FaultKind::kLostSync)}), NodeId(1));
  const auto effect = [&](Instant now) { return policy.Decide(OpOf(DiskOpKind::kSync, "log/a", 0, now)).effect; };
  EXPECT_EQ(effect(Ms(10) - Duration::Nanos(1)), Effect::kNormal);
  EXPECT_EQ(effect(Ms(10)), Effect::kLie);
  EXPECT_EQ(effect(Ms(20) - Duration::Nanos(1)), Effect::kLie);
  EXPECT_EQ(effect(Ms(20)), Effect::kNormal);
}

TEST(DiskPolicyTest, OnlyTheNodesOwnFaultsAndMatchingFilesCount) {
  Fault elsewhere = FaultOf(1, FaultKind::kLostSync);
  elsewhere.node = NodeId(2);
  EXPECT_TRUE(DiskPolicy(PolicyPlan({elsewhere}), NodeId(1)).hits().empty());
  const Plan plan = PolicyPlan({FaultOf(1, FaultKind::kLostSync, 1000, "log/*")});
  EXPECT_EQ(HitsOf(1, plan, DiskOpKind::kSync, "log/a").size(), 1000u);
  EXPECT_EQ(HitsOf(1, plan, DiskOpKind::kSync, "p-0000000001/a").size(), 0u);
}

TEST(DiskPolicyTest, LagStrikesPartitionFilesOnly) {
  Fault lag = FaultOf(1, FaultKind::kSyncLag);
  lag.params.Set(Param::kBy, 3'000'000);
  lag.params.Set(Param::kPartition, 2);
  DiskPolicy policy(PolicyPlan({lag}), NodeId(1));
  const auto delay = [&](DiskOpKind kind, absl::string_view path) { return policy.Decide(OpOf(kind, path)).delay; };
  EXPECT_EQ(delay(DiskOpKind::kSync, "p-0000000002/a"), Duration::Millis(3));
  EXPECT_EQ(delay(DiskOpKind::kSync, "p-0000000001/a"), Duration());
  EXPECT_EQ(delay(DiskOpKind::kSync, "log/a"), Duration());
  EXPECT_EQ(delay(DiskOpKind::kWrite, "p-0000000002/a"), Duration());
}

TEST(DiskPolicyTest, CountsAreUpheld) {
  Fault fault = FaultOf(1, FaultKind::kFailedSync);
  fault.params.Set(Param::kCount, 3);
  EXPECT_EQ(HitsOf(1, PolicyPlan({fault}), DiskOpKind::kSync, "log/a"), (std::vector<uint64_t>{0, 1, 2}));
}

TEST(DiskPolicyTest, DelaysAddUpAndAStallLastsToItsEnd) {
  Fault slow = FaultOf(1, FaultKind::kDiskLatency), spike = FaultOf(2, FaultKind::kDiskSpike);
  slow.params.Set(Param::kBy, 1'000'000);
  spike.params.Set(Param::kBy, 5'000'000);
  DiskPolicy both(PolicyPlan({slow, spike}), NodeId(1));
  EXPECT_EQ(both.Decide(OpOf(DiskOpKind::kName, "log/a")).delay, Duration::Millis(6));
  DiskPolicy stalled(PolicyPlan({FaultOf(3, FaultKind::kDiskStall)}), NodeId(1));
  EXPECT_EQ(stalled.Decide(OpOf(DiskOpKind::kRead, "log/a", 0, Ms(13))).delay, Duration::Millis(7));
}

TEST(DiskPolicyTest, NothingIsHeldBackBeyondTheHeal) {
  Fault slow = FaultOf(1, FaultKind::kDiskLatency);
  slow.params.Set(Param::kBy, 3'600'000'000'000);
  for (const Fault& fault : {slow, FaultOf(1, FaultKind::kDiskStall)}) {
    Plan plan = PolicyPlan({fault});
    plan.settings.Set(Setting::kSafetyTime, Duration::Millis(16).nanos());
    EXPECT_EQ(DiskPolicy(plan, NodeId(1)).Decide(OpOf(DiskOpKind::kRead, "log/a", 0, Ms(13))).delay,
              Duration::Millis(3));
  }
}

TEST(DiskPolicyTest, ManyLongDelaysAddUpToTheHealAndNoFurther) {
  std::vector<Fault> stalls;
  for (uint64_t id = 1; id <= 40; ++id) {
    stalls.push_back(FaultOf(id, FaultKind::kDiskStall));
    stalls.back().length = Duration::Seconds(315'360'000);
  }
  EXPECT_EQ(DiskPolicy(PolicyPlan(stalls), NodeId(1)).Decide(OpOf(DiskOpKind::kRead, "log/a", 0, Ms(15))).delay,
            Duration::Millis(985));
}

TEST(DiskPolicyTest, TheHealEndsEverything) {
  DiskPolicy policy(PolicyPlan({FaultOf(1, FaultKind::kLostSync), FaultOf(2, FaultKind::kDiskFull)}), NodeId(1));
  policy.Heal();
  EXPECT_EQ(policy.Decide(OpOf(DiskOpKind::kSync, "log/a")).effect, Effect::kNormal);
  EXPECT_EQ(policy.CapacityAt(Ms(15), 100, 1000), 1000u);
}

TEST(DiskPolicyTest, AFullDiskGivesWhatWasLeftWhenItBegan) {
  Fault full = FaultOf(1, FaultKind::kDiskFull);
  full.params.Set(Param::kBytes, 50);
  DiskPolicy policy(PolicyPlan({full}), NodeId(1));
  EXPECT_EQ(policy.CapacityAt(Ms(9), 100, 1000), 1000u);
  EXPECT_EQ(policy.CapacityAt(Ms(10), 200, 1000), 250u);
  EXPECT_EQ(policy.CapacityAt(Ms(19), 10, 1000), 250u);  // what was freed may be used again
  EXPECT_EQ(policy.CapacityAt(Ms(20), 100, 1000), 1000u);
  EXPECT_EQ(policy.hits().at(0).second, 1u);
}

// --- applies -----------------------------------------------------------------------------------------------

TEST(LagPolicyTest, ApplyLagIsAWindowOfOnePartitionOrAll) {
  Fault all = FaultOf(1, FaultKind::kApplyLag), one = FaultOf(2, FaultKind::kApplyLag);
  all.params.Set(Param::kBy, 1'000'000);
  one.params.Set(Param::kBy, 5'000'000);
  one.params.Set(Param::kPartition, 2);
  LagPolicy policy(PolicyPlan({all, one, FaultOf(3, FaultKind::kSyncLag)}), NodeId(1));
  EXPECT_EQ(policy.OnApply(PartitionId(1), Ms(15)).delay, Duration::Millis(1));
  EXPECT_EQ(policy.OnApply(PartitionId(2), Ms(15)).delay, Duration::Millis(6));
  EXPECT_EQ(policy.OnApply(PartitionId(2), Ms(9)).delay, Duration());
  EXPECT_EQ(policy.OnApply(PartitionId(2), Ms(20)).delay, Duration());
  EXPECT_EQ(policy.hits(), (std::vector<std::pair<uint64_t, uint64_t>>{{1, 2}, {2, 1}}));
  policy.Heal();
  EXPECT_EQ(policy.OnApply(PartitionId(2), Ms(15)).delay, Duration());
}

TEST(LagPolicyTest, MachinesFailAtTheirRateAndStallToTheEnd) {
  Fault failure = FaultOf(1, FaultKind::kApplyFailure);
  failure.params.Set(Param::kRate, 300);
  LagPolicy failing(PolicyPlan({failure}), NodeId(1));
  int failed = 0;
  for (int64_t us = 0; us < 1000; ++us) {
    if (failing.OnApply(PartitionId(1), Ms(10) + Duration::Micros(us)).fails) ++failed;
  }
  EXPECT_GT(failed, 200);
  EXPECT_LT(failed, 400);
  EXPECT_EQ(failing.hits()[0].second, static_cast<uint64_t>(failed));
  LagPolicy stalled(PolicyPlan({FaultOf(2, FaultKind::kApplyStall)}), NodeId(1));
  EXPECT_EQ(stalled.OnApply(PartitionId(1), Ms(13)).delay, Duration::Millis(7));
}

TEST(LagPolicyTest, NoApplyIsHeldBackBeyondTheHeal) {
  Fault lag = FaultOf(1, FaultKind::kApplyLag);
  lag.params.Set(Param::kBy, 3'600'000'000'000);
  for (const Fault& fault : {lag, FaultOf(1, FaultKind::kApplyStall)}) {
    Plan plan = PolicyPlan({fault});
    plan.settings.Set(Setting::kSafetyTime, Duration::Millis(16).nanos());
    EXPECT_EQ(LagPolicy(plan, NodeId(1)).OnApply(PartitionId(1), Ms(13)).delay, Duration::Millis(3));
  }
}

TEST(LagPolicyTest, ManyLongLagsAddUpToTheHealAndNoFurther) {
  std::vector<Fault> lags;
  for (uint64_t id = 1; id <= 3; ++id) {
    lags.push_back(FaultOf(id, FaultKind::kApplyLag));
    lags.back().params.Set(Param::kBy, Duration::Max().nanos() / 2);
  }
  EXPECT_EQ(LagPolicy(PolicyPlan(lags), NodeId(1)).OnApply(PartitionId(1), Ms(15)).delay, Duration::Millis(985));
}

TEST(LagPolicyTest, AStuckMachineStaysSoAfterTheHeal) {
  Fault stuck = FaultOf(1, FaultKind::kApplyStuck);
  stuck.params.Set(Param::kPartition, 2);
  const Plan plan = PolicyPlan({stuck});
  LagPolicy policy(plan, NodeId(1));
  EXPECT_FALSE(policy.OnApply(PartitionId(2), Ms(9)).never);
  policy.Heal();
  EXPECT_TRUE(policy.OnApply(PartitionId(2), Ms(10)).never);
  EXPECT_TRUE(policy.NeverAnswers(PartitionId(2), Ms(1000)));
  EXPECT_FALSE(policy.OnApply(PartitionId(1), Ms(1000)).never);
  EXPECT_TRUE(IsStuckForEver(plan, NodeId(1), PartitionId(2)));
  EXPECT_FALSE(IsStuckForEver(plan, NodeId(1), PartitionId(1)));
}

}  // namespace
}  // namespace tidemark::fault
