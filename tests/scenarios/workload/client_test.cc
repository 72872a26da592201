// What clients do, seen from the trace of whole runs.

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "scenarios/report.h"
#include "scenarios/runner.h"
#include "tests/scenarios/plans.h"

namespace tidemark::scenarios {
namespace {

// Counts what the clients of the plan brought about, until the heal.
class Seen final : public sim::TraceObserver {
 public:
  void OnTrace(const sim::TraceRecord& record) override {
    healed_ = healed_ || record.event.kind == static_cast<TraceKind>(sim::kHealed);
    if (healed_ || record.event.partition == kSystemPartition) return;
    if (record.event.kind == TraceKind::kAppended) {
      appended.push_back(record);
      most_unanswered = std::max(most_unanswered, appended.size() - acknowledged.size());
    }
    if (record.event.kind == TraceKind::kAcknowledged) acknowledged.push_back(record);
    if (record.event.kind == TraceKind::kPartitionDropping) dropping_ = record.event.partition;
    if (record.event.kind == TraceKind::kPartitionDropped) dropping_ = kSystemPartition;
    if (record.event.kind != TraceKind::kRefused) return;
    ++refused;
    if (record.event.partition == dropping_) ++refused_while_dropping;
    most_refused_bytes = std::max(most_refused_bytes, record.event.args[1]);
  }

  std::vector<sim::TraceRecord> appended, acknowledged;
  size_t most_unanswered = 0;
  size_t refused = 0;
  size_t refused_while_dropping = 0;
  uint64_t most_refused_bytes = 0;

