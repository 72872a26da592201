// Random lives of a log against the model.

#include <cstdlib>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "tests/engine/aof/story.h"
#include "tests/support/effort.h"

namespace tidemark::aof {
namespace {

rc::Gen<Command> Commands() {
  std::vector<Do> kinds;
  for (int kind = 0; kind < kDoKinds; ++kind) kinds.insert(kinds.end(), kWeights[kind], static_cast<Do>(kind));
  return rc::gen::build<Command>(rc::gen::set(&Command::what, rc::gen::elementOf(kinds)),
                                 rc::gen::set(&Command::a, rc::gen::inRange<uint64_t>(0, 1000)),
                                 rc::gen::set(&Command::b, rc::gen::inRange<uint64_t>(0, 1000)));
}

RC_GTEST_PROP(AofModel, HoldsWhatItPromisedWhateverHappens, (uint64_t seed)) {
  const Story story{.seed = seed, .commands = *rc::gen::container<std::vector<Command>>(Commands())};
  if (const std::string wrong = Tell(story); !wrong.empty()) {
    RC_LOG() << Shortest(story);
    RC_FAIL(wrong);
  }
}

TEST(AofModel, HoldsWhatItPromisedOverLongLives) {
  const char* const first = std::getenv("AOF_FIRST_STORY");
  const char* const count = std::getenv("AOF_STORIES");
  const uint64_t begin = first == nullptr ? 1 : std::strtoull(first, nullptr, 10);
  const uint64_t stories = count == nullptr ? tests::SomeOf(2000) : std::strtoull(count, nullptr, 10);
  for (uint64_t seed = begin; seed < begin + stories; ++seed) {
    const Story story = RandomStory(seed);
    if (Tell(story).empty()) continue;
    const Story shortest = Shortest(story);
    FAIL() << Tell(shortest) << "\n" << shortest;
  }
}

}  // namespace
}  // namespace tidemark::aof
