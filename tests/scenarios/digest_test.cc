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
    {"steady_append", 1, "c76421285ef0d0187177f1459825594a"},
    {"torn_tail", 2, "5bfeb7998057e38940cf4730445a66ef"},
    {"failed_sync", 3, "7ac2d637c534e3a4ac94be4acd77a2d4"},
    {"bit_rot", 4, "ebdd48a0294a1f0e40a41e3845779f07"},
    {"rotation_truncation", 5, "8ca7fff193381bc32910e762acf02b8e"},
    {"disk_gone", 6, "a180153fd3ec252912419e7990e70750"},
    {"swarm", 7, "319a405816a830bca0299fbba4efa62d"},
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
