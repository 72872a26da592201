#include "fault/plan_text.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "fault/nearest_name.h"

namespace tidemark::fault {
namespace {

constexpr size_t kMaxItems = 100'000;
// Of an item's start, and of its length: ten years. No phase lasts longer than a day.
constexpr int64_t kMaxTime = int64_t{10} * 365 * 86'400 * 1'000'000'000;

std::string Shown(absl::string_view text) {
  return text.size() <= 40 ? absl::StrCat("'", text, "'") : absl::StrCat("'", text.substr(0, 40), "...'");
}

struct Word {
  absl::string_view text;
  size_t column;  // from 1
};

absl::Status ErrorAt(size_t line, const Word& at, absl::string_view expected) {
  return absl::InvalidArgumentError(absl::StrCat("line ", line, ", column ", at.column, ": expected ", expected,
                                                 ", found ", at.text.empty() ? "the end of the line" : Shown(at.text)));
}

// One line, word by word, with its place in the file.
class Line {
 public:
  Line(absl::string_view text, size_t number) : number_(number) {
    text = text.substr(0, text.find('#'));
    size_t at = 0;
    while (at < text.size()) {
      if (text[at] == ' ' || text[at] == '\t' || text[at] == '\r') {
        ++at;
        continue;
      }
      const size_t end = std::min(text.find_first_of(" \t\r", at), text.size());
      words_.push_back({text.substr(at, end - at), at + 1});
      at = end;
    }
    end_column_ = text.size() + 1;
  }
  size_t number() const { return number_; }
  bool empty() const { return next_ == words_.size(); }
  Word Peek() const { return empty() ? Word{"", end_column_} : words_[next_]; }
  Word Take() {
    const Word word = Peek();
    if (!empty()) ++next_;
    return word;
  }
  absl::Status Error(const Word& at, absl::string_view expected) const { return ErrorAt(number_, at, expected); }

