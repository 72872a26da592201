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
    {"steady_append", 1, "a2b69c2602c7f263c0cb01311ab1d97d"},
    {"torn_tail", 2, "e197be4962dbfc4b45bb6710582a2792"},
    {"failed_sync", 3, "ebb483eeb9cabcc37176d9889b7e9ca3"},
    {"bit_rot", 4, "80f85bd90aa269bd8ea233c472e4c663"},
    {"rotation_truncation", 5, "72f586df7010b291eb2449d8e60ee691"},
    {"disk_gone", 6, "02c8a76e7b2227aad0bad7dcd14d84a0"},
    {"swarm", 7, "6abe6f52b59930182f1097f36f1499e9"},
    {"swarm_hostile", 8, "a4555b79b43b0f7c53e5fca65543e1b3"},
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
