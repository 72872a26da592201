// docs/formats/plan.md and docs/fault_model.md say what the tables of fault/ say: not more, not less.

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "engine/base/time.h"
#include "fault/fault.h"
#include "fault/operation.h"
#include "fault/param.h"
#include "fault/plan.h"
#include "gtest/gtest.h"

namespace tidemark::fault {
namespace {

std::string PageOf(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

absl::string_view TypeName(ParamType type) {
  switch (type) {
    case ParamType::kDuration: return "duration";
    case ParamType::kPermille: return "permille";
    case ParamType::kCount: return "count";
    case ParamType::kBytes: return "bytes";
    case ParamType::kChoice: return "choice";
    case ParamType::kPartition: return "partition";
  }
  return "";
}

template <typename Info>
std::string Shown(const Info& info, int64_t value) {
  if (info.type == ParamType::kDuration) return Duration::Nanos(value).ToString();
  if constexpr (std::is_same_v<Info, ParamInfo>) {
    if (info.type == ParamType::kChoice) return std::string(info.choices[static_cast<size_t>(value)]);
    if (info.type == ParamType::kPartition && value == kAnyPartition) return "any";
  }
  return absl::StrCat(value);
}

template <typename Info>
std::string ValueRow(const Info& info) {
  std::string range = absl::StrCat(Shown(info, info.min), " to ", Shown(info, info.max));
  if constexpr (std::is_same_v<Info, ParamInfo>) {
    if (info.type == ParamType::kChoice) {
      std::vector<absl::string_view> names(info.choices.begin(), info.choices.begin() + info.max + 1);
      range = absl::StrJoin(names, ", ");
    }
  }
  return absl::StrCat("| `", info.name, "` | ", TypeName(info.type), " | ", range, " | ", Shown(info, info.fallback),
                      " | ", info.doc, " |\n");
}

std::string ParamNames(absl::Span<const Param> params) {
  return absl::StrJoin(params, ", ", [](std::string* out, Param p) { absl::StrAppend(out, "`", InfoOf(p).name, "`"); });
}

std::string SettingsTable() {
  std::string table = "| setting | type | range | default | |\n|---|---|---|---|---|\n";
  for (int i = 0; i < kSettingCount; ++i) table += ValueRow(InfoOf(static_cast<Setting>(i)));
  return table;
}

std::string ParamsTable() {
  std::string table = "| param | type | range | default | |\n|---|---|---|---|---|\n";
  for (int i = 0; i < kParamCount; ++i) table += ValueRow(InfoOf(static_cast<Param>(i)));
  return table;
}

std::string OperationsTable() {
  std::string table = "| operation | params | |\n|---|---|---|\n";
  for (int i = 0; i < kOpKindCount; ++i) {
    const OpKindInfo& info = InfoOf(static_cast<OpKind>(i));
    absl::StrAppend(&table, "| `", info.name, "` | ", ParamNames(info.params), " | ", info.doc, " |\n");
  }
  return table;
}

std::string FaultsTable() {
  std::string table = "| fault | | severity | params | |\n|---|---|---|---|---|\n";
  for (int i = 0; i < kFaultKindCount; ++i) {
    const FaultKindInfo& info = InfoOf(static_cast<FaultKind>(i));
    absl::StrAppend(&table, "| `", info.name, "` | ", info.windowed ? "lasts" : "once", info.has_files ? ", files" : "",
                    " | ", info.severity == Severity::kSurvivable ? "survivable" : "beyond", " | ",
                    ParamNames(info.params), " | ", info.doc, " |\n");
  }
  return table;
}

void ExpectTable(const std::string& title, const std::string& table) {
  const std::string page = PageOf("docs/formats/plan.md");
  const size_t begin = page.find(absl::StrCat("\n## ", title, "\n"));
  ASSERT_NE(begin, std::string::npos) << title;
  const std::string section = page.substr(begin, page.find("\n## ", begin + 1) - begin);
  EXPECT_TRUE(absl::StrContains(section, table)) << "docs/formats/plan.md, section " << title << ", should have:\n"
                                                 << table;
}

TEST(FaultPagesTest, ThePlanPageHasTheTablesOfTheCode) {
  ExpectTable("Settings", SettingsTable());
  ExpectTable("Operations", OperationsTable());
  ExpectTable("Faults", FaultsTable());
  ExpectTable("Params", ParamsTable());
}

TEST(FaultPagesTest, TheFaultModelHasASectionForEachKindAndNoOther) {
  const std::string page = PageOf("docs/fault_model.md");
  std::vector<std::string> sections, kinds;
  for (absl::string_view line : absl::StrSplit(page, '\n')) {
    if (absl::ConsumePrefix(&line, "### ")) sections.emplace_back(line);
  }
  for (int i = 0; i < kFaultKindCount; ++i) kinds.emplace_back(InfoOf(static_cast<FaultKind>(i)).name);
  EXPECT_EQ(sections, kinds) << "in the order of fault/fault.h";
}

// Every section says whether a store must survive it, as the table does.
TEST(FaultPagesTest, TheFaultModelAgreesOnSeverity) {
  const std::string page = PageOf("docs/fault_model.md");
  for (int i = 0; i < kFaultKindCount; ++i) {
    const FaultKindInfo& info = InfoOf(static_cast<FaultKind>(i));
    const size_t begin = page.find(absl::StrCat("\n### ", info.name, "\n"));
    if (begin == std::string::npos) continue;  // told above
    const std::string section = page.substr(begin, page.find("\n#", begin + 2) - begin);
    EXPECT_TRUE(absl::StrContains(section, info.severity == Severity::kSurvivable ? "Survivable" : "Beyond"))
        << info.name;
  }
}

}  // namespace
}  // namespace tidemark::fault
