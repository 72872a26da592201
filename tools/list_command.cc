#include "tools/list_command.h"

#include <algorithm>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "fault/nearest_name.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/rare_state.h"
#include "scenarios/scenario.h"
#include "tools/exit_code.h"
#include "tools/flags.h"

namespace tidemark::tools {
namespace {

Flags MakeFlags() {
  return Flags(
      "list", "[scenarios|faults|oracles|rare]",
      "What there is: scenarios to run, faults that plans may order, truths that are checked, rare states that "
      "suites must reach.");
}

void PrintRow(absl::string_view name, absl::string_view doc) {
  std::cout << absl::StrFormat("  %-30s %s\n", name, doc);
}

void ListScenarios() {
  std::cout << "scenarios\n";
  for (const scenarios::Scenario& each : scenarios::Scenarios()) PrintRow(each.name, each.doc);
}

void ListFaults() {
  std::cout << "faults\n";
  for (int i = 0; i < fault::kFaultKindCount; ++i) {
    const fault::FaultKindInfo& info = fault::InfoOf(static_cast<fault::FaultKind>(i));
    std::string doc(info.doc);
    if (info.severity == fault::Severity::kBeyond) doc += " (a correct store may refuse, but must not lie)";
    PrintRow(info.name, doc);
  }
}

void ListOracles() {
  std::cout << "oracles\n";
  for (const scenarios::OracleInfo& info : scenarios::OracleInfos()) {
    PrintRow(absl::StrCat(info.id, " ", info.name), info.truth);
  }
}

void ListRareStates() {
  std::cout << "rare states\n";
  for (int i = 0; i < scenarios::kRareStateCount; ++i) {
    const scenarios::RareStateInfo& info = scenarios::InfoOf(static_cast<scenarios::RareState>(i));
    PrintRow(info.name, info.doc);
  }
}

}  // namespace

std::string ListHelp() { return MakeFlags().Help(); }

int ListCommand(const std::vector<std::string>& arguments) {
  const auto words = MakeFlags().Parse(arguments);
  if (!words.ok()) return Unusable(words.status());
  const std::pair<absl::string_view, void (*)()> kLists[] = {
      {"scenarios", ListScenarios}, {"faults", ListFaults}, {"oracles", ListOracles}, {"rare", ListRareStates}};
  std::vector<absl::string_view> known;
  for (const auto& [name, list] : kLists) known.push_back(name);
  for (const std::string& word : *words) {
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    return Unusable(absl::StrCat("there is no list of ", word, fault::SuggestName(word, known)));
  }
  for (const auto& [name, list] : kLists) {
    if (words->empty() || std::find(words->begin(), words->end(), name) != words->end()) list();
  }
  return 0;
}

}  // namespace tidemark::tools
