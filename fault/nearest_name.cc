#include "fault/nearest_name.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace tidemark::fault {
namespace {

constexpr size_t kLongest = 64;  // names are short; what was found need not be
constexpr size_t kFarthest = 3;

// How many letters to insert, remove or replace.
size_t Distance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t next = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = std::exchange(row[j], next);
    }
  }
  return row[b.size()];
}

}  // namespace

std::string SuggestName(absl::string_view found, const std::vector<absl::string_view>& known) {
  absl::string_view best;
  size_t least = kFarthest + 1;
  for (absl::string_view name : known) {
    const size_t distance = Distance(found.substr(0, kLongest), name);
    if (distance >= least) continue;
    least = distance;
    best = name;
  }
  if (!best.empty()) return absl::StrCat("; did you mean '", best, "'?");
  return absl::StrCat(" (one of: ", absl::StrJoin(known, ", "), ")");
}

}  // namespace tidemark::fault
