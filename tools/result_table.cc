#include "tools/result_table.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tools/text.h"

namespace tidemark::tools {
namespace {

constexpr size_t kColumns = 10;
using Cells = std::array<std::string, kColumns>;

// "12/14": reached, of those that the scenario promises.
std::string RareCell(const ResultRow& row) {
  uint64_t reached = 0;
  for (const scenarios::RareState state : row.scenario->reaches) {
    if (row.result.census.reached[static_cast<size_t>(state)] > 0) ++reached;
  }
  return absl::StrCat(reached, "/", row.scenario->reaches.size());
}

uint64_t CrashesOf(const scenarios::Census& census) {
  uint64_t crashes = 0;
  for (const fault::FaultKind kind : {fault::FaultKind::kProcessCrash, fault::FaultKind::kPowerLoss,
                                      fault::FaultKind::kDiskLoss, fault::FaultKind::kDiskSwap}) {
    crashes += census.fired[static_cast<size_t>(kind)];
  }
  return crashes;
}

Cells CellsOf(absl::string_view name, const scenarios::SuiteResult& result, std::string rare, Duration elapsed) {
  const scenarios::Census& census = result.census;
  return {std::string(name),           Grouped(result.runs),       Grouped(result.failed),     Grouped(census.events),
          Grouped(census.appended),    Grouped(CrashesOf(census)), Grouped(census.recoveries), std::move(rare),
          ShortTime(census.simulated), ShortTime(elapsed)};
}

}  // namespace

std::string ResultTable(const std::vector<ResultRow>& rows) {
  std::vector<Cells> lines = {
      {"scenario", "seeds", "failures", "events", "records", "crashed", "recoveries", "rare", "simulated", "time"}};
  scenarios::SuiteResult all;
  Duration elapsed;
  for (const ResultRow& row : rows) {
    lines.push_back(CellsOf(row.scenario->name, row.result, RareCell(row), row.elapsed));
    all.runs += row.result.runs;
    all.failed += row.result.failed;
    all.census.Add(row.result.census);
    elapsed = elapsed + row.elapsed;
  }
  if (rows.size() > 1) lines.push_back(CellsOf("all", all, "", elapsed));
  std::array<size_t, kColumns> widths = {};
  for (const Cells& line : lines) {
    for (size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string out;
  for (const Cells& line : lines) {
    absl::StrAppendFormat(&out, "%-*s", static_cast<int>(widths[0]), line[0]);
    for (size_t i = 1; i < kColumns; ++i) absl::StrAppendFormat(&out, "  %*s", static_cast<int>(widths[i]), line[i]);
    out += "\n";
  }
  for (const ResultRow& row : rows) {
    if (row.missed.empty()) continue;
    absl::StrAppend(&out, row.scenario->name, " missed: ", absl::StrJoin(row.missed, ", "), "\n");
  }
  return out;
}

std::string ConfidenceLine(uint64_t seeds, uint64_t failures) {
  const std::string begin = absl::StrCat(Grouped(seeds), seeds == 1 ? " seed, " : " seeds, ", Grouped(failures),
                                         failures == 1 ? " failure" : " failures");
  if (seeds == 0) return begin;
  const double percent = 100.0 / static_cast<double>(seeds);
  if (failures > 0) return absl::StrFormat("%s: %.3g %% of them", begin, percent * static_cast<double>(failures));
  // The rule of three: N trials without a hit bound the rate by 3/N, 95 times in a hundred.
  return absl::StrFormat("%s: bug rate below %.3g %% (3/N) at 95 %% confidence", begin, std::min(100.0, 3 * percent));
}

}  // namespace tidemark::tools
