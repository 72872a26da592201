#include "engine/aof/file_names.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

namespace tidemark::aof {
namespace {

constexpr absl::string_view kSegmentSuffix = ".aof";
constexpr absl::string_view kNewSuffix = ".new";
constexpr size_t kIdDigits = 20;

absl::optional<uint64_t> ParseId(absl::string_view digits) {
  if (digits.size() != kIdDigits) return absl::nullopt;
  for (char c : digits) {
    if (c < '0' || c > '9') return absl::nullopt;
  }
  uint64_t id = 0;
  if (!absl::SimpleAtoi(digits, &id) || id == 0) return absl::nullopt;
  return id;
}

}  // namespace

std::string SegmentName(uint64_t file_id) { return absl::StrFormat("%020d%s", file_id, kSegmentSuffix); }

std::string NewSegmentName(uint64_t file_id) { return absl::StrFormat("%020d%s", file_id, kNewSuffix); }

absl::optional<uint64_t> ParseSegmentName(absl::string_view name) {
  if (!absl::ConsumeSuffix(&name, kSegmentSuffix)) return absl::nullopt;
  return ParseId(name);
}

bool IsUnderConstruction(absl::string_view name) {
  if (name == kNewSpareName) return true;
  return absl::ConsumeSuffix(&name, kNewSuffix) && ParseId(name).has_value();
}

std::string JoinPath(absl::string_view directory, absl::string_view name) { return absl::StrCat(directory, "/", name); }

absl::string_view ParentPath(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == absl::string_view::npos ? absl::string_view() : path.substr(0, slash);
}

}  // namespace tidemark::aof
