#include "fault/plan_text.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "fault/plan.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tidemark::fault {
namespace {

constexpr char kHead[] = "tidemark-plan 1\nscenario s\nseed 1\n";

std::string Error(absl::string_view text) { return std::string(ParsePlan(text).status().message()); }
std::string LineError(absl::string_view line) { return Error(absl::StrCat(kHead, line, "\n")); }

// --- any plan prints and parses to itself -----------------------------------------------------------------------

int64_t AnyIn(int64_t min, int64_t max) {
  // Edges as often as the middle.
  return *rc::gen::oneOf(rc::gen::element(min, max), rc::gen::inRange(min, max));
}

void Fill(absl::Span<const Param> params, ParamValues& values) {
  for (const Param param : params) values.Set(param, AnyIn(InfoOf(param).min, InfoOf(param).max));
}

Instant AnyTime() { return Instant::FromNanos(AnyIn(0, int64_t{1} << 50)); }

Plan AnyPlan() {
  Plan plan;
  plan.scenario = *rc::gen::element<std::string>("torn_tail", "x", "9_");
  plan.seed = *rc::gen::arbitrary<uint64_t>();
  Settings settings;
  for (int i = 0; i < kSettingCount; ++i) {
    const SettingInfo& info = InfoOf(static_cast<Setting>(i));
    if (*rc::gen::arbitrary<bool>()) continue;
    settings.Set(static_cast<Setting>(i), AnyIn(info.min / info.multiple, info.max / info.multiple) * info.multiple);
  }
  if (!FindProblem(settings).has_value()) plan.settings = settings;
  const int items = *rc::gen::inRange(0, 8);
  for (int i = 1; i <= items; ++i) {
    Operation op;
    op.id = static_cast<uint64_t>(i) * 1'000;
    op.kind = static_cast<OpKind>(*rc::gen::inRange(0, kOpKindCount));
    op.node = NodeId(static_cast<uint64_t>(AnyIn(1, 64)));
    op.at = AnyTime();
    Fill(InfoOf(op.kind).params, op.params);
    plan.operations.push_back(std::move(op));
    Fault fault;
    fault.id = static_cast<uint64_t>(i);
    fault.kind = static_cast<FaultKind>(*rc::gen::inRange(0, kFaultKindCount));
    const FaultKindInfo& info = InfoOf(fault.kind);
    fault.node = NodeId(static_cast<uint64_t>(AnyIn(1, 64)));
    fault.at = AnyTime();
    if (info.windowed) fault.length = AnyTime() - Instant();
    if (info.has_files) fault.files = *rc::gen::element<std::string>("*", "log/*.aof", "p/?");
    Fill(info.params, fault.params);
    plan.faults.push_back(std::move(fault));
  }
  return plan;
}

RC_GTEST_PROP(PlanTextTest, APlanPrintsAndParsesToItself, ()) {
  const Plan plan = AnyPlan();
  const std::string text = PrintPlan(plan);
  const absl::StatusOr<Plan> parsed = ParsePlan(text);
  RC_LOG() << text << parsed.status();
  RC_ASSERT(parsed.ok());
  RC_ASSERT(*parsed == plan);
  RC_ASSERT(PrintPlan(*parsed) == text);
}

// --- what is left out, and what is wrong --------------------------------------------------------------------------

TEST(PlanTextTest, DefaultsAreLeftOut) {
  Plan plan;
  plan.scenario = "s";
  plan.seed = 1;
  plan.operations.emplace_back().id = 1;
  EXPECT_EQ(PrintPlan(plan), absl::StrCat(kHead, "op 1 at 0s node=1 append\n"));
}

TEST(PlanTextTest, CommentsAndEmptyLinesAreNothing) {
  const absl::StatusOr<Plan> plan = ParsePlan("# why\ntidemark-plan 1\n\nscenario s # its name\n  seed   1\n");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->scenario, "s");
}

TEST(PlanTextTest, AMistakeIsNamedWithItsPlace) {
  const std::pair<absl::string_view, absl::string_view> kCases[] = {
      {"op x", "line 4, column 4: expected the operation's id"},
      {"op 1 at soon", "line 4, column 9: expected a duration"},
      {"op 1 at 1s node=0", "line 4, column 12: expected node=N"},
      {"op 1 at 1s node=1 apend", "line 4, column 19: expected an operation; did you mean 'append'?"},
      {"op 1 at 1s node=1 append cuont=1", "line 4, column 26: expected a parameter name=value; did you mean 'count'?"},
      {"op 1 at 1s node=1 append inflight=0", "line 4, column 26: expected"},
      {"op 1 at 1s node=1 append bytes=1 bytes=2", "line 4, column 34: expected 'bytes' only once"},
      {"op 1 at 1s node=1 flush\nop 1 at 1s node=1 flush",
       "line 5, column 4: expected an id that no other operation has"},
      {"fault 1 at 1s node=1 pause", "'for <duration>' before it: pause lasts"},
      {"fault 1 at 1s for 1s node=1 power_loss", "no 'for <duration>' before it: power_loss happens once"},
      {"fault 1 at 1s node=1 power_loss keep=1001", "line 4, column 33: expected"},
      {"set segment_bites 1m", "line 4, column 5: expected a setting; did you mean 'segment_bytes'?"},
      {"set block_bytes 1024", "line 4"},
      {"set max_record_bytes 1m", "at most an eighth of segment_bytes"},
      {"what", "line 4, column 1: expected a line"},
      {"seed 2", "line 4, column 1: expected 'seed' only once"},
  };
  for (const auto& [line, part] : kCases) {
    EXPECT_NE(LineError(line).find(std::string(part)), std::string::npos) << line << "\n" << LineError(line);
  }
}

TEST(PlanTextTest, TheHeadIsNotOptional) {
  EXPECT_NE(Error("").find("expected 'tidemark-plan 1'"), std::string::npos) << Error("");
  EXPECT_NE(Error("tidemark-plan 2\n").find("expected 'tidemark-plan 1' as the first line"), std::string::npos);
  EXPECT_NE(Error("tidemark-plan 1\nscenario s\n").find("'seed N'"), std::string::npos);
}

TEST(PlanTextTest, NumbersHaveUnits) {
  EXPECT_EQ(*ParseDurationNanos("-2ms"), -2'000'000);
  EXPECT_EQ(*ParseDurationNanos("1500us"), 1'500'000);
  EXPECT_EQ(*ParseBytes("64k"), 65'536);
  for (const char* bad : {"", "5", "1m", "99999999999999999s"}) EXPECT_FALSE(ParseDurationNanos(bad).ok()) << bad;
  for (const char* bad : {"", "-1", "1kb", "99999999999g"}) EXPECT_FALSE(ParseBytes(bad).ok()) << bad;
}

}  // namespace
}  // namespace tidemark::fault
