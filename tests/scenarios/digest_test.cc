// Fixed seeds and their digests: the same for every compiler, optimisation level and sanitizer. A change of what a run
// does changes them; `tidemark replay --scenario X --seed S` prints the new ones.

#include "gtest/gtest.h"
#include "scenarios/runner.h"
#include "scenarios/scenario.h"

namespace tidemark::scenarios {
namespace {

struct Row {
  const char* scenario;
  uint64_t seed;
  const char* digest;
};

constexpr Row kRows[] = {
    {"steady_append", 1, "5cdea993d5f83902b246be5af1e928d4"},
    {"torn_tail", 2, "fcca320324bcebe9c1ba4e1815edb91c"},
    {"failed_sync", 3, "bb13fbcc00bb743409c1200e1956ea9c"},
    {"bit_rot", 4, "51ac9f990395c931db22e500d13a3981"},
    {"rotation_truncation", 5, "e0c89ee4fa464bbe20699ddd17c1bd8f"},
    {"disk_gone", 6, "35f241492c91f87bb813d1f7c99f8783"},
    {"swarm", 7, "9ac627a2b6c8239b0bda17ab5487d44b"},
    {"swarm_hostile", 8, "c2a722be031419fe78947a9893bcd409"},
};

TEST(Digest, FixedSeedsRunTheSameEverywhere) {
  for (const Row& row : kRows) {
    const Scenario* scenario = FindScenario(row.scenario);
    ASSERT_NE(scenario, nullptr) << row.scenario;
    const RunResult result = scenarios::Run(scenario->make_plan(row.seed), {});
    EXPECT_EQ(result.digest.ToString(), row.digest) << row.scenario << " " << row.seed;
  }
}

}  // namespace
}  // namespace tidemark::scenarios
