#include "tests/engine/aof/story.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/aof/options.h"
#include "engine/base/random.h"
#include "tests/engine/aof/log_model.h"

namespace tidemark::aof {
namespace {

constexpr const char* kNames[kDoKinds] = {
    "append", "note",    "flush",       "steps",     "quiet",      "cut",          "truncate",     "read",
    "kill",   "power",   "die_opening", "fail_sync", "fail_write", "refuse_write", "short_writes", "full",
    "space",  "restart", "write_now",   "neighbour", "read_all",   "append_all"};

// Opens again and again, dying on the way a few times.
void Reopen(LogModel& log, uint64_t deaths) {
  for (int tries = 0; tries < 20 && log.wrong().empty(); ++tries) {
    const uint64_t freeze_after = deaths > 0 ? 1 + deaths % 11 : 0;
    if (log.Open(freeze_after)) return;
    // Full disk or an injected error: taken back for the next try.
    log.world().SetCapacity(~uint64_t{0});
    log.world().FailSyncs(0);
    log.world().FailWrites(0);
    log.world().RefuseWrites(0);
    if (deaths % 2 == 0) {
      log.Kill();
    } else {
      log.LosePower(500, deaths % 300);
    }
    deaths /= 3;
  }
}

void Perform(LogModel& log, const Command& command) {
  switch (command.what) {
    case Do::kAppend: return log.Append(command.a % 10 == 0 ? command.b : command.a % 90);
    case Do::kNote: return log.Note(command.a % 100);
    case Do::kFlush: return log.Flush();
    case Do::kSteps: return log.RunSteps(command.a % 12);
    case Do::kQuiet: return log.RunUntilQuiet();
    case Do::kCut: return log.Cut(command.a % 8);
    case Do::kTruncate: return log.TruncatePrefix(command.a % 30);
    case Do::kRead: return command.b % 2 == 0 ? log.Read(command.a) : log.ReadLater(command.a, 1 + command.b % 7);
    case Do::kKill: log.Kill(); return Reopen(log, 0);
    case Do::kPower: log.LosePower(command.a, command.b % 400); return Reopen(log, 0);
    case Do::kDieOpening: log.LosePower(command.a, command.b % 300); return Reopen(log, command.b);
    case Do::kFailSync: return log.world().FailSyncs(1);
    case Do::kFailWrite: return log.world().FailWrites(1);
    case Do::kRefuseWrite: return log.world().RefuseWrites(1);
    case Do::kShortWrites: return log.world().ShortenWrites(command.a % 2 == 0 ? 0 : 512 + command.b);
    case Do::kFull: return log.world().SetCapacity(log.world().used_bytes() + command.a * 9);
    case Do::kSpace: log.world().SetCapacity(~uint64_t{0}); return log.aof().RetryNow();
    case Do::kRestart: return log.Restart(command.a % 40, command.b % 3 == 0);
    case Do::kWriteNow: return log.aof().WriteNow();
    case Do::kNeighbour: return log.UseNeighbour();
    case Do::kReadAll: return log.ReadAll(1 + command.a % 7);
    case Do::kAppendAll: return log.AppendAll(1 + command.a % 9, command.a % 4 == 0 ? command.b : command.b % 90);
  }
}

void Live(LogModel& log, const Story& story) {
  log.open_may_fail = true;
  Reopen(log, 0);
  for (const Command& command : story.commands) {
    if (!log.wrong().empty()) return;
    if (log.is_open() && log.aof().poisoned()) {
      log.Kill();
      Reopen(log, 0);
    }
    if (!log.is_open()) return;
    Perform(log, command);
  }
}

}  // namespace

Options OptionsOf(const Story& story) {
  const uint64_t shape = story.seed % 60;
  Options options;
  options.store_id = {.high = 3, .low = 4};
  options.log_id = 1;
  options.directory = "log";
  options.mode = Options::Mode::kCreateIfMissing;
  options.block_bytes = shape % 4 == 0 ? 4096 : 512;
  options.max_record_bytes = 1100;
  options.max_batch_bytes = shape % 3 == 0 ? 1200 : 3000;
  options.max_head_note_bytes = 64;
  options.segment_bytes = options.block_bytes == 512 ? 8192 : 32768;
  if (shape % 5 == 0) options.segment_bytes *= 3;
  if (story.seed % 7 < 3) options.first_segment_bytes = options.block_bytes == 512 ? 4096 : 16384;
  options.prepare_ahead = story.seed % 7 == 2 || story.seed % 7 == 5;
  if (shape % 2 == 0) options.flush_delay = Duration::Micros(300);
  options.flush_bytes = 2000;
  options.scan_sealed = story.seed / 7 % 2 == 0;
  if (story.seed % 11 < 8) options.max_known_records = story.seed % 11 * 4;
  if (story.seed % 13 > 3) options.recent_bytes = story.seed % 13 * story.seed % 13 * 100;
  return options;
}

const int kWeights[kDoKinds] = {30, 4, 6, 12, 4, 5, 4, 4, 4, 6, 5, 2, 1, 1, 1, 2, 3, 1, 2, 5, 4, 8};

std::ostream& operator<<(std::ostream& out, const Command& command) {
  return out << kNames[static_cast<int>(command.what)] << "(" << command.a << "," << command.b << ")";
}

std::ostream& operator<<(std::ostream& out, const Story& story) {
  out << "seed " << story.seed << ":";
  for (const Command& command : story.commands) out << " " << command;
  return out;
}

Story RandomStory(uint64_t seed) {
  Story story{.seed = seed, .commands = {}};
  Draws draws(RandomKey(seed).Fork("story"));
  uint64_t total = 0;
  for (int weight : kWeights) total += weight;
  const uint64_t length = draws.Between(1, 250);
  for (uint64_t i = 0; i < length; ++i) {
    uint64_t at = draws.Uniform(total);
    int kind = 0;
    while (at >= static_cast<uint64_t>(kWeights[kind])) at -= kWeights[kind++];
    const uint64_t a = draws.Uniform(1000);
    const uint64_t b = draws.Uniform(1000);
    story.commands.push_back({.what = static_cast<Do>(kind), .a = a, .b = b});
  }
  return story;
}

std::string Tell(const Story& story) {
  LogModel log(story.seed, OptionsOf(story));
  Live(log, story);
  if (log.wrong().empty() && log.is_open()) {
    log.LosePower(500, 100);
    Reopen(log, 0);
  }
  if (log.wrong().empty() && !log.is_open()) return absl::StrCat("never opened: ", log.last_open.ToString());
  return log.wrong();
}

std::unique_ptr<tests::MemoryWorld> Remains(const Story& story) {
  LogModel log(story.seed, OptionsOf(story));
  Live(log, story);
  if (!log.wrong().empty() || !log.is_open()) return nullptr;
  log.RunUntilQuiet();
  for (int i = 0; i < 3; ++i) log.Append(900);
  log.RunSteps(story.seed % 4);  // a write may be under way
  log.LosePower(500, 200);
  return log.world().Clone(story.seed);
}

Story Shortest(Story story) {
  for (size_t chunk = story.commands.size(); chunk > 0; chunk /= 2) {
    for (size_t at = 0; at < story.commands.size();) {
      Story shorter = story;
      const size_t end = std::min(at + chunk, shorter.commands.size());
      shorter.commands.erase(shorter.commands.begin() + at, shorter.commands.begin() + end);
      if (Tell(shorter).empty()) {
        at += chunk;
      } else {
        story = std::move(shorter);
      }
    }
  }
  return story;
}

}  // namespace tidemark::aof
