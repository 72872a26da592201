#include "tools/progress_line.h"

#include <unistd.h>

#include <iostream>

#include "absl/strings/str_cat.h"
#include "tools/text.h"

namespace tidemark::tools {
namespace {

constexpr Duration kRedraw = Duration::Millis(100);
constexpr Duration kNewLine = Duration::Seconds(5);

}  // namespace

std::string ProgressText(absl::string_view scenario, const scenarios::SuiteResult& result, uint64_t seeds,
                         Duration elapsed) {
  const double seconds = static_cast<double>(elapsed.nanos()) / 1e9;
  uint64_t fired = 0;
  for (const uint64_t kind : result.census.fired) fired += kind;
  return absl::StrCat(scenario, "  ", Grouped(result.runs), "/", Grouped(seeds), " seeds  ",
                      Ratio(static_cast<double>(result.runs), seconds), "/s  ",
                      Ratio(static_cast<double>(result.census.simulated.nanos()) / 1e9, seconds), "x real time  ",
                      Grouped(fired), " faults fired  ", Grouped(result.failed),
                      result.failed == 1 ? " failure" : " failures");
}

ProgressLine::ProgressLine() : terminal_(isatty(STDERR_FILENO) == 1), next_(terminal_ ? Duration() : kNewLine) {}

void ProgressLine::Update(absl::string_view scenario, const scenarios::SuiteResult& result, uint64_t seeds,
                          Duration elapsed) {
  const Duration now = watch_.Elapsed();
  if (now < next_) return;
  next_ = now + (terminal_ ? kRedraw : kNewLine);
  const std::string text = ProgressText(scenario, result, seeds, elapsed);
  std::cerr << (terminal_ ? "\r\033[K" : "") << text << (terminal_ ? "" : "\n") << std::flush;
  drawn_ = terminal_;
}

void ProgressLine::Clear() {
  if (drawn_) std::cerr << "\r\033[K" << std::flush;
  drawn_ = false;
}

}  // namespace tidemark::tools