 private:
  const size_t number_;
  std::vector<Word> words_;
  size_t next_ = 0;
  size_t end_column_ = 1;
};

std::string PrintValue(ParamType type, absl::Span<const absl::string_view> choices, int64_t value) {
  switch (type) {
    case ParamType::kDuration: return Duration::Nanos(value).ToString();
    case ParamType::kChoice: return std::string(choices[static_cast<size_t>(value)]);
    case ParamType::kPartition: return value == kAnyPartition ? "any" : absl::StrCat(value);
    default: return absl::StrCat(value);
  }
}

std::string RangeOf(ParamType type, absl::Span<const absl::string_view> choices, int64_t min, int64_t max) {
  switch (type) {
    case ParamType::kChoice: {
      std::string out = "one of ";
      for (size_t i = 0; i < choices.size() && !choices[i].empty(); ++i)
        absl::StrAppend(&out, i > 0 ? ", " : "", choices[i]);
      return out;
    }
    case ParamType::kDuration:
      return absl::StrCat("a duration from ", Duration::Nanos(min).ToString(), " to ", Duration::Nanos(max).ToString(),
                          " such as 20ms");
    case ParamType::kBytes: return absl::StrCat("a size from ", min, " to ", max, " bytes such as 4k");
    case ParamType::kPartition: return absl::StrCat("any, or a partition from 0 to ", max);
    default: return absl::StrCat("a number from ", min, " to ", max);
  }
}

absl::StatusOr<int64_t> ParseValue(ParamType type, absl::Span<const absl::string_view> choices,
                                   absl::string_view text) {
  switch (type) {
    case ParamType::kDuration: return ParseDurationNanos(text);
    case ParamType::kBytes: return ParseBytes(text);
    case ParamType::kChoice:
      for (size_t i = 0; i < choices.size(); ++i) {
        if (!choices[i].empty() && choices[i] == text) return static_cast<int64_t>(i);
      }
      return absl::InvalidArgumentError("no such choice");
    case ParamType::kPartition:
      if (text == "any") return kAnyPartition;
      [[fallthrough]];
    default: {
      int64_t value;
      if (!absl::SimpleAtoi(text, &value)) return absl::InvalidArgumentError("not a number");
      return value;
    }
  }
}

// A value at `word`, of which `text` is the part after '='.
absl::StatusOr<int64_t> TakeValue(const Line& line, const Word& word, absl::string_view text, ParamType type,
                                  absl::Span<const absl::string_view> choices, int64_t min, int64_t max) {
  absl::StatusOr<int64_t> value = ParseValue(type, choices, text);
  if (!value.ok() || *value < min || *value > max) return line.Error(word, RangeOf(type, choices, min, max));
  return value;
}

absl::StatusOr<int64_t> TakeDuration(Line& line, int64_t min) {
  const Word word = line.Take();
  return TakeValue(line, word, word.text, ParamType::kDuration, {}, min, kMaxTime);
}

absl::StatusOr<uint64_t> TakeNumber(Line& line, absl::string_view what) {
  const Word word = line.Take();
  uint64_t value;
  if (!absl::SimpleAtoi(word.text, &value)) return line.Error(word, what);
  return value;
}

absl::Status TakeKeyword(Line& line, absl::string_view keyword) {
  const Word word = line.Take();
  return word.text == keyword ? absl::OkStatus() : line.Error(word, absl::StrCat("'", keyword, "'"));
}

// Where a value stands in the text.
struct Place {
  size_t line;
  Word word;
};
// What items are about, and where each is named first.
struct Named {
  std::map<uint64_t, Place> nodes, partitions;
};

absl::StatusOr<NodeId> TakeNode(Line& line, Named& named) {
  const Word word = line.Take();
  absl::string_view text = word.text;
  uint64_t node;
  if (!absl::ConsumePrefix(&text, "node=") || !absl::SimpleAtoi(text, &node) || node < 1 || node > 64) {
    return line.Error(word, "node=N, N from 1 to 64");
  }
  named.nodes.insert({node, {line.number(), word}});
  return NodeId(node);
}

// The rest of the line: name=value of the given params, and files=GLOB where `files` is given. `own`: the item's node.
absl::Status TakeParams(Line& line, absl::Span<const Param> params, ParamValues& values, std::string* files, NodeId own,
                        Named& named) {
  std::vector<absl::string_view> known;
  for (Param param : params) known.push_back(InfoOf(param).name);
  if (files != nullptr) known.push_back("files");
  std::set<absl::string_view> seen;
  while (!line.empty()) {
    const Word word = line.Take();
    const size_t equals = word.text.find('=');
    const absl::string_view name = word.text.substr(0, equals);
    if (equals == absl::string_view::npos || std::find(known.begin(), known.end(), name) == known.end()) {
      return line.Error(word, absl::StrCat("a parameter name=value",
                                           known.empty() ? " (this kind has none)" : SuggestName(name, known)));
    }
    if (!seen.insert(name).second) return line.Error(word, absl::StrCat("'", name, "' only once"));
    const absl::string_view text = word.text.substr(equals + 1);
    if (name == "files") {
      if (text.empty() || text.size() > 4096) return line.Error(word, "a pattern of 1 to 4096 bytes after files=");
      *files = std::string(text);
      continue;
    }
    const Param param = *std::find_if(params.begin(), params.end(), [&](Param p) { return InfoOf(p).name == name; });
    const ParamInfo& info = InfoOf(param);
    absl::StatusOr<int64_t> value = TakeValue(line, word, text, info.type, info.choices, info.min, info.max);
    if (!value.ok()) return value.status();
    values.Set(param, *value);
    const uint64_t number = static_cast<uint64_t>(*value);
    if (param == Param::kWith && NodeId(number) == own) return line.Error(word, "another node than the fault's own");
    if (param == Param::kWith) named.nodes.insert({number, {line.number(), word}});
    if (param == Param::kPartition && *value != kAnyPartition) {
      named.partitions.insert({number, {line.number(), word}});
    }
  }
  return absl::OkStatus();
}

template <typename Kind, int kCount>
absl::StatusOr<Kind> TakeKind(Line& line, absl::string_view what) {
  const Word word = line.Take();
  std::vector<absl::string_view> known;
  for (int k = 0; k < kCount; ++k) {
    known.push_back(InfoOf(static_cast<Kind>(k)).name);
    if (known.back() == word.text) return static_cast<Kind>(k);
  }
  return line.Error(word, absl::StrCat(what, SuggestName(word.text, known)));
}

#define PLAN_ASSIGN(target, expression)           \
  if (auto value_ = (expression); !value_.ok()) { \
    return value_.status();                       \
  } else {                                        \
    target = *std::move(value_);                  \
  }

// What a file must say once, before and beside its items.
struct Head {
  bool version = false, scenario = false, seed = false;
  std::map<Setting, Place> settings;
  std::set<uint64_t> operations, faults;
  Named named;
};

absl::Status ParseSetting(Line& line, Plan& plan, std::map<Setting, Place>& seen) {
  std::vector<absl::string_view> known;
  for (int s = 0; s < kSettingCount; ++s) known.push_back(InfoOf(static_cast<Setting>(s)).name);
  const Word name = line.Take();
  const auto found = std::find(known.begin(), known.end(), name.text);
  if (found == known.end()) return line.Error(name, absl::StrCat("a setting", SuggestName(name.text, known)));
  const Setting setting = static_cast<Setting>(found - known.begin());
  const Word word = line.Take();
  if (!seen.insert({setting, {line.number(), word}}).second) return line.Error(name, "each setting only once");
  const SettingInfo& info = InfoOf(setting);
  absl::StatusOr<int64_t> value = TakeValue(line, word, word.text, info.type, {}, info.min, info.max);
  if (!value.ok()) return value.status();
  if (*value % info.multiple != 0) return line.Error(word, absl::StrCat("a multiple of ", info.multiple));
  plan.settings.Set(setting, *value);
  return absl::OkStatus();
}

absl::Status ParseOperation(Line& line, Plan& plan, Head& head) {
  Operation op;
  const Word id = line.Peek();
  PLAN_ASSIGN(op.id, TakeNumber(line, "the operation's id, a number"));
  if (!head.operations.insert(op.id).second) return line.Error(id, "an id that no other operation has");
  if (absl::Status s = TakeKeyword(line, "at"); !s.ok()) return s;
  int64_t at;
  PLAN_ASSIGN(at, TakeDuration(line, 0));
  op.at = Instant::FromNanos(at);
  PLAN_ASSIGN(op.node, TakeNode(line, head.named));
  PLAN_ASSIGN(op.kind, (TakeKind<OpKind, kOpKindCount>(line, "an operation")));
  if (absl::Status s = TakeParams(line, InfoOf(op.kind).params, op.params, nullptr, op.node, head.named); !s.ok())
    return s;
  plan.operations.push_back(std::move(op));
  return absl::OkStatus();
}

absl::Status ParseFault(Line& line, Plan& plan, Head& head) {
  Fault fault;
  const Word id = line.Peek();
  PLAN_ASSIGN(fault.id, TakeNumber(line, "the fault's id, a number"));
  if (!head.faults.insert(fault.id).second) return line.Error(id, "an id that no other fault has");
  if (absl::Status s = TakeKeyword(line, "at"); !s.ok()) return s;
  int64_t at, length = 0;
  PLAN_ASSIGN(at, TakeDuration(line, 0));
  fault.at = Instant::FromNanos(at);
  const bool lasts = line.Peek().text == "for";
  if (lasts) {
    line.Take();
    PLAN_ASSIGN(length, TakeDuration(line, 0));
  }
  fault.length = Duration::Nanos(length);
  const Word node = line.Peek();
  PLAN_ASSIGN(fault.node, TakeNode(line, head.named));
  PLAN_ASSIGN(fault.kind, (TakeKind<FaultKind, kFaultKindCount>(line, "a fault")));
  const FaultKindInfo& info = InfoOf(fault.kind);
  if (lasts != info.windowed) {
    return line.Error(node,
                      absl::StrCat(info.windowed ? "'for <duration>' before it: " : "no 'for <duration>' before it: ",
                                   info.name, info.windowed ? " lasts" : " happens once"));
  }
  std::string* const files = info.has_files ? &fault.files : nullptr;
  if (absl::Status s = TakeParams(line, info.params, fault.params, files, fault.node, head.named); !s.ok()) return s;
  plan.faults.push_back(std::move(fault));
  return absl::OkStatus();
}

absl::Status ParseLine(Line& line, Plan& plan, Head& head) {
  const Word first = line.Take();
  if (!head.version) {
    if (first.text != "tidemark-plan" || line.Take().text != "1")
      return line.Error(first, "'tidemark-plan 1' as the first line");
    head.version = true;
  } else if (first.text == "scenario") {
    const Word name = line.Take();
    const bool good = !name.text.empty() && name.text.size() <= 64 &&
                      std::all_of(name.text.begin(), name.text.end(),
                                  [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
    if (!good) return line.Error(name, "a scenario's name of 1 to 64 letters a-z, digits and '_'");
    if (std::exchange(head.scenario, true)) return line.Error(first, "'scenario' only once");
    plan.scenario = std::string(name.text);
  } else if (first.text == "seed") {
    PLAN_ASSIGN(plan.seed, TakeNumber(line, "a seed from 0 to 18446744073709551615"));
    if (std::exchange(head.seed, true)) return line.Error(first, "'seed' only once");
  } else if (first.text == "set") {
    if (absl::Status s = ParseSetting(line, plan, head.settings); !s.ok()) return s;
  } else if (first.text == "op") {
    if (plan.operations.size() >= kMaxItems) return line.Error(first, "at most 100000 operations");
    if (absl::Status s = ParseOperation(line, plan, head); !s.ok()) return s;
  } else if (first.text == "fault") {
    if (plan.faults.size() >= kMaxItems) return line.Error(first, "at most 100000 faults");
    if (absl::Status s = ParseFault(line, plan, head); !s.ok()) return s;
  } else {
    return line.Error(first,
                      absl::StrCat("a line", SuggestName(first.text, {"scenario", "seed", "set", "op", "fault"})));
  }
  return line.empty() ? absl::OkStatus() : line.Error(line.Peek(), "the end of the line");
}

// Settings may come after the items that they are about.
absl::Status CheckNamed(absl::string_view what, int64_t most, const std::map<uint64_t, Place>& named) {
  const auto place = [](const auto& entry) { return std::pair(entry.second.line, entry.second.word.column); };
  const auto first = std::min_element(named.upper_bound(static_cast<uint64_t>(most)), named.end(),
                                      [&](const auto& a, const auto& b) { return place(a) < place(b); });
  if (first == named.end()) return absl::OkStatus();
  return ErrorAt(first->second.line, first->second.word, absl::StrCat("a ", what, " of the plan, which has ", most));
}

void PrintParams(absl::Span<const Param> params, const ParamValues& values, std::string& out) {
  for (Param param : params) {
    const ParamInfo& info = InfoOf(param);
    if (values[param] == info.fallback) continue;
    absl::StrAppend(&out, " ", info.name, "=", PrintValue(info.type, info.choices, values[param]));
  }
}

}  // namespace

absl::StatusOr<int64_t> ParseDurationNanos(absl::string_view text) {
  int64_t unit = 0;
  for (const auto& [name, nanos] :
       {std::pair<absl::string_view, int64_t>{"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}}) {
    if (!absl::ConsumeSuffix(&text, name)) continue;
    unit = nanos;
    break;
  }
  int64_t value;
  if (unit == 0 || !absl::SimpleAtoi(text, &value) || value > INT64_MAX / unit || value < INT64_MIN / unit) {
    return absl::InvalidArgumentError("expected a duration such as 20ms (ns, us, ms or s)");
  }
  return value * unit;
}

absl::StatusOr<int64_t> ParseBytes(absl::string_view text) {
  int shift = 0;
  if (absl::ConsumeSuffix(&text, "k")) {
    shift = 10;
  } else if (absl::ConsumeSuffix(&text, "m")) {
    shift = 20;
  } else if (absl::ConsumeSuffix(&text, "g")) {
    shift = 30;
  }
  int64_t value;
  if (!absl::SimpleAtoi(text, &value) || value < 0 || value > (INT64_MAX >> shift)) {
    return absl::InvalidArgumentError("expected a size such as 4096, 4k, 1m or 1g");
  }
  return value << shift;
}

std::string PrintPlan(const Plan& plan) {
  std::string out = absl::StrCat("tidemark-plan 1\nscenario ", plan.scenario, "\nseed ", plan.seed, "\n");
  for (int s = 0; s < kSettingCount; ++s) {
    const SettingInfo& info = InfoOf(static_cast<Setting>(s));
    const int64_t value = plan.settings[static_cast<Setting>(s)];
    if (value != info.fallback) absl::StrAppend(&out, "set ", info.name, " ", PrintValue(info.type, {}, value), "\n");
  }
  for (const Operation& op : plan.operations) {
    absl::StrAppend(&out, "op ", op.id, " at ", op.at.ToString(), " node=", op.node.value(), " ", InfoOf(op.kind).name);
    PrintParams(InfoOf(op.kind).params, op.params, out);
    out += "\n";
  }
  for (const Fault& fault : plan.faults) {
    const FaultKindInfo& info = InfoOf(fault.kind);
    absl::StrAppend(&out, "fault ", fault.id, " at ", fault.at.ToString());
    if (info.windowed) absl::StrAppend(&out, " for ", fault.length.ToString());
    absl::StrAppend(&out, " node=", fault.node.value(), " ", info.name);
    if (info.has_files && fault.files != "*") absl::StrAppend(&out, " files=", fault.files);
    PrintParams(info.params, fault.params, out);
    out += "\n";
  }
  return out;
}

absl::StatusOr<Plan> ParsePlan(absl::string_view text) {
  if (text.size() > kMaxPlanBytes)
    return absl::InvalidArgumentError(
        absl::StrCat("the plan is ", text.size(), " bytes; at most ", kMaxPlanBytes, " are read"));
  Plan plan;
  Head head;
  size_t number = 0;
  for (absl::string_view row : absl::StrSplit(text, '\n')) {
    Line line(row, ++number);
    if (line.empty()) continue;
    if (absl::Status s = ParseLine(line, plan, head); !s.ok()) return s;
  }
  if (!head.version || !head.scenario || !head.seed) {
    return absl::InvalidArgumentError(absl::StrCat("line ", number, ", column 1: expected ",
                                                   !head.version    ? "'tidemark-plan 1'"
                                                   : !head.scenario ? "a line 'scenario NAME'"
                                                                    : "a line 'seed N'",
                                                   " before the end of the file"));
  }
  if (const absl::optional<SettingProblem> problem = FindProblem(plan.settings)) {
    const auto said = head.settings.find(problem->setting);
    const Place place = said != head.settings.end() ? said->second : Place{number, {"", 1}};
    return absl::InvalidArgumentError(absl::StrCat("line ", place.line, ", column ", place.word.column, ": expected ",
                                                   InfoOf(problem->setting).name, " to be ", problem->expected,
                                                   ", found ", plan.settings[problem->setting]));
  }
  if (absl::Status s = CheckNamed("node", plan.settings[Setting::kNodes], head.named.nodes); !s.ok()) return s;
  if (absl::Status s = CheckNamed("partition", plan.settings[Setting::kPartitions], head.named.partitions); !s.ok()) {
    return s;
  }
  return plan;
}

}  // namespace tidemark::fault
