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
    {"steady_append", 1, "41e87b2617439c08077d57ef55458495"},
    {"torn_tail", 2, "82bb1a360867d33b0a1f4e928c388fa5"},
    {"failed_sync", 3, "c8f31b3409e62f0cb324112824915930"},
    {"bit_rot", 4, "dce085b09436b713c481672f34c66e10"},
    {"rotation_truncation", 5, "8ca7fff193381bc32910e762acf02b8e"},
    {"disk_gone", 6, "c4ed4300324b7ab56745dfa276588216"},
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
