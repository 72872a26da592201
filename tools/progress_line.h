#pragma once

// How a long run is doing, on stderr: one line that is redrawn on a terminal, a new line every few seconds elsewhere.

#include <string>

#include "absl/strings/string_view.h"
#include "engine/base/time.h"
#include "scenarios/suite.h"
#include "tools/stopwatch.h"

namespace tidemark::tools {

// "torn_tail  312/1,000 seeds  155/s  4,210x real time  1,204 faults fired  0 failures"
std::string ProgressText(absl::string_view scenario, const scenarios::SuiteResult& result, uint64_t seeds,
                         Duration elapsed);

class ProgressLine {
 public:
  ProgressLine();
  // Draws, unless it did a moment ago.
  void Update(absl::string_view scenario, const scenarios::SuiteResult& result, uint64_t seeds, Duration elapsed);
  // Takes the line off a terminal, so that other output may follow.
  void Clear();

 private:
  const bool terminal_;
  Stopwatch watch_;
  Duration next_;       // when it may be drawn again
  bool drawn_ = false;  // a line stands on the terminal
};

}  // namespace tidemark::tools
