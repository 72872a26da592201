// Plans as text: printing and parsing are exact inverses, and a bad plan is told where and what was expected.

#include "fault/plan_text.h"

#include <algorithm>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tidemark::fault {
namespace {

constexpr absl::string_view kHead = "tidemark-plan 1\nscenario x\nseed 1\n";

std::string ErrorOf(absl::string_view text) { return std::string(ParsePlan(text).status().message()); }
// Of line 4, after a good head.
std::string ErrorAfterHead(absl::string_view line) { return ErrorOf(absl::StrCat(kHead, line)); }

Plan ParseOrEmpty(absl::string_view text) {
  absl::StatusOr<Plan> plan = ParsePlan(text);
  EXPECT_TRUE(plan.ok()) << plan.status();
  return plan.ok() ? *std::move(plan) : Plan();
}

// --- any plan ---------------------------------------------------------------------------------------------

void SetParams(absl::Span<const Param> params, ParamValues& values) {
  for (const Param param : params) {
    const ParamInfo& info = InfoOf(param);
    values.Set(param, *rc::gen::weightedOneOf<int64_t>({{2, rc::gen::just(info.fallback)},
                                                        {1, rc::gen::just(info.min)},
                                                        {1, rc::gen::just(info.max)},
                                                        {4, rc::gen::inRange<int64_t>(info.min, info.max)}}));
  }
}

Instant AnyInstant() { return Instant::FromNanos(*rc::gen::inRange<int64_t>(0, int64_t{1} << 58)); }

NodeId AnyNode(const Plan& plan) {
  return NodeId(*rc::gen::inRange<uint64_t>(1, static_cast<uint64_t>(plan.settings[Setting::kNodes]) + 1));
}

// What it has of nodes and partitions.
void KeepToPlan(const Plan& plan, ParamValues& values) {
  values.Set(Param::kWith, std::min(values[Param::kWith], plan.settings[Setting::kNodes]));
  values.Set(Param::kPartition, std::min(values[Param::kPartition], plan.settings[Setting::kPartitions]));
}

Plan AnyPlan() {
  Plan plan;
  plan.scenario = *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(std::string("abz_09"))));
  plan.scenario = plan.scenario.substr(0, 64);
  plan.seed = *rc::gen::arbitrary<uint64_t>();
  for (int s = 0; s < kSettingCount; ++s) {
    const SettingInfo& info = InfoOf(static_cast<Setting>(s));
    const int64_t value = *rc::gen::inRange<int64_t>(info.min / info.multiple, info.max / info.multiple) *
                          info.multiple;
    plan.settings.Set(static_cast<Setting>(s), value);
    if (FindProblem(plan.settings).has_value()) plan.settings.Set(static_cast<Setting>(s), info.fallback);
  }
  if (FindProblem(plan.settings).has_value()) plan.settings = Settings();
  const int operations = *rc::gen::inRange(0, 6), faults = *rc::gen::inRange(0, 12);
  for (int i = 0; i < operations; ++i) {
    Operation op;
    op.id = static_cast<uint64_t>(i) * 3;
    op.kind = static_cast<OpKind>(*rc::gen::inRange(0, kOpKindCount));
    op.node = AnyNode(plan);
    op.at = AnyInstant();
    SetParams(InfoOf(op.kind).params, op.params);
    KeepToPlan(plan, op.params);
    plan.operations.push_back(op);
  }
  for (int i = 0; i < faults; ++i) {
    Fault fault;
    fault.id = UINT64_MAX - static_cast<uint64_t>(i);
    fault.kind = static_cast<FaultKind>(*rc::gen::inRange(0, kFaultKindCount));
    fault.node = AnyNode(plan);
    fault.at = AnyInstant();
    const FaultKindInfo& info = InfoOf(fault.kind);
    if (info.windowed) fault.length = AnyInstant() - Instant();
    if (info.has_files) fault.files = *rc::gen::element<std::string>("*", "log/*", "p-000?/x=y");
    SetParams(info.params, fault.params);
    KeepToPlan(plan, fault.params);
    if (fault.params[Param::kWith] == static_cast<int64_t>(fault.node.value())) fault.params.Set(Param::kWith, 0);
    plan.faults.push_back(fault);
  }
  return plan;
}

