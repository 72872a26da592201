#include "tools/flags.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "fault/nearest_name.h"
#include "fault/plan_text.h"

namespace tidemark::tools {

absl::StatusOr<Duration> ParseTime(absl::string_view text) {
  int64_t seconds = 0;
  absl::string_view number = text;
  if (!absl::EndsWith(text, "ms") && absl::ConsumeSuffix(&number, "m")) seconds = 60;
  if (absl::ConsumeSuffix(&number, "h")) seconds = 3'600;
  if (seconds > 0) {
    int64_t value;
    const int64_t most = std::numeric_limits<int64_t>::max() / Duration::Seconds(seconds).nanos();
    if (absl::SimpleAtoi(number, &value) && value >= 0 && value <= most) return Duration::Seconds(seconds) * value;
  } else if (absl::StatusOr<int64_t> nanos = fault::ParseDurationNanos(text); nanos.ok() && *nanos >= 0) {
    return Duration::Nanos(*nanos);
  }
  return absl::InvalidArgumentError("a time such as 90s, 20ms, 5m or 2h");
}

void Flags::Switch(absl::string_view name, bool* value, absl::string_view doc) {
  flags_.push_back({std::string(name), "", "", std::string(doc), [value](absl::string_view) {
                      *value = true;
                      return absl::OkStatus();
                    }});
}

void Flags::Number(absl::string_view name, uint64_t* value, absl::string_view doc) {
  flags_.push_back({std::string(name), "N", absl::StrCat(*value), std::string(doc), [value](absl::string_view text) {
                      if (absl::SimpleAtoi(text, value)) return absl::OkStatus();
                      return absl::InvalidArgumentError("a number from 0 to 18446744073709551615");
                    }});
}

void Flags::Text(absl::string_view name, std::string* value, absl::string_view doc) {
  flags_.push_back({std::string(name), "TEXT", *value, std::string(doc), [value](absl::string_view text) {
                      if (text.empty()) return absl::InvalidArgumentError("something after it");
                      *value = std::string(text);
                      return absl::OkStatus();
                    }});
}

void Flags::Time(absl::string_view name, Duration* value, absl::string_view doc) {
  flags_.push_back({std::string(name), "TIME", *value == Duration() ? "" : value->ToString(), std::string(doc),
                    [value](absl::string_view text) {
                      const absl::StatusOr<Duration> time = ParseTime(text);
                      if (time.ok()) *value = *time;
                      return time.status();
                    }});
}

const Flags::Flag* Flags::Find(absl::string_view name) const {
  const auto found = std::find_if(flags_.begin(), flags_.end(), [&](const Flag& flag) { return flag.name == name; });
  return found == flags_.end() ? nullptr : &*found;
}

absl::StatusOr<std::vector<std::string>> Flags::Parse(absl::Span<const std::string> arguments) const {
  std::vector<std::string> words;
  for (size_t i = 0; i < arguments.size(); ++i) {
    absl::string_view argument = arguments[i];
    if (argument == "--") {
      words.insert(words.end(), arguments.begin() + static_cast<ptrdiff_t>(i) + 1, arguments.end());
      break;
    }
    if (!absl::StartsWith(argument, "-") || argument == "-") {
      words.push_back(arguments[i]);
      continue;
    }
    absl::ConsumePrefix(&argument, "-");
    absl::ConsumePrefix(&argument, "-");
    const size_t equals = argument.find('=');
    const absl::string_view name = argument.substr(0, equals);
    const Flag* flag = Find(name);
    if (flag == nullptr) {
      std::vector<absl::string_view> known;
      for (const Flag& each : flags_) known.push_back(each.name);
      return absl::InvalidArgumentError(
          absl::StrCat(command_, " has no flag --", name, fault::SuggestName(name, known)));
    }
    absl::string_view value;
    if (equals != absl::string_view::npos) {
      value = argument.substr(equals + 1);
      if (flag->kind.empty()) return absl::InvalidArgumentError(absl::StrCat("--", name, " takes no value"));
    } else if (!flag->kind.empty()) {
      if (++i == arguments.size()) return absl::InvalidArgumentError(absl::StrCat("--", name, " wants a value"));
      value = arguments[i];
    }
    if (absl::Status status = flag->set(value); !status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--", name, " wants ", status.message(), ", not '", value.substr(0, 40), "'"));
    }
  }
  return words;
}

bool Flags::WantsHelp(absl::Span<const std::string> arguments) {
  return std::find_if(arguments.begin(), arguments.end(), [](const std::string& argument) {
           return argument == "--help" || argument == "-h";
         }) != arguments.end();
}

std::string Flags::Help() const {
  std::string out = absl::StrCat("usage: ./tidemark ", command_, words_.empty() ? "" : " ", words_,
                                 flags_.empty() ? "" : " [flags]", "\n\n", doc_, "\n");
  if (!flags_.empty()) out += "\n";
  for (const Flag& flag : flags_) {
    const std::string left = absl::StrCat("--", flag.name, flag.kind.empty() ? "" : " ", flag.kind);
    const std::string start = flag.start.empty() ? "" : absl::StrCat(" (", flag.start, ")");
    absl::StrAppendFormat(&out, "  %-18s %s%s\n", left, flag.doc, start);
  }
  return out;
}

}  // namespace tidemark::tools
