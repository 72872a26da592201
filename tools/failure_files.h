#pragma once

// What a failed run leaves behind, for whoever looks at it later: the plan, the one screen, the whole trace, and the
// plan shrunk, all under one directory and named <scenario>-<seed>.

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/base/time.h"
#include "fault/plan.h"
#include "scenarios/runner.h"
#include "scenarios/shrinker.h"
#include "scenarios/verdict.h"

namespace tidemark::tools {

// Creates the directory where it is missing, and replaces files of an earlier failure.
absl::Status WriteTextFile(const std::string& path, absl::string_view text);

struct FailureFiles {
  std::string plan;  // paths
  std::string report;
  std::string trace;
};
// Runs the plan once more, for the whole trace.
absl::StatusOr<FailureFiles> WriteFailure(const std::string& directory, const fault::Plan& plan,
                                          const scenarios::RunResult& result);

struct ShrunkFailure {
  scenarios::ShrinkResult shrunk;
  std::string path;             // of the plan
  scenarios::RunResult result;  // of the plan: how it failed when it was found
};
// Looks for a smaller plan with the same failure for at most `limit` of real time. `run` runs one, once or twice;
// nullptr: Run and RunTwice with no options.
absl::StatusOr<ShrunkFailure> ShrinkFailure(
    const std::string& directory, const fault::Plan& plan, const scenarios::Verdict& verdict, Duration limit,
    const std::function<scenarios::RunResult(const fault::Plan& plan, bool twice)>& run = nullptr);

}  // namespace tidemark::tools