RC_GTEST_PROP(PlanTextTest, AnyPlanPrintsAndParsesToItself, ()) {
  const Plan plan = AnyPlan();
  const std::string text = PrintPlan(plan);
  const absl::StatusOr<Plan> again = ParsePlan(text);
  if (!again.ok()) RC_FAIL(absl::StrCat(again.status().message(), "\n", text));
  RC_ASSERT(*again == plan);
  RC_ASSERT(PrintPlan(*again) == text);
}

// --- what is written ----------------------------------------------------------------------------------------

TEST(PlanTextTest, OnlyWhatDiffersFromTheDefaultIsPrinted) {
  Plan plan;
  plan.scenario = "torn_tail";
  plan.seed = 7;
  plan.settings.Set(Setting::kPartitions, 5);
  plan.settings.Set(Setting::kSyncLatency, 1'500'000);
  Operation op;
  op.id = 1;
  op.at = Instant() + Duration::Millis(2);
  op.params.Set(Param::kCount, 100);
  plan.operations.push_back(op);
  Fault fault;
  fault.id = 9;
  fault.kind = FaultKind::kLostSync;
  fault.at = Instant() + Duration::Micros(1500);
  fault.length = Duration::Seconds(1);
  fault.files = "log/*";
  plan.faults.push_back(fault);
  EXPECT_EQ(PrintPlan(plan), R"(tidemark-plan 1
scenario torn_tail
seed 7
set partitions 5
set sync_latency 1500us
op 1 at 2ms node=1 append count=100
fault 9 at 1500us for 1s node=1 lost_sync files=log/*
)");
}

TEST(PlanTextTest, PeopleMayCommentIndentAndShorten) {
  const Plan plan = ParseOrEmpty(R"(# a story
tidemark-plan 1   # the version

	scenario  x
seed 18446744073709551615
set segment_bytes 1m
set partition_segment_bytes 128k
op 4 at 0s node=1 append  partition=any bytes=4k
fault 1 at 3s node=1 power_loss tear=byte sector=4096 when=recovery after_io=1
)");
  EXPECT_EQ(plan.seed, UINT64_MAX);
  EXPECT_EQ(plan.settings[Setting::kSegmentBytes], 1 << 20);
  EXPECT_EQ(plan.operations.at(0).params[Param::kBytes], 4096);
  EXPECT_EQ(plan.operations.at(0).params[Param::kPartition], kAnyPartition);
  EXPECT_EQ(plan.faults.at(0).params[Param::kTear], 2);
  EXPECT_EQ(plan.faults.at(0).params[Param::kSector], 1);
  EXPECT_EQ(plan.faults.at(0).params[Param::kWhen], 1);
}

// --- what is refused ------------------------------------------------------------------------------------------

TEST(PlanTextTest, AWholePlanNeedsItsHead) {
  EXPECT_EQ(ErrorOf(""), "line 1, column 1: expected 'tidemark-plan 1' before the end of the file");
  EXPECT_EQ(ErrorOf("seed 1"), "line 1, column 1: expected 'tidemark-plan 1' as the first line, found 'seed'");
  EXPECT_EQ(ErrorOf("tidemark-plan 2"),
            "line 1, column 1: expected 'tidemark-plan 1' as the first line, found 'tidemark-plan'");
  EXPECT_EQ(ErrorOf("tidemark-plan 1\nseed 1\n"),
            "line 3, column 1: expected a line 'scenario NAME' before the end of the file");
  EXPECT_EQ(ErrorOf("tidemark-plan 1\nscenario x"),
            "line 2, column 1: expected a line 'seed N' before the end of the file");
}

TEST(PlanTextTest, ABadLineIsToldWhereAndWhatWasExpected) {
  const struct {
    absl::string_view line, error;
  } kCases[] = {
      {"sede 1", "line 4, column 1: expected a line; did you mean 'seed'?, found 'sede'"},
      {"seed 2", "line 4, column 1: expected 'seed' only once, found 'seed'"},
      {"scenario X", "line 4, column 10: expected a scenario's name of 1 to 64 letters a-z, digits and '_', found 'X'"},
      {"seed -1", "line 4, column 6: expected a seed from 0 to 18446744073709551615, found '-1'"},
      {"set",
       "line 4, column 4: expected a setting (one of: nodes, partitions, segment_bytes, partition_segment_bytes, "
       "block_bytes, max_record_bytes, max_batch_bytes, partition_flush_delay, partition_flush_bytes, "
       "partition_window_bytes, max_unapplied_records, auto_truncate, capacity_bytes, read_latency, "
       "write_latency, sync_latency, apply_latency, safety_time, liveness_time, open_partitions, recovery_policy, "
       "max_unapplied_bytes, max_total_unapplied_bytes, max_retained_records, max_lag_records, max_unapplied_age, "
       "max_hold_records, "
       "snapshot_bytes, cache_bytes, max_known_records, first_max_record_bytes, "
       "change_options), found the end of the line"},
      {"set partition 3", "line 4, column 5: expected a setting; did you mean 'partitions'?, found 'partition'"},
      {"set nodes 65", "line 4, column 11: expected a number from 1 to 64, found '65'"},
      {"set nodes 1 2", "line 4, column 13: expected the end of the line, found '2'"},
      {"set segment_bytes 66000", "line 4, column 19: expected a multiple of 4096, found '66000'"},
      {"set segment_bytes 32k",
       "line 4, column 19: expected a size from 65536 to 17179869184 bytes such as 4k, found '32k'"},
      {"set read_latency 5", "line 4, column 18: expected a duration from 0s to 3600s such as 20ms, found '5'"},
      {"set block_bytes 1024", "line 4, column 17: expected block_bytes to be 512 or 4096, found 1024"},
      {"set max_record_bytes 9k",
       "line 4, column 22: expected max_record_bytes to be at most an eighth of segment_bytes: 8192, found 9216"},
      {"op x", "line 4, column 4: expected the operation's id, a number, found 'x'"},
      {"op 1 on 1ms", "line 4, column 6: expected 'at', found 'on'"},
      {"op 1 at 315360001s node=1 flush",
       "line 4, column 9: expected a duration from 0s to 315360000s such as 20ms, found '315360001s'"},
      {"fault 1 at 1ms for 2305843009s node=1 clock_freeze",
       "line 4, column 20: expected a duration from 0s to 315360000s such as 20ms, found '2305843009s'"},
      {"op 1 at 1ms append", "line 4, column 13: expected node=N, N from 1 to 64, found 'append'"},
      {"op 1 at 1ms node=1 apend", "line 4, column 20: expected an operation; did you mean 'append'?, found 'apend'"},
      {"op 1 at 1ms node=1 append size=3",
       "line 4, column 27: expected a parameter name=value (one of: partition, bytes, bytes_max, count, every, "
       "inflight, batch), "
       "found 'size=3'"},
      {"op 1 at 1ms node=1 flush count=3",
       "line 4, column 26: expected a parameter name=value (this kind has none), found 'count=3'"},
      {"op 1 at 1ms node=1 drop count=1",
       "line 4, column 25: expected a parameter name=value (one of: partition), found 'count=1'"},
      {"op 1 at 1ms node=1 folow", "line 4, column 20: expected an operation; did you mean 'follow'?, found 'folow'"},
      {"op 1 at 1ms node=1 barrier partition=-2",
       "line 4, column 28: expected any, or a partition from 0 to 1000000000, found 'partition=-2'"},
      {"op 1 at 1ms node=1 append count=1 count=2", "line 4, column 35: expected 'count' only once, found 'count=2'"},
      {"op 1 at 1ms node=1 append bytes=1025m",
       "line 4, column 27: expected a size from 0 to 1073741824 bytes such as 4k, found 'bytes=1025m'"},
      {"op 1 at 1ms node=1 append inflight=0",
       "line 4, column 27: expected a number from 1 to 100000, found 'inflight=0'"},
      {"fault 1 at 1ms node=1 pause",
       "line 4, column 16: expected 'for <duration>' before it: pause lasts, found 'node=1'"},
      {"fault 1 at 1ms for 1ms node=1 power_loss",
       "line 4, column 24: expected no 'for <duration>' before it: power_loss happens once, found 'node=1'"},
      {"fault 1 at 1ms node=1 power_loss tear=bits",
       "line 4, column 34: expected one of none, sector, byte, found 'tear=bits'"},
      {"fault 1 at 1ms node=1 bit_rot files=",
       "line 4, column 31: expected a pattern of 1 to 4096 bytes after files=, found 'files='"},
      {"fault 1 at 1ms for 1s node=1 sync_lag partition=-2",
       "line 4, column 39: expected any, or a partition from 0 to 1000000000, found 'partition=-2'"},
  };
  for (const auto& test : kCases) EXPECT_EQ(ErrorAfterHead(test.line), test.error) << test.line;
}

TEST(PlanTextTest, IdsAreUnique) {
  EXPECT_EQ(ErrorAfterHead("op 1 at 1ms node=1 flush\nop 1 at 2ms node=1 flush"),
            "line 5, column 4: expected an id that no other operation has, found '1'");
  EXPECT_EQ(ErrorAfterHead("fault 1 at 1ms node=1 power_loss\nfault 1 at 2ms node=1 power_loss"),
            "line 5, column 7: expected an id that no other fault has, found '1'");
  EXPECT_TRUE(ParsePlan(absl::StrCat(kHead, "op 1 at 1ms node=1 flush\nfault 1 at 1ms node=1 power_loss")).ok());
}

TEST(PlanTextTest, ItemsAreOfNodesThatThePlanHas) {
  EXPECT_EQ(ErrorAfterHead("op 1 at 1ms node=2 flush"),
            "line 4, column 13: expected a node of the plan, which has 1, found 'node=2'");
  EXPECT_EQ(ErrorAfterHead("fault 1 at 1ms node=1 disk_swap with=7"),
            "line 4, column 33: expected a node of the plan, which has 1, found 'with=7'");
  EXPECT_EQ(ErrorAfterHead("fault 1 at 1ms node=9 disk_swap with=8\nop 1 at 1ms node=7 flush\nset nodes 6"),
            "line 4, column 16: expected a node of the plan, which has 6, found 'node=9'");
  EXPECT_EQ(ErrorAfterHead("op 1 at 1ms node=2 flush\nfault 1 at 1ms node=1 disk_swap with=2\nset nodes 2"), "");
}

TEST(PlanTextTest, DisksChangePlacesBetweenTwoNodes) {
  EXPECT_EQ(ErrorAfterHead("set nodes 2\nfault 1 at 1ms node=2 disk_swap with=2"),
            "line 5, column 33: expected another node than the fault's own, found 'with=2'");
}

TEST(PlanTextTest, ItemsAreOfPartitionsThatThePlanHas) {
  EXPECT_EQ(ErrorAfterHead("op 1 at 1ms node=1 barrier partition=4"),
            "line 4, column 28: expected a partition of the plan, which has 3, found 'partition=4'");
  EXPECT_EQ(ErrorAfterHead("op 1 at 1ms node=1 barrier partition=4\nset partitions 4"), "");
  EXPECT_EQ(ErrorAfterHead("op 1 at 1ms node=1 barrier partition=any"), "");
}

TEST(PlanTextTest, LongWordsAreShortenedInErrors) {
  EXPECT_EQ(ErrorAfterHead(std::string(1000, 'y')),
            absl::StrCat("line 4, column 1: expected a line (one of: scenario, seed, set, op, fault), found '",
                         std::string(40, 'y'), "...'"));
}

TEST(PlanTextTest, TooMuchIsRefusedBeforeItIsKept) {
  EXPECT_EQ(ErrorOf(std::string((16u << 20) + 1, '#')), "the plan is 16777217 bytes; at most 16777216 are read");
  std::string text(kHead);
  for (int i = 0; i <= 100'000; ++i) absl::StrAppend(&text, "op ", i, " at 1ms node=1 flush\n");
  EXPECT_EQ(ErrorOf(text), "line 100004, column 1: expected at most 100000 operations, found 'op'");
}

TEST(PlanTextTest, FlagsUseTheSameDurationsAndSizes) {
  EXPECT_EQ(*ParseDurationNanos("20ms"), 20'000'000);
  EXPECT_EQ(*ParseDurationNanos("-2ms"), -2'000'000);
  EXPECT_EQ(*ParseDurationNanos("7ns"), 7);
  EXPECT_EQ(*ParseDurationNanos("1500us"), 1'500'000);
  EXPECT_FALSE(ParseDurationNanos("9223372036854775807s").ok());
  EXPECT_FALSE(ParseDurationNanos("1.5s").ok());
  EXPECT_FALSE(ParseDurationNanos("3").ok());
  EXPECT_EQ(*ParseBytes("4k"), 4096);
  EXPECT_EQ(*ParseBytes("1g"), 1 << 30);
  EXPECT_EQ(*ParseBytes("17"), 17);
  EXPECT_FALSE(ParseBytes("-1").ok());
  EXPECT_FALSE(ParseBytes("9223372036854775807k").ok());
}

}  // namespace
}  // namespace tidemark::fault
