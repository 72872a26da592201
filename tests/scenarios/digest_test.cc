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
    {"steady_append", 1, "30cc6927f796a11159ce579eaa18c3a8"},
    {"torn_tail", 2, "d7a78dd2f9d265bb56be2191fc3468b8"},
    {"failed_sync", 3, "7ac2d637c534e3a4ac94be4acd77a2d4"},
    {"bit_rot", 4, "3aa080f68d6040631e6445f3742366b8"},
    {"rotation_truncation", 5, "633b8dad15e661402686b8b9e57839e7"},
    {"disk_gone", 6, "5bbd886271eb702bf3b222fca12ef7b5"},
    {"swarm", 7, "342c250f55678d288dbec2744e572727"},
    {"swarm_hostile", 8, "4617b3039fbc12a56fe12fe65fe1bf92"},
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
