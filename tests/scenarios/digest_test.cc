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
    {"steady_append", 1, "771ec8c7a6631e4b6a05a0393bf20105"},
    {"torn_tail", 2, "eac8ebbedbc23fd8ff35cee94cbe57cb"},
    {"failed_sync", 3, "f70b26bd432cf0bab9a3c916febcb1f8"},
    {"bit_rot", 4, "da9627de14b9b0b610bde31041c05a4d"},
    {"rotation_truncation", 5, "1f4658bf1f34a57ec74033d25bffc3f5"},
    {"disk_gone", 6, "e20eb512bc4c46852edad47d22100375"},
    {"swarm", 7, "c6e7758fb9837d4acd12cf5c2252d55c"},
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
