#include "tools/failure_files.h"

#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "fault/plan_text.h"
#include "scenarios/report.h"
#include "tools/stopwatch.h"

namespace tidemark::tools {
namespace {

std::string PathOf(const std::string& directory, const fault::Plan& plan, absl::string_view ending) {
  return absl::StrCat(directory, "/", plan.scenario, "-", plan.seed, ending);
}

}  // namespace

absl::Status WriteTextFile(const std::string& path, absl::string_view text) {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  return file.good() ? absl::OkStatus() : absl::UnavailableError(absl::StrCat("cannot write ", path));
}

absl::StatusOr<FailureFiles> WriteFailure(const std::string& directory, const fault::Plan& plan,
                                          const scenarios::RunResult& result) {
  FailureFiles files{PathOf(directory, plan, ".plan"), PathOf(directory, plan, ".report.txt"),
                     PathOf(directory, plan, ".trace.txt")};
  const scenarios::RunResult whole = scenarios::WithWholeTrace(plan, result);
  std::string trace;
  for (const sim::TraceRecord& record : whole.trace) absl::StrAppend(&trace, record.ToString(), "\n");
  for (const auto& [path, text] :
       {std::pair(files.plan, fault::PrintPlan(plan)), std::pair(files.report, scenarios::Report(plan, whole, {})),
        std::pair(files.trace, trace)}) {
    if (absl::Status status = WriteTextFile(path, text); !status.ok()) return status;
  }
  return files;
}

absl::StatusOr<ShrunkFailure> ShrinkFailure(
    const std::string& directory, const fault::Plan& plan, const scenarios::Verdict& verdict, Duration limit,
    const std::function<scenarios::RunResult(const fault::Plan& plan, bool twice)>& run) {
  const bool twice = verdict.kind == scenarios::VerdictKind::kNondeterminism;
  ShrunkFailure out{{}, PathOf(directory, plan, ".shrunk.plan"), {}};
  const auto fails = [&](const fault::Plan& candidate) {
    scenarios::RunResult result = run != nullptr ? run(candidate, twice)
                                  : twice        ? scenarios::RunTwice(candidate, {})
                                                 : scenarios::Run(candidate, {});
    if (!scenarios::SameFailure(result.verdict, verdict)) return false;
    out.result = std::move(result);
    return true;
  };
  const Stopwatch watch;
  scenarios::ShrinkOptions options;
  options.stop = [&] { return watch.Elapsed() >= limit; };
  out.shrunk = scenarios::Shrink(plan, fails, options);
  if (!out.shrunk.reproduced)
    return absl::FailedPreconditionError("the plan does not fail that way when it is run again");
  if (absl::Status status = WriteTextFile(out.path, fault::PrintPlan(out.shrunk.plan)); !status.ok()) return status;
  return out;
}

}  // namespace tidemark::tools
