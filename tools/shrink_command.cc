#include "tools/shrink_command.h"

#include <iostream>

#include "fault/plan_text.h"
#include "scenarios/report.h"
#include "scenarios/runner.h"
#include "tools/exit_code.h"
#include "tools/failure_files.h"
#include "tools/flags.h"
#include "tools/plan_source.h"
#include "tools/text.h"

namespace tidemark::tools {
namespace {

struct Options {
  PlanSource source;
  std::string out = "out";
  Duration time = Duration::Seconds(60);
};

Flags MakeFlags(Options& options) {
  Flags flags("shrink", "(--scenario NAME --seed N | PLAN)",
              "Looks for the smallest plan that still fails in the same way, and writes it.");
  flags.Text("scenario", &options.source.scenario, "the scenario that makes the plan");
  flags.Text("seed", &options.source.seed, "from this seed");
  flags.Text("out", &options.out, "directory for the plan");
  flags.Time("time", &options.time, "how long to look, at most");
  return flags;
}

}  // namespace

std::string ShrinkHelp() {
  Options options;
  return MakeFlags(options).Help();
}

int ShrinkCommand(const std::vector<std::string>& arguments) {
  Options options;
  const auto words = MakeFlags(options).Parse(arguments);
  if (!words.ok()) return Unusable(words.status());
  const absl::StatusOr<fault::Plan> plan = FindPlan(options.source, *words);
  if (!plan.ok()) return Unusable(plan.status());
  const scenarios::RunResult result = scenarios::RunTwice(*plan, {});
  if (result.verdict.passed()) return Unusable("it passes: there is nothing to shrink");
  const auto small = ShrinkFailure(options.out, *plan, result.verdict, options.time);
  if (!small.ok()) return Unusable(small.status());
  const fault::Plan& core = small->shrunk.plan;
  std::cout << scenarios::Report(core, scenarios::WithWholeTrace(core, small->result), {.plan_path = small->path})
            << "\n"
            << fault::PrintPlan(core) << "\n"
            << plan->operations.size() + plan->faults.size() << " items became "
            << core.operations.size() + core.faults.size() << " in " << Grouped(small->shrunk.runs) << " runs"
            << (small->shrunk.minimal ? "" : "; time was up, there may be a smaller one") << ": " << small->path
            << "\n";
  return 0;
}

}  // namespace tidemark::tools
