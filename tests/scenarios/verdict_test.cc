#include "scenarios/verdict.h"

#include <set>

#include "gtest/gtest.h"
#include "scenarios/oracles/all_oracles.h"

namespace tidemark::scenarios {
namespace {

TEST(Verdict, LostOrDamagedPromisesAreDurability) {
  for (absl::string_view id : {"R1", "R4", "R6"}) EXPECT_EQ(VerdictOf(id), VerdictKind::kDurability) << id;
}

TEST(Verdict, EveryOracleHasAVerdictOfItsKind) {
  for (const OracleInfo& info : OracleInfos()) {
    const VerdictKind kind = VerdictOf(info.id);
    EXPECT_NE(kind, VerdictKind::kPass) << info.id;
    EXPECT_EQ(kind == VerdictKind::kLiveness, info.id == "V1" || info.id == "V3") << info.id;
    EXPECT_EQ(kind == VerdictKind::kVacuous, info.id == "S1") << info.id;
  }
}

TEST(Verdict, ACheckIsTheSameFailureOnlyWhereItStands) {
  const Verdict one{VerdictKind::kCrash, "CHECK", "a.cc:1: CHECK failed: a < b (3 vs. 2)", absl::nullopt, "a.cc:1"};
  Verdict other = one;
  other.cause = "a.cc:1: CHECK failed: a < b (7 vs. 5)";
  EXPECT_TRUE(SameFailure(one, other)) << "with other numbers";
  other.what = "a.cc:2";
  EXPECT_FALSE(SameFailure(one, other));
}

TEST(Verdict, KindsAreToldApartByExitCode) {
  std::set<absl::string_view> names;
  for (int code : {0, 10, 11, 12, 13, 14, 15}) names.insert(VerdictName(static_cast<VerdictKind>(code)));
  EXPECT_EQ(names.size(), 7u);
  EXPECT_EQ(names.count("unknown"), 0u);
}

}  // namespace
}  // namespace tidemark::scenarios
