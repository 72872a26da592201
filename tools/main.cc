// The tidemark program: one noun a subcommand, each in a file of its own.

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fault/nearest_name.h"
#include "tools/exit_code.h"
#include "tools/flags.h"
#include "tools/list_command.h"
#include "tools/replay_command.h"
#include "tools/run_command.h"
#include "tools/shrink_command.h"
#include "tools/store/inspect_command.h"
#include "tools/store/repair_command.h"
#include "tools/store/verify_command.h"

namespace tidemark::tools {
namespace {

struct Command {
  absl::string_view name;
  int (*run)(const std::vector<std::string>& arguments);
  std::string (*help)();
};

constexpr Command kCommands[] = {
    {"run", RunCommand, RunHelp},
    {"replay", ReplayCommand, ReplayHelp},
    {"shrink", ShrinkCommand, ShrinkHelp},
    {"list", ListCommand, ListHelp},
    {"inspect", InspectCommand, InspectHelp},
    {"verify", VerifyCommand, VerifyHelp},
    {"repair", RepairCommand, RepairHelp},
};

int Main(std::vector<std::string> arguments) {
  bool help = Flags::WantsHelp(arguments);
  if (!arguments.empty() && arguments[0] == "help") {
    help = true;
    arguments.erase(arguments.begin());
  }
  std::vector<absl::string_view> known;
  for (const Command& command : kCommands) {
    known.push_back(command.name);
    if (arguments.empty() || arguments[0] != command.name) continue;
    if (help) {
      std::cout << command.help();
      return 0;
    }
    return command.run({arguments.begin() + 1, arguments.end()});
  }
  if (!arguments.empty())
    return Unusable(absl::StrCat("there is no command ", arguments[0], fault::SuggestName(arguments[0], known)));
  for (const Command& command : kCommands) std::cout << command.help() << "\n";
  return help ? 0 : 2;
}

}  // namespace
}  // namespace tidemark::tools

int main(int argc, char** argv) { return tidemark::tools::Main({argv + 1, argv + argc}); }
