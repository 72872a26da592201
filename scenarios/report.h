#pragma once

// The one screen that a failed run prints: what broke, why, how the rungs stood, the few events that matter, which
// faults acted, and the one command that runs it again. At most kMaxLines lines.

#include <string>

#include "fault/plan.h"
#include "scenarios/runner.h"
#include "scenarios/verdict.h"

namespace tidemark::scenarios {

struct ReportOptions {
  // Where the plan lies, when it does not follow from scenario and seed; empty: it does.
  std::string plan_path;
};

inline constexpr int kMaxReportLines = 45;

// The command that runs the plan again, in the way that showed the verdict.
std::string ReplayCommand(const fault::Plan& plan, const Verdict& verdict, const ReportOptions& options);
std::string Report(const fault::Plan& plan, const RunResult& result, const ReportOptions& options);

}  // namespace tidemark::scenarios
