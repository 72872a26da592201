#include "scenarios/report.h"

#include <algorithm>

#include "gtest/gtest.h"
#include "tests/scenarios/plans.h"

namespace tidemark::scenarios {
namespace {

constexpr NodeId kFirst{1};

sim::TraceRecord Event(uint64_t ordinal, int64_t micros, TraceKind kind, uint64_t partition,
                       std::array<uint64_t, 4> args) {
  return {ordinal, Instant() + Duration::Micros(micros), kFirst, {kind, PartitionId(partition), args}};
}
sim::TraceRecord Event(uint64_t ordinal, int64_t micros, sim::SimTraceKind kind, std::array<uint64_t, 4> args) {
  return Event(ordinal, micros, static_cast<TraceKind>(kind), 0, args);
}

// An acknowledged record of partition 2 that a power loss took.
RunResult LostRecord() {
  RunResult result;
  Violation violation{.oracle = "R1",
                      .at = Instant() + Duration::Micros(400),
                      .node = kFirst,
                      .partition = PartitionId(2),
                      .raft_index = RaftIndex(9),
                      .partition_index = PartitionIndex(3)};
  result.verdict = {VerdictKind::kDurability, "R1",
                    "recovery ended p2 at i2 although records to i3 had been acknowledged", violation};
  result.census.events = 9;
  result.ladders = {"n1 appended r8 durable r8"};
  result.fault_hits = {{1, 1}, {2, 0}};
  result.trace = {
      Event(1, 100, TraceKind::kAppended, 1, {8, 5, 100, 77}),
      Event(2, 110, TraceKind::kAppended, 2, {9, 3, 100, 78}),
      Event(3, 200, TraceKind::kDurable, 0, {7, 9}),
      Event(4, 210, TraceKind::kAcknowledged, 2, {9, 3}),
      Event(5, 220, TraceKind::kForwarded, 1, {8, 5, 77}),
      Event(6, 300, sim::kPowerLost, {1, 0, 0, 4}),
      Event(7, 350, sim::kNodeStarted, {2}),
      Event(8, 400, TraceKind::kRecovered, 0, {8, 8, 0}),
      Event(9, 500, TraceKind::kForwarded, 1, {8, 5, 77}),
  };
  return result;
}

fault::Plan PlanWithTwoFaults() {
  return PlanOf(5, "fault 1 at 300us node=1 power_loss\nfault 2 at 900us node=1 process_crash\n");
}

TEST(Report, OneScreenTellsWhatBrokeWhyAndHowToSeeItAgain) {
  EXPECT_EQ(Report(PlanWithTwoFaults(), LostRecord(), {}),
            R"(durability: scenario test, seed 5
R1 acked_survive: nothing acknowledged is lost
  recovery ended p2 at i2 although records to i3 had been acknowledged
ladder
  n1 appended r8 durable r8
events (7 of 9)
       2      0.110000ms n1 appended p2 raft_index=9 partition_index=3 payload_bytes=100 payload_crc=78
       3      0.200000ms n1 durable from=7 to=9
       4      0.210000ms n1 acknowledged p2 raft_index=9 partition_index=3
       5      0.220000ms n1 forwarded p1 raft_index=8 partition_index=5 payload_crc=77
       6      0.300000ms n1 power_lost life=1 in_recovery=0 pieces_kept=0 pieces_lost=4
       7      0.350000ms n1 node_started life=2
       8      0.400000ms n1 recovered appended=8 durable=8 truncated=0
faults that acted (1 others did not)
  300us n1 power_loss (fault 1) 1 time
again   ./tidemark replay --scenario test --seed 5
digest  bb67ae8584caa73b6a09e667f3bcc908
)");
}

TEST(Report, ACrashNamesTheCheck) {
  RunResult result = LostRecord();
  result.verdict = {VerdictKind::kCrash, "CHECK", "engine/aof/core.cc:12: CHECK failed: a <= b (2 vs. 1)",
                    absl::nullopt};
  const std::string text = Report(PlanWithTwoFaults(), result, {});
  EXPECT_NE(text.find("crash: scenario test, seed 5\nCHECK: "), std::string::npos) << text;
  EXPECT_NE(text.find("core.cc:12: CHECK failed: a <= b (2 vs. 1)"), std::string::npos) << text;
}

TEST(Report, APlanFromAFileIsReplayedFromThere) {
  EXPECT_EQ(ReplayCommand(PlanWithTwoFaults(), LostRecord().verdict, {.plan_path = "out/shrunk.plan"}),
            "./tidemark replay out/shrunk.plan");
}

TEST(Report, RunsThatDifferAreReplayedTwice) {
  RunResult result = LostRecord();
  result.verdict = {VerdictKind::kNondeterminism, "", "event 7 differs", absl::nullopt};
  const std::string text = Report(PlanWithTwoFaults(), result, {});
  EXPECT_NE(text.find("again   ./tidemark replay --scenario test --seed 5 --twice\n"), std::string::npos) << text;
  EXPECT_EQ(ReplayCommand(PlanWithTwoFaults(), result.verdict, {.plan_path = "out/shrunk.plan"}),
            "./tidemark replay out/shrunk.plan --twice");
}

TEST(Report, HoweverMuchHappenedItFitsOneScreen) {
  RunResult result = LostRecord();
  fault::Plan plan = PlanWithTwoFaults();
  for (uint64_t i = 10; i < 400; ++i) {
    result.trace.push_back(Event(i, 400, sim::kFaultHit, {i, 0, 0, 0}));
    plan.faults.push_back(plan.faults[0]);
    plan.faults.back().id = i;
    result.fault_hits[i] = 3;
    result.ladders.push_back(std::string(5000, 'x'));
    result.verdict.cause += "\nand another line";
  }
  const std::string text = Report(plan, result, {});
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), kMaxReportLines) << text;
}

}  // namespace
}  // namespace tidemark::scenarios
