// The life of a store's process, told by what the census saw: starts, failures, refusals, honest ends.

#include "gtest/gtest.h"
#include "scenarios/report.h"
#include "scenarios/runner.h"
#include "tests/scenarios/plans.h"

namespace tidemark::scenarios {
namespace {

// Some records, and the given lines beside.
RunResult RunWith(absl::string_view lines) {
  const fault::Plan plan = PlanOf(3, absl::StrCat("op 1 at 1ms node=1 append count=40 bytes=50 every=200us\n", lines));
  RunResult result = scenarios::Run(plan, {});
  EXPECT_TRUE(result.verdict.passed()) << Report(plan, result, {});
  return result;
}
bool Reached(const RunResult& result, RareState state) { return result.census.reached[static_cast<size_t>(state)] > 0; }
uint64_t Hits(const RunResult& result, uint64_t fault) { return result.fault_hits.at(fault); }

TEST(StoreProcess, ACreationThatCrashesIsBegunAgain) {
  for (int io : {1, 4, 9, 14}) {
    const RunResult result = RunWith(absl::StrCat("fault 1 at 0s node=1 power_loss down=1ms after_io=", io, "\n"));
    EXPECT_TRUE(Reached(result, RareState::kCrashWhileCreating)) << io;
    EXPECT_EQ(result.census.acknowledged, 43u);
  }
}

TEST(StoreProcess, AFailedLogIsRestartedAtOnce) {
  const RunResult result = RunWith("fault 1 at 3ms for 2ms node=1 failed_sync files=log/* count=1\n");
  EXPECT_TRUE(Reached(result, RareState::kLogPoisoned));
  EXPECT_EQ(result.census.recoveries, 3u) << "start, after the failure, clean restart";
}

TEST(StoreProcess, AFailedPartitionIsRestartedAfterAWhile) {
  const RunResult result = RunWith("fault 1 at 3ms for 6ms node=1 failed_sync files=p-* count=1\n");
  EXPECT_TRUE(Reached(result, RareState::kPartitionStopped));
  EXPECT_FALSE(Reached(result, RareState::kLogPoisoned));
  EXPECT_EQ(result.census.recoveries, 3u);
}

TEST(StoreProcess, ARecoveryThatCannotReadTriesAgain) {
  const RunResult result = RunWith(
      "fault 1 at 4ms node=1 process_crash down=1ms\n"
      "fault 2 at 5ms for 20ms node=1 read_error\n");
  EXPECT_GT(Hits(result, 2), 1u);
  EXPECT_EQ(result.census.recoveries, 3u);
}

// The partition was created, filled and applied while syncs lied. Its machine keeps all that, or part of it, over the
// loss of power, and starts anew with the partition that is created in its place. Where the log still has the drop of
// the one before it, recovery tells the machine of that.
TEST(StoreProcess, AMachineForgetsThePartitionThatALyingDiskLost) {
  for (const absl::string_view truncation : {"", "op 3 at 27ms node=1 truncate\n"}) {
    for (uint64_t seed = 3; seed <= 12; ++seed) {
      const fault::Plan plan = PlanOf(seed, absl::StrCat(R"(
op 1 at 1ms node=1 append count=20 bytes=10 partition=1
op 2 at 20ms node=1 drop partition=2
op 4 at 30100us node=1 create partition=2
op 5 at 32ms node=1 append count=10 bytes=10 partition=2
op 6 at 60ms node=1 append count=10 bytes=10 partition=2
fault 1 at 30ms for 25ms node=1 lost_sync
fault 2 at 50ms node=1 power_loss keep=0
)",
                                                         truncation));
      const RunResult result = scenarios::Run(plan, {});
      EXPECT_TRUE(result.verdict.passed()) << Report(plan, result, {});
    }
  }
}

TEST(StoreProcess, AnEmptyDiskIsAnHonestEnd) {
  const RunResult result = RunWith("fault 1 at 6ms node=1 disk_loss\n");
  EXPECT_TRUE(Reached(result, RareState::kStoreMissing));
  EXPECT_EQ(result.census.recoveries, 1u);
}

TEST(StoreProcess, ADiskOfAnotherStoreIsAnHonestEnd) {
  const RunResult result = RunWith("fault 1 at 6ms node=1 disk_swap with=0\n");
  EXPECT_TRUE(Reached(result, RareState::kStoreMissing));
  EXPECT_EQ(result.census.recoveries, 1u);
}

TEST(StoreProcess, TwoNodesWithEachOthersDiskRefuseBoth) {
  const RunResult result = RunWith(
      "set nodes 2\n"
      "op 2 at 1ms node=2 append count=40 bytes=50 every=200us\n"
      "fault 1 at 6ms node=1 disk_swap with=2\n");
  EXPECT_TRUE(Reached(result, RareState::kStoreMissing));
  EXPECT_EQ(result.census.recoveries, 2u);
}

TEST(StoreProcess, ASectorThatStaysUnreadableIsNotTriedForEver) {
  const fault::Plan plan = PlanOf(3, R"(
op 1 at 1ms node=1 append count=40 bytes=50
fault 1 at 5ms node=1 latent_sector_error files=log/* count=60
fault 2 at 6ms node=1 process_crash
)");
  const RunResult result = scenarios::Run(plan, {});
  EXPECT_TRUE(result.verdict.passed()) << Report(plan, result, {});
  EXPECT_EQ(result.census.recoveries, 1u);
  EXPECT_LT(result.census.events, 20'000u);
}

}  // namespace
}  // namespace tidemark::scenarios
