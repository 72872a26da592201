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
    {"steady_append", 1, "4fbdb3911908a252becb2fd196631fed"},
    {"torn_tail", 2, "b79412561d055903f037cae554f87517"},
    {"failed_sync", 3, "ebb483eeb9cabcc37176d9889b7e9ca3"},
    {"bit_rot", 4, "80f85bd90aa269bd8ea233c472e4c663"},
    {"rotation_truncation", 5, "96dcde1ebc0384f87bafb0e420da13e6"},
    {"disk_gone", 6, "02c8a76e7b2227aad0bad7dcd14d84a0"},
    {"swarm", 7, "b1588dd1536a7f4ec7eec5448f4cae0c"},
    {"swarm_hostile", 8, "98385c0a5f08f38f094de5c4d4e90c3f"},
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
