#include "tools/text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tidemark::tools {

std::string Grouped(uint64_t number) {
  const std::string digits = absl::StrCat(number);
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string ShortTime(Duration duration) {
  const int64_t tenths = duration.millis() / 100;
  if (tenths < 100) return absl::StrFormat("%d.%ds", tenths / 10, tenths % 10);
  const int64_t seconds = tenths / 10;
  if (seconds < 60) return absl::StrFormat("%ds", seconds);
  if (seconds < 3'600) return absl::StrFormat("%dm%02ds", seconds / 60, seconds % 60);
  return absl::StrFormat("%sh%02dm", Grouped(static_cast<uint64_t>(seconds / 3'600)), seconds / 60 % 60);
}

std::string Ratio(double numerator, double denominator) {
  if (denominator <= 0) return "-";
  const double ratio = numerator / denominator;
  if (ratio >= 100) return Grouped(static_cast<uint64_t>(ratio + 0.5));
  return ratio >= 10 ? absl::StrFormat("%.1f", ratio) : absl::StrFormat("%.2f", ratio);
}

}  // namespace tidemark::tools
