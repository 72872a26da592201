#include "tools/plan_source.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "fault/nearest_name.h"
#include "fault/plan_text.h"

namespace tidemark::tools {
namespace {

constexpr size_t kReadBytes = 64u << 10;  // at once: a short plan takes no more memory than that

absl::Status CannotRead(const std::string& path, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("cannot read ", path, ": ", why));
}

// Devices have no end, and directories no text: only what can be a plan is opened.
absl::Status CheckKind(const std::string& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (error) return CannotRead(path, error.message());
  if (std::filesystem::is_regular_file(status) || std::filesystem::is_fifo(status)) return absl::OkStatus();
  return CannotRead(path, std::filesystem::is_directory(status) ? "it is a directory; name a plan file in it"
                                                                : "it is neither a file nor a pipe");
}

// At most one byte more than a plan may have: enough to see that it is too long.
absl::StatusOr<std::string> ReadText(const std::string& path) {
  if (absl::Status status = CheckKind(path); !status.ok()) return status;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  while (file.good() && text.size() <= fault::kMaxPlanBytes) {
    const size_t before = text.size();
    text.resize(std::min(before + kReadBytes, fault::kMaxPlanBytes + 1));
    file.read(&text[before], static_cast<std::streamsize>(text.size() - before));
    text.resize(before + static_cast<size_t>(file.gcount()));
  }
  if (!file.is_open()) return CannotRead(path, "it can not be opened");
  if (file.bad()) return CannotRead(path, "reading failed");
  if (text.size() > fault::kMaxPlanBytes)
    return CannotRead(path, absl::StrCat("it is longer than the ", fault::kMaxPlanBytes, " bytes of the longest plan"));
  return text;
}

absl::StatusOr<fault::Plan> ReadPlan(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadText(path);
  if (!text.ok()) return text.status();
  absl::StatusOr<fault::Plan> plan = fault::ParsePlan(*text);
  if (!plan.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", plan.status().message()));
  return plan;
}

}  // namespace

absl::StatusOr<const scenarios::Scenario*> FindScenarioOrSuggest(absl::string_view name) {
  if (const scenarios::Scenario* scenario = scenarios::FindScenario(name); scenario != nullptr) return scenario;
  std::vector<absl::string_view> known;
  for (const scenarios::Scenario& each : scenarios::Scenarios()) known.push_back(each.name);
  return absl::InvalidArgumentError(absl::StrCat("there is no scenario ", name, fault::SuggestName(name, known)));
}

absl::StatusOr<fault::Plan> FindPlan(const PlanSource& source, const std::vector<std::string>& words) {
  const bool named = !source.scenario.empty() || !source.seed.empty();
  if (words.size() > 1 || (words.size() == 1) == named) {
    return absl::InvalidArgumentError("name one experiment: --scenario NAME --seed N, or a plan file");
  }
  if (words.size() == 1) return ReadPlan(words[0]);
  if (source.scenario.empty() || source.seed.empty()) {
    return absl::InvalidArgumentError("--scenario and --seed go together");
  }
  const absl::StatusOr<const scenarios::Scenario*> scenario = FindScenarioOrSuggest(source.scenario);
  if (!scenario.ok()) return scenario.status();
  uint64_t seed;
  if (!absl::SimpleAtoi(source.seed, &seed)) {
    return absl::InvalidArgumentError(absl::StrCat("--seed wants a number, not '", source.seed, "'"));
  }
  return (*scenario)->make_plan(seed);
}

}  // namespace tidemark::tools
