#pragma once

// A story is a seed and a list of commands: one or several lives of a log, with what befalls it, told against the
// model. Stories are values: they print, they are generated and shrunk.

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "engine/aof/options.h"
#include "tests/support/memory_world.h"

namespace tidemark::aof {

enum class Do {
  kAppend,
  kNote,
  kFlush,
  kSteps,
  kQuiet,
  kCut,
  kTruncate,
  kRead,
  kKill,
  kPower,
  kDieOpening,
  kFailSync,
  kFailWrite,
  kRefuseWrite,
  kShortWrites,
  kFull,
  kSpace,
  kRestart,
  kWriteNow,
  kNeighbour,
  kReadAll,
  kAppendAll,
};
inline constexpr int kDoKinds = 22;

struct Command {
  Do what = Do::kAppend;
  uint64_t a = 0;  // in [0, 1000)
  uint64_t b = 0;
};
std::ostream& operator<<(std::ostream& out, const Command& command);

struct Story {
  uint64_t seed = 0;  // decides sizes, and what a power loss keeps
  std::vector<Command> commands;
};
std::ostream& operator<<(std::ostream& out, const Story& story);

// How often each kind of command is told, of a hundred or so.
extern const int kWeights[kDoKinds];
Story RandomStory(uint64_t seed);
// What went wrong; "" for nothing.
std::string Tell(const Story& story);
// The disk after the story, a last write and a power loss during it, not opened again; nullptr when something went
// wrong.
std::unique_ptr<tests::MemoryWorld> Remains(const Story& story);
Options OptionsOf(const Story& story);
// The same failure in fewer commands.
Story Shortest(Story story);

}  // namespace tidemark::aof
