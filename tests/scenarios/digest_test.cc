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
    {"steady_append", 1, "eb526ce0e47665dfc67e97099ca7fb05"},
    {"torn_tail", 2, "75844637962416a43f423e16a52a8e88"},
    {"failed_sync", 3, "ebb483eeb9cabcc37176d9889b7e9ca3"},
    {"bit_rot", 4, "4bd7b0f3ef153fcf0c02dfecf089a3b1"},
    {"rotation_truncation", 5, "aab855d71470af59d437ec9add825245"},
    {"disk_gone", 6, "916ae82d7c7a4b84e1dff003748ca435"},
    {"swarm", 7, "c91e3d41fb178cb064facbb1414c6399"},
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
