#pragma once

// The flags of one subcommand: --name value or --name=value, in any order, among words that are not flags.
//
//   Flags flags("replay", "one seed, or one plan file");
//   flags.Number("seed", &seed, "which seed");
//   absl::StatusOr<std::vector<std::string>> words = flags.Parse(arguments);
//
// Each flag writes to a variable that outlives the Parse; the variable's value before it is the default that the help
// shows. A mistake is INVALID_ARGUMENT and names the nearest flag.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/base/time.h"

namespace tidemark::tools {

class Flags {
 public:
  // `words`: what stands beside the flags, for the help: "[scenario...]".
  Flags(absl::string_view command, absl::string_view words, absl::string_view doc)
      : command_(command), words_(words), doc_(doc) {}

  void Switch(absl::string_view name, bool* value, absl::string_view doc);  // --name alone sets it
  void Number(absl::string_view name, uint64_t* value, absl::string_view doc);
  void Text(absl::string_view name, std::string* value, absl::string_view doc);
  void Time(absl::string_view name, Duration* value, absl::string_view doc);  // 90s, 20ms, 5m, 2h

  // The words, in order. After "--" everything is a word.
  absl::StatusOr<std::vector<std::string>> Parse(absl::Span<const std::string> arguments) const;
  // --help was among the arguments: nothing else was looked at.
  static bool WantsHelp(absl::Span<const std::string> arguments);
  std::string Help() const;

 private:
  struct Flag {
    std::string name;
    std::string kind;   // "N"; empty for a switch
    std::string start;  // the default, as text
    std::string doc;
    std::function<absl::Status(absl::string_view)> set;
  };
  const Flag* Find(absl::string_view name) const;

  std::string command_;
  std::string words_;
  std::string doc_;
  std::vector<Flag> flags_;
};

// Also minutes and hours.
absl::StatusOr<Duration> ParseTime(absl::string_view text);

}  // namespace tidemark::tools
