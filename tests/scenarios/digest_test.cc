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
    {"steady_append", 1, "7853fb871f3fb67f49a6a07087b9cc2e"},
    {"torn_tail", 2, "40e4fd08079ff35aa11c4b0e584500d8"},
    {"failed_sync", 3, "5ac30f42168fb1ed9a6c3402e75f0f40"},
    {"bit_rot", 4, "938288bb6678ba6400f9982cf7577e48"},
    {"rotation_truncation", 5, "329caca898d32f1ff836852f73a36ff1"},
    {"disk_gone", 6, "f04ea928d1934b7e44e8bd3b6ee9bfb4"},
    {"swarm", 7, "d545206a9f8b865c90da6ce18ab2d55a"},
    {"swarm_hostile", 8, "b6dbd362888d83766c1119222e6e8b2c"},
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
