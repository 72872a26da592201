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
    {"steady_append", 1, "59bb93c1d4eb3f297b22a40bc2e60b72"},
    {"torn_tail", 2, "98a7a9399379b4a4686270ffbfaf627a"},
    {"failed_sync", 3, "1abeaed81d0331bfc9fbda6904fb3ad0"},
    {"bit_rot", 4, "28d3913e88e756c66ca802024d1e2ab0"},
    {"rotation_truncation", 5, "241e10b8cb8b4d14cc7961de39a5c3fe"},
    {"disk_gone", 6, "ea3a47322799f920807d7243a1d40698"},
    {"swarm", 7, "1ffff4106db5c5e575bdf9f63897b106"},
    {"swarm_hostile", 8, "eb74d4cc3716af3cf1da8e41f6a52881"},
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
