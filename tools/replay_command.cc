#include "tools/replay_command.h"

#include <iostream>

#include "absl/strings/str_cat.h"
#include "fault/plan_text.h"
#include "scenarios/report.h"
#include "scenarios/runner.h"
#include "tools/exit_code.h"
#include "tools/flags.h"
#include "tools/plan_source.h"
#include "tools/text.h"

namespace tidemark::tools {
namespace {

struct Options {
  PlanSource source;
  bool trace = false;
  bool twice = false;
  bool plan = false;
  uint64_t node = 0;
  Duration from;
  Duration until = Duration::Max();
};

Flags MakeFlags(Options& options) {
  Flags flags("replay", "(--scenario NAME --seed N | PLAN)",
              "Runs one experiment and shows what happened. The exit code is the verdict's.");
  flags.Text("scenario", &options.source.scenario, "the scenario that makes the plan");
  flags.Text("seed", &options.source.seed, "from this seed");
  flags.Switch("trace", &options.trace, "print every event");
  flags.Number("node", &options.node, "of the trace only this node's; 0: all");
  flags.Time("from", &options.from, "of the trace only what happened then or later");
  flags.Time("until", &options.until, "of the trace only what happened then or before");
  flags.Switch("twice", &options.twice, "run it twice and compare event by event");
  flags.Switch("plan", &options.plan, "print the plan, and do not run it");
  return flags;
}

void PrintTrace(const scenarios::RunResult& result, const Options& options) {
  for (const sim::TraceRecord& record : result.trace) {
    const Duration at = record.time - Instant();
    if (at < options.from || at > options.until) continue;
    if (options.node != 0 && record.node != NodeId(options.node)) continue;
    std::cout << record.ToString() << "\n";
  }
}

void PrintPass(const fault::Plan& plan, const scenarios::RunResult& result) {
  const scenarios::Census& census = result.census;
  std::cout << "pass: scenario " << plan.scenario << ", seed " << plan.seed << "\n"
            << "  " << Grouped(census.events) << " events in " << ShortTime(census.simulated) << " simulated; "
            << Grouped(census.appended) << " records appended, " << Grouped(census.acknowledged) << " acknowledged, "
            << Grouped(census.applied) << " applied; " << Grouped(census.recoveries) << " recoveries\n";
  std::string fired, reached;
  for (int i = 0; i < fault::kFaultKindCount; ++i) {
    if (census.fired[i] > 0) absl::StrAppend(&fired, " ", fault::InfoOf(static_cast<fault::FaultKind>(i)).name);
  }
  for (int i = 0; i < scenarios::kRareStateCount; ++i) {
    if (census.reached[i] > 0) {
      absl::StrAppend(&reached, " ", scenarios::InfoOf(static_cast<scenarios::RareState>(i)).name);
    }
  }
  std::cout << "  faults that fired:" << (fired.empty() ? " none" : fired) << "\n"
            << "  rare states reached:" << (reached.empty() ? " none" : reached) << "\n";
  for (const std::string& ladder : result.ladders) std::cout << "  " << ladder << "\n";
  std::cout << "digest  " << result.digest.ToString() << "\n";
}

}  // namespace

std::string ReplayHelp() {
  Options options;
  return MakeFlags(options).Help();
}

int ReplayCommand(const std::vector<std::string>& arguments) {
  Options options;
  const auto words = MakeFlags(options).Parse(arguments);
  if (!words.ok()) return Unusable(words.status());
  const absl::StatusOr<fault::Plan> plan = FindPlan(options.source, *words);
  if (!plan.ok()) return Unusable(plan.status());
  if (options.plan) {
    std::cout << fault::PrintPlan(*plan);
    return 0;
  }
  scenarios::RunOptions run_options;
  run_options.keep_whole_trace = options.trace;
  const scenarios::RunResult result = options.twice ? scenarios::RunTwice(*plan, run_options)
                                                    : scenarios::Run(*plan, run_options);
  if (options.trace) PrintTrace(result, options);
  if (result.verdict.passed()) {
    PrintPass(*plan, result);
  } else {
    std::cout << scenarios::Report(*plan, scenarios::WithWholeTrace(*plan, result),
                                   {.plan_path = words->empty() ? "" : words->front()});
  }
  return ExitCode(result.verdict);
}

}  // namespace tidemark::tools
