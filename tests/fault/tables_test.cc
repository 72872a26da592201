// The tables that parser, printer, generator and documents read.

#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "fault/fault.h"
#include "fault/operation.h"
#include "fault/param.h"
#include "fault/plan.h"
#include "gtest/gtest.h"

namespace tidemark::fault {
namespace {

bool IsName(absl::string_view name) {
  return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == absl::string_view::npos;
}

template <typename Kind>
void ExpectNames(int count) {
  std::set<absl::string_view> names;
  for (int i = 0; i < count; ++i) {
    const auto& info = InfoOf(static_cast<Kind>(i));
    EXPECT_TRUE(IsName(info.name)) << i << ": '" << info.name << "'";
    EXPECT_TRUE(names.insert(info.name).second) << info.name << " twice";
    EXPECT_FALSE(info.doc.empty()) << info.name;
  }
}

TEST(TablesTest, EveryRowHasANameOfItsOwnAndASentence) {
  ExpectNames<FaultKind>(kFaultKindCount);
  ExpectNames<OpKind>(kOpKindCount);
  ExpectNames<Param>(kParamCount);
  ExpectNames<Setting>(kSettingCount);
}

TEST(TablesTest, DefaultsLieWithinTheirRanges) {
  for (int i = 0; i < kParamCount; ++i) {
    const ParamInfo& info = InfoOf(static_cast<Param>(i));
    EXPECT_LE(info.min, info.fallback) << info.name;
    EXPECT_LE(info.fallback, info.max) << info.name;
    EXPECT_EQ(ParamValues()[static_cast<Param>(i)], info.fallback) << info.name;
    if (info.type == ParamType::kPermille) {
      EXPECT_EQ(info.max, 1000) << info.name;
    }
  }
  for (int i = 0; i < kSettingCount; ++i) {
    const SettingInfo& info = InfoOf(static_cast<Setting>(i));
    EXPECT_LE(info.min, info.fallback) << info.name;
    EXPECT_LE(info.fallback, info.max) << info.name;
    EXPECT_EQ(info.fallback % info.multiple, 0) << info.name;
    EXPECT_EQ(Settings()[static_cast<Setting>(i)], info.fallback) << info.name;
  }
}

TEST(TablesTest, ChoicesHaveANameForEachValue) {
  for (int i = 0; i < kParamCount; ++i) {
    const ParamInfo& info = InfoOf(static_cast<Param>(i));
    if (info.type != ParamType::kChoice) continue;
    for (size_t value = 0; value < info.choices.size(); ++value) {
      EXPECT_EQ(!info.choices[value].empty(), value <= static_cast<size_t>(info.max)) << info.name << " " << value;
    }
  }
}

TEST(TablesTest, LagAndClockFaultsTouchNoFilesByName) {
  for (int i = 0; i < kFaultKindCount; ++i) {
    const FaultKindInfo& info = InfoOf(static_cast<FaultKind>(i));
    if (info.has_files) {
      EXPECT_EQ(info.group, FaultGroup::kDisk) << info.name;
    }
  }
}

TEST(TablesTest, DefaultSettingsStartAnEngine) { EXPECT_FALSE(FindProblem(Settings()).has_value()); }

TEST(TablesTest, SettingsThatContradictEachOtherAreNamed) {
  Settings settings;
  settings.Set(Setting::kMaxRecordBytes, 8193);
  ASSERT_TRUE(FindProblem(settings).has_value());
  EXPECT_EQ(FindProblem(settings)->setting, Setting::kMaxRecordBytes);
  EXPECT_EQ(FindProblem(settings)->expected, "at most an eighth of segment_bytes: 8192");
  settings.Set(Setting::kSegmentBytes, 1 << 20);
  EXPECT_EQ(FindProblem(settings)->expected, "at most an eighth of partition_segment_bytes: 8192");
  settings.Set(Setting::kPartitionSegmentBytes, 1 << 20);
  EXPECT_FALSE(FindProblem(settings).has_value());
  settings.Set(Setting::kBlockBytes, 1024);
  EXPECT_EQ(FindProblem(settings)->expected, "512 or 4096");
}

TEST(TablesTest, LimitsByWhichOneStuckPartitionWouldStopAllAreNamed) {
  const struct {
    Setting shared, own;
    absl::string_view expected;
  } kCases[] = {
      {Setting::kMaxTotalUnappliedBytes, Setting::kMaxUnappliedBytes,
       "above max_unapplied_bytes = 70, or partitions 1"},
      {Setting::kMaxRetainedRecords, Setting::kMaxHoldRecords, "above max_hold_records = 70, or partitions 1"},
  };
  for (const auto& c : kCases) {
    Settings settings;
    settings.Set(c.own, 70);
    settings.Set(c.shared, 70);
    ASSERT_TRUE(FindProblem(settings).has_value());
    EXPECT_EQ(FindProblem(settings)->setting, c.shared);
    EXPECT_EQ(FindProblem(settings)->expected, c.expected);
    settings.Set(Setting::kPartitions, 1);
    EXPECT_FALSE(FindProblem(settings).has_value());
    settings.Set(Setting::kPartitions, 2);
    settings.Set(c.shared, 71);
    EXPECT_FALSE(FindProblem(settings).has_value());
  }
}

TEST(GlobTest, StarsMatchRunsAndQuestionMarksOne) {
  const struct {
    absl::string_view pattern, text;
    bool matches;
  } kCases[] = {
      {"*", "", true},
      {"*", "log/1.aof", true},
      {"log/*", "log/1.aof", true},
      {"log/*", "p-1/1.aof", false},
      {"p-*", "p-1/1.aof", true},
      {"?", "", false},
      {"a?c", "abc", true},
      {"a?c", "ac", false},
      {"*.aof", "x.aof", true},
      {"*.aof", "x.aofx", false},
      {"a*b*c", "axxbyyc", true},
      {"a*b*c", "axxcyyb", false},
      {"", "", true},
      {"", "a", false},
      {"**", "abc", true},
      {"*a*a*a*", "aa", false},
  };
  for (const auto& test : kCases)
    EXPECT_EQ(GlobMatches(test.pattern, test.text), test.matches) << test.pattern << " " << test.text;
}

TEST(OperationTest, StepsChooseForThemselves) {
  Operation op;
  op.id = 3;
  op.params.Set(Param::kBytes, 10);
  op.params.Set(Param::kBytesMax, 20);
  op.params.Set(Param::kCount, 100);
  EXPECT_EQ(op.Steps(), 100u);
  std::set<uint64_t> partitions, sizes;
  for (uint64_t step = 0; step < 200; ++step) {
    partitions.insert(op.PartitionOf(1, step, 3).value());
    sizes.insert(op.BytesOf(1, step));
    EXPECT_EQ(op.PartitionOf(1, step, 3), op.PartitionOf(1, step, 3));
  }
  EXPECT_EQ(partitions, (std::set<uint64_t>{1, 2, 3}));
  EXPECT_EQ(*sizes.begin(), 10u);
  EXPECT_EQ(*sizes.rbegin(), 20u);
}

TEST(OperationTest, FixedPartitionAndSizeAreKept) {
  Operation op;
  op.params.Set(Param::kPartition, 7);
  op.params.Set(Param::kBytes, 10);
  EXPECT_EQ(op.PartitionOf(1, 5, 3), PartitionId(7));
  EXPECT_EQ(op.BytesOf(1, 5), 10u);
  EXPECT_EQ(op.Steps(), 1u);
}

}  // namespace
}  // namespace tidemark::fault
