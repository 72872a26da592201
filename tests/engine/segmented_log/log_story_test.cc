// Random lives of a segmented log against the model: every call mixed with every kind of death.

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/base/time.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "tests/engine/segmented_log/log_life.h"
#include "tests/support/effort.h"

namespace tidemark::tests {
namespace {

struct Step {
  uint64_t what = 0;
  uint64_t a = 0;
  uint64_t b = 0;
};

struct Verb {
  const char* name;
  uint64_t weight;
  void (*act)(LogLife& log, uint64_t a, uint64_t b);
};

// Opens again and again, dying on the way a few times.
void Reopen(LogLife& log, uint64_t deaths) {
  for (int tries = 0; tries < 20 && log.wrong().empty(); ++tries) {
    if (log.Open(deaths > 0 ? 1 + deaths % 11 : 0)) return;
    log.world().SetCapacity(~uint64_t{0});
    log.world().FailSyncs(0);
    log.world().FailWrites(0);
    deaths % 2 == 0 ? log.Kill() : log.LosePower(500, deaths % 300);
    deaths /= 3;
  }
}

const Verb kVerbs[] = {
    {"append", 30, [](LogLife& log, uint64_t a, uint64_t) { log.Append(a); }},
    {"create", 3, [](LogLife& log, uint64_t, uint64_t) { log.Create(); }},
    {"drop", 2, [](LogLife& log, uint64_t a, uint64_t) { log.Drop(a); }},
    {"overwrite", 6, [](LogLife& log, uint64_t a, uint64_t b) { log.Overwrite(a % 12, b % 9); }},
    {"cut", 3, [](LogLife& log, uint64_t a, uint64_t) { log.Cut(a % 8); }},
    {"truncate", 3, [](LogLife& log, uint64_t a, uint64_t) { log.TruncatePrefix(a % 30); }},
    {"compact", 3, [](LogLife& log, uint64_t a, uint64_t b) { log.Compact(a, b % 30); }},
    {"pack", 3, [](LogLife& log, uint64_t a, uint64_t b) { log.Pack(a, b * 9); }},
    {"apply_pack", 3, [](LogLife& log, uint64_t a, uint64_t b) { log.ApplyPack(a % 6, b % 12); }},
    {"read", 4, [](LogLife& log, uint64_t a, uint64_t b) { log.Read(a, b % 20); }},
    {"judge", 4, [](LogLife& log, uint64_t a, uint64_t b) { log.Judge(a, b % 90); }},
    {"commit", 5, [](LogLife& log, uint64_t a, uint64_t) { log.Commit(a); }},
    {"flush", 6, [](LogLife& log, uint64_t, uint64_t) { log.Flush(); }},
    {"end_of_batch", 3, [](LogLife& log, uint64_t, uint64_t) { log.log().EndOfBatch(); }},
    {"steps", 14, [](LogLife& log, uint64_t a, uint64_t) { log.RunSteps(a % 14); }},
    {"kill", 3, [](LogLife& log, uint64_t, uint64_t) { log.Kill(), Reopen(log, 0); }},
    {"power", 5, [](LogLife& log, uint64_t a, uint64_t b) { log.LosePower(a, b % 400), Reopen(log, 0); }},
    {"die_opening", 4, [](LogLife& log, uint64_t a, uint64_t b) { log.LosePower(a, b % 300), Reopen(log, b); }},
    {"fail_sync", 1, [](LogLife& log, uint64_t, uint64_t) { log.world().FailSyncs(1); }},
    {"fail_write", 1, [](LogLife& log, uint64_t, uint64_t) { log.world().FailWrites(1); }},
    {"full", 1, [](LogLife& log, uint64_t a, uint64_t) { log.world().SetCapacity(log.world().used_bytes() + a * 9); }},
    {"space", 3,
     [](LogLife& log, uint64_t, uint64_t) {
       log.world().SetCapacity(~uint64_t{0});
       log.log().RetryNow();
     }},
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << kVerbs[step.what].name << "(" << step.a << "," << step.b << ")";
}

struct Story {
  uint64_t seed = 0;
  std::vector<Step> steps;
};
std::ostream& operator<<(std::ostream& out, const Story& story) {
  out << "seed " << story.seed << ":";
  for (const Step& step : story.steps) out << " " << step;
  return out;
}

aof::Options OptionsOf(const Story& story) {
  aof::Options options;
  options.store_id = {.high = 3, .low = 4};
  options.directory = "log";
  options.mode = aof::Options::Mode::kCreateIfMissing;
  options.recent_bytes = 4096;
  options.block_bytes = 512;
  options.max_record_bytes = 1100;
  options.max_batch_bytes = story.seed % 3 == 0 ? 1200 : 3000;
  options.max_head_note_bytes = 256;
  options.segment_bytes = story.seed % 5 == 0 ? 24576 : 8192;
  if (story.seed % 2 == 0) options.flush_delay = Duration::Micros(300);
  options.flush_bytes = 2000;
  if (story.seed % 7 < 5) options.max_known_records = story.seed % 7 * 6;
  return options;
}

// What went wrong; "" for nothing.
std::string Tell(const Story& story, LogLife::Seen* seen = nullptr) {
  LogLife log(story.seed, OptionsOf(story));
  Reopen(log, 0);
  for (const Step& step : story.steps) {
    if (log.is_open() && log.log().poisoned()) {
      log.Kill();
      Reopen(log, 0);
    }
    if (!log.is_open() || !log.wrong().empty()) break;
    kVerbs[step.what].act(log, step.a, step.b);
  }
  if (log.wrong().empty() && log.is_open()) {
    log.LosePower(500, 100);
    Reopen(log, 0);
  }
  if (log.wrong().empty() && !log.is_open()) return "never opened: " + log.last_open().ToString();
  if (seen != nullptr) {
    seen->records += log.seen().records;
    seen->packs += log.seen().packs;
    seen->restarts += log.seen().restarts;
    seen->overwrites += log.seen().overwrites;
    seen->notes += log.seen().notes;
    seen->openings += log.seen().openings;
    seen->verdicts += log.seen().verdicts;
  }
  return log.wrong();
}

Story Shortest(Story story) {
  for (size_t chunk = story.steps.size(); chunk > 0; chunk /= 2) {
    for (size_t at = 0; at < story.steps.size();) {
      Story shorter = story;
      const size_t end = std::min(at + chunk, shorter.steps.size());
      shorter.steps.erase(shorter.steps.begin() + at, shorter.steps.begin() + end);
      if (Tell(shorter).empty()) {
        at += chunk;
      } else {
        story = std::move(shorter);
      }
    }
  }
  return story;
}

uint64_t DrawVerb(uint64_t number) {
  uint64_t total = 0;
  for (const Verb& verb : kVerbs) total += verb.weight;
  number %= total;
  size_t verb = 0;
  while (number >= kVerbs[verb].weight) number -= kVerbs[verb++].weight;
  return verb;
}

Story RandomStory(uint64_t seed) {
  Story story{.seed = seed, .steps = {}};
  Draws draws(RandomKey(seed).Fork("log_story"));
  const uint64_t length = draws.Between(1, 250);
  for (uint64_t i = 0; i < length; ++i) {
    const uint64_t verb = DrawVerb(draws.Uniform(1'000'000));
    const uint64_t a = draws.Uniform(1000);
    const uint64_t b = draws.Uniform(1000);
    story.steps.push_back({verb, a, b});
  }
  return story;
}

RC_GTEST_PROP(LogStory, HoldsWhatItPromisedWhateverHappens, (uint64_t seed)) {
  const auto step =
      rc::gen::build<Step>(rc::gen::set(&Step::what, rc::gen::map(rc::gen::arbitrary<uint32_t>(), DrawVerb)),
                           rc::gen::set(&Step::a, rc::gen::inRange<uint64_t>(0, 1000)),
                           rc::gen::set(&Step::b, rc::gen::inRange<uint64_t>(0, 1000)));
  const Story story{.seed = seed, .steps = *rc::gen::container<std::vector<Step>>(step)};
  if (const std::string wrong = Tell(story); !wrong.empty()) {
    RC_LOG() << Shortest(story);
    RC_FAIL(wrong);
  }
}

TEST(LogStory, HoldsWhatItPromisedOverLongLives) {
  const char* const first = std::getenv("LOG_FIRST_STORY");
  const char* const count = std::getenv("LOG_STORIES");
  const uint64_t begin = first == nullptr ? 1 : std::strtoull(first, nullptr, 10);
  const uint64_t stories = count == nullptr ? SomeOf(800) : std::strtoull(count, nullptr, 10);
  LogLife::Seen seen;
  for (uint64_t seed = begin; seed < begin + stories; ++seed) {
    const Story story = RandomStory(seed);
    if (Tell(story, &seen).empty()) continue;
    const Story shortest = Shortest(story);
    FAIL() << Tell(shortest) << "\n" << shortest;
  }
  std::cout << "records " << seen.records << " packs " << seen.packs << " restarts " << seen.restarts << " overwrites "
            << seen.overwrites << " notes " << seen.notes << " openings " << seen.openings << " verdicts "
            << seen.verdicts << "\n";
  for (uint64_t count_seen :
       {seen.records, seen.packs, seen.restarts, seen.overwrites, seen.notes, seen.openings, seen.verdicts}) {
    EXPECT_GT(count_seen, stories) << "something is hardly looked at";
  }
}

}  // namespace
}  // namespace tidemark::tests