 private:
  bool healed_ = false;
  PartitionId dropping_;
};

Seen RunOf(absl::string_view lines) {
  Seen seen;
  const fault::Plan plan = PlanOf(9, lines);
  const RunResult result = scenarios::Run(plan, {.observer = &seen});
  EXPECT_TRUE(result.verdict.passed()) << Report(plan, result, {});
  return seen;
}

TEST(Client, KeepsSoManyUnansweredAndNoMore) {
  const Seen seen = RunOf("op 1 at 1ms node=1 append count=60 bytes=10 inflight=5\n");
  EXPECT_EQ(seen.acknowledged.size(), 60u);
  EXPECT_EQ(seen.most_unanswered, 5u);
}

TEST(Client, WaitsBetweenTwo) {
  const Seen seen = RunOf("op 1 at 5ms node=1 append count=10 bytes=10 every=2ms\n");
  ASSERT_EQ(seen.appended.size(), 10u);
  EXPECT_GE(seen.appended[0].time, Instant() + Duration::Millis(5));
  for (size_t i = 1; i < 10; ++i) EXPECT_GE(seen.appended[i].time - seen.appended[i - 1].time, Duration::Millis(2));
}

TEST(Client, WritesToOnePartitionOrToAll) {
  const Seen one = RunOf("op 1 at 1ms node=1 append count=30 bytes=10 partition=2\n");
  for (const sim::TraceRecord& record : one.appended) EXPECT_EQ(record.event.partition, PartitionId(2));
  const Seen all = RunOf("op 1 at 1ms node=1 append count=60 bytes=10\n");
  for (uint64_t p = 1; p <= 3; ++p) {
    EXPECT_TRUE(std::any_of(all.appended.begin(), all.appended.end(),
                            [&](const auto& record) { return record.event.partition == PartitionId(p); }));
  }
}

TEST(Client, DrawsSizesFromTheRange) {
  const Seen seen = RunOf("op 1 at 1ms node=1 append count=200 bytes=10 bytes_max=13\n");
  uint64_t least = 1000, most = 0;
  for (const sim::TraceRecord& record : seen.appended) {
    least = std::min(least, record.event.args[2]);
    most = std::max(most, record.event.args[2]);
  }
  EXPECT_EQ(least, 10u);
  EXPECT_EQ(most, 13u);
}

TEST(Client, SendsSeveralInOneCall) {
  const Seen seen = RunOf("op 1 at 1ms node=1 append count=200 bytes=10 inflight=1 batch=7\n");
  EXPECT_EQ(seen.acknowledged.size(), 200u);
  EXPECT_EQ(seen.most_unanswered, 7u) << "one call at a time";
  for (size_t i = 1; i < 200; ++i) {
    const TraceEvent& before = seen.acknowledged[i - 1].event;
    if (seen.acknowledged[i].time != seen.acknowledged[i - 1].time) continue;
    EXPECT_EQ(seen.acknowledged[i].event.partition, before.partition) << "records of a call are of one partition";
    EXPECT_EQ(seen.acknowledged[i].event.args[1], before.args[1] + 1);
  }
}

TEST(Client, ReplacesAllRecordsOfACallThatALimitRefused) {
  const Seen seen = RunOf(R"(
set max_unapplied_records 8
set apply_latency 1ms
op 1 at 1ms node=1 append count=100 bytes=10 partition=1 inflight=20 batch=6
)");
  EXPECT_GT(seen.refused, 0u);
  EXPECT_EQ(seen.acknowledged.size(), 100u);
  EXPECT_EQ(seen.appended.size(), 100u) << "of a refused call no record was taken";
}

TEST(Client, SplitsACallThatIsTooLargeForEver) {
  const Seen seen = RunOf(R"(
set max_unapplied_records 3
op 1 at 1ms node=1 append count=60 bytes=10 partition=1 inflight=1 batch=20
)");
  EXPECT_GT(seen.refused, 0u);
  EXPECT_EQ(seen.acknowledged.size(), 60u);
}

TEST(Client, ReplacesRecordsThatALimitRefused) {
  const Seen seen = RunOf(R"(
set max_unapplied_records 3
set apply_latency 1ms
op 1 at 1ms node=1 append count=30 bytes=10 partition=1 inflight=8
)");
  EXPECT_GT(seen.refused, 0u);
  EXPECT_EQ(seen.acknowledged.size(), 30u);
  EXPECT_EQ(seen.appended.size(), 30u) << "a refused record was not taken";
}

TEST(Client, ReplacesRecordsWhoseFateACrashHides) {
  const Seen seen = RunOf(R"(
op 1 at 1ms node=1 append count=200 bytes=100
fault 1 at 1500us node=1 power_loss keep=0
fault 2 at 8ms node=1 process_crash after_io=3
)");
  EXPECT_EQ(seen.acknowledged.size(), 200u);
  EXPECT_GT(seen.appended.size(), 200u);
}

TEST(Client, GivesUpOnRecordsThatWillNeverBeTaken) {
  const Seen seen = RunOf(R"(
set max_record_bytes 100
op 1 at 1ms node=1 append count=5 bytes=101
op 2 at 1ms node=1 append count=5 bytes=100
)");
  EXPECT_EQ(seen.refused, 5u);
  EXPECT_EQ(seen.acknowledged.size(), 5u);
}

TEST(Client, MakesNoMoreOfARecordThanItTakesToBeRefused) {
  const Seen seen = RunOf(R"(
set max_record_bytes 100
op 1 at 1ms node=1 append count=5 bytes=1m bytes_max=2m
op 2 at 1ms node=1 append count=5 bytes=100
)");
  EXPECT_EQ(seen.refused, 5u);
  EXPECT_EQ(seen.most_refused_bytes, 101u);
}

TEST(Client, APartitionThatIsDroppedAndCreatedAgainStartsAnew) {
  const Seen seen = RunOf(R"(
op 1 at 1ms node=1 append count=30 bytes=10 partition=2
op 2 at 30ms node=1 drop partition=2
op 3 at 30100us node=1 create partition=2
op 4 at 60ms node=1 append count=10 bytes=10 partition=2
)");
  ASSERT_EQ(seen.acknowledged.size(), 40u);
  EXPECT_EQ(seen.appended[29].event.args[1], 30u);
  EXPECT_EQ(seen.appended[30].event.args[1], 1u);
}

TEST(Client, RecordsForAPartitionThatIsGoneAreSentOnceAndRefused) {
  const Seen seen = RunOf(R"(
op 1 at 1ms node=1 append count=10 bytes=10 partition=1
op 2 at 20ms node=1 drop partition=2
op 3 at 40ms node=1 append count=7 bytes=10 partition=2
fault 1 at 60ms node=1 power_loss
)");
  EXPECT_EQ(seen.refused, 7u);
  EXPECT_EQ(seen.acknowledged.size(), 10u);
}

TEST(Client, SomeRecordsAreSentWhileTheDropIsUnderWay) {
  const Seen seen = RunOf(R"(
op 1 at 1ms node=1 append count=400 bytes=10 partition=2 inflight=2
op 2 at 1ms node=1 append count=400 bytes=10 partition=2 inflight=2
op 3 at 1ms node=1 append count=400 bytes=10 partition=2 inflight=2
op 4 at 1ms node=1 append count=400 bytes=10 partition=2 inflight=2
op 5 at 5ms node=1 drop partition=2
)");
  EXPECT_GT(seen.refused_while_dropping, 0u);
}

TEST(Client, ADropIsAskedForAgainAfterACrashUntilItHasHappened) {
  for (int io = 1; io <= 12; ++io) {
    const Seen seen = RunOf(absl::StrCat(R"(
op 1 at 1ms node=1 append count=10 bytes=10
op 2 at 20ms node=1 drop partition=2
op 3 at 21ms node=1 create partition=2
op 4 at 22ms node=1 append count=5 bytes=10 partition=2
fault 1 at 19900us node=1 power_loss keep=500 after_io=)",
                                         io, "\n"));
    EXPECT_GE(seen.acknowledged.size() + seen.refused, 15u) << io;
  }
}

TEST(Client, BarriersAndFollowersAreAnswered) {
  RunOf(R"(
set apply_latency 1ms
op 1 at 1ms node=1 append count=40 bytes=10
op 2 at 5ms node=1 barrier
op 3 at 5ms node=1 follow partition=1 count=30
op 4 at 6ms node=1 barrier partition=2
op 5 at 9ms node=1 snapshot partition=1
op 6 at 12ms node=1 drop partition=1
)");
}

TEST(Client, APartitionThatIsStuckForEverHoldsUpNobodyElse) {
  const Seen seen = RunOf(R"(
set max_unapplied_records 5
op 1 at 1ms node=1 append count=20 bytes=10 partition=1
op 2 at 1ms node=1 append count=20 bytes=10 partition=2
op 3 at 2ms node=1 barrier
fault 1 at 0s node=1 apply_stuck partition=1
)");
  EXPECT_EQ(seen.acknowledged.size(), 25u);
  EXPECT_GT(seen.refused, 0u);
}

TEST(Client, AppendsBeginWhenTheirPartitionIsThere) {
  const Seen seen = RunOf("set partitions 40\nop 1 at 0s node=1 append count=10 bytes=10 partition=40\n");
  EXPECT_EQ(seen.refused, 0u);
  EXPECT_EQ(seen.acknowledged.size(), 10u);
}

}  // namespace
}  // namespace tidemark::scenarios
