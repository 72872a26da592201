#include "tools/run_command.h"

#include <algorithm>
#include <csignal>
#include <iostream>
#include <limits>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "scenarios/report.h"
#include "scenarios/suite.h"
#include "tools/exit_code.h"
#include "tools/failure_files.h"
#include "tools/flags.h"
#include "tools/plan_source.h"
#include "tools/progress_line.h"
#include "tools/result_table.h"
#include "tools/text.h"

namespace tidemark::tools {
namespace {

using scenarios::Scenario;
using scenarios::SuiteResult;
using scenarios::VerdictKind;

// Below it a suite may miss a rare state by chance: the miss is shown, but is no verdict.
constexpr uint64_t kCensusSeeds = 1'000;

struct Options {
  uint64_t seeds = 1'000;
  uint64_t from = 1;
  uint64_t jobs = std::max(1u, std::thread::hardware_concurrency());
  Duration time;
  std::string out = "out";
  bool keep_going = false;
  Duration shrink = Duration::Seconds(10);
};

Flags MakeFlags(Options& options) {
  Flags flags("run", "[scenario...]",
              "Runs scenarios, by default all, each over many seeds. The first failure of a scenario is shown, written "
              "to files\nand shrunk. The exit code is the first verdict's that is not a pass.");
  flags.Number("seeds", &options.seeds, "seeds of each scenario");
  flags.Number("from", &options.from, "the first seed");
  flags.Number("jobs", &options.jobs, "seeds that run at once");
  flags.Time("time", &options.time, "stop after this much real time, shared out among the scenarios");
  flags.Text("out", &options.out, "directory for what failures leave");
  flags.Switch("keep-going", &options.keep_going, "go on after a scenario's first failure");
  flags.Time("shrink", &options.shrink, "how long to look for a smaller plan after a failure, at most");
  return flags;
}

// The first interrupt ends the run with its table; the second one ends the process.
volatile std::sig_atomic_t interrupted = 0;
void OnInterrupt(int) {
  interrupted = 1;
  std::signal(SIGINT, SIG_DFL);
}

class Run {
 public:
  explicit Run(const Options& options) : options_(options) {}

  void Suite(const Scenario& scenario, size_t scenarios_left) {
    const Stopwatch watch;
    Duration limit = Duration::Max();
    if (options_.time > Duration()) {
      limit = std::max(Duration(), options_.time - whole_.Elapsed()) / static_cast<int64_t>(scenarios_left);
    }
    scenarios::SuiteOptions suite;
    suite.first_seed = options_.from;
    suite.seeds = options_.seeds;
    suite.jobs = static_cast<int>(options_.jobs);
    suite.keep_going = options_.keep_going;
    suite.stop = [&] { return interrupted != 0 || watch.Elapsed() >= limit; };
    suite.progress = [&](const fault::Plan&, const scenarios::RunResult&, const SuiteResult& so_far) {
      line_.Update(scenario.name, so_far, options_.seeds, watch.Elapsed());
    };
    ResultRow row{&scenario, scenarios::RunSuite(scenario, suite), {}, watch.Elapsed()};
    line_.Clear();
    row.missed = row.result.census.Missed(scenario.reaches);
    Judge(row);
    rows_.push_back(std::move(row));
  }

  int Finish() {
    uint64_t seeds = 0, failures = 0;
    for (const ResultRow& row : rows_) {
      seeds += row.result.runs;
      failures += row.result.failed;
    }
    std::cout << ResultTable(rows_) << "\n" << ConfidenceLine(seeds, failures) << "\n";
    if (interrupted != 0) std::cout << "interrupted\n";
    if (seeds == 0) exit_code_ = static_cast<int>(VerdictKind::kVacuous);
    return exit_code_;
  }

 private:
  void Judge(const ResultRow& row) {
    if (!row.result.failures.empty()) return ShowFailure(row.result.failures[0]);
    if (row.missed.empty() || row.result.runs < kCensusSeeds) return;
    std::cout << "vacuous: S1: " << Grouped(row.result.runs) << " seeds of " << row.scenario->name
              << " never reached: " << absl::StrJoin(row.missed, ", ") << "\n\n";
    Fail(VerdictKind::kVacuous);
  }

  void ShowFailure(const scenarios::SuiteFailure& failure) {
    const scenarios::Verdict& verdict = failure.result.verdict;
    Fail(verdict.kind);
    std::cout << scenarios::Report(failure.plan, scenarios::WithWholeTrace(failure.plan, failure.result), {});
    const auto files = WriteFailure(options_.out, failure.plan, failure.result);
    if (files.ok()) {
      std::cout << "files   " << files->plan << ", .report.txt, .trace.txt\n" << std::flush;
    } else {
      std::cout << files.status().message() << "\n";
    }
    if (options_.shrink == Duration() || interrupted != 0) return;
    const auto small = ShrinkFailure(options_.out, failure.plan, verdict, options_.shrink);
    if (small.ok()) {
      std::cout << "shrunk  to " << small->shrunk.plan.operations.size() << " operations and "
                << small->shrunk.plan.faults.size()
                << " faults: " << scenarios::ReplayCommand(small->shrunk.plan, verdict, {.plan_path = small->path})
                << "\n\n";
    } else {
      std::cout << "shrunk  not: " << small.status().message() << "\n\n";
    }
  }

  void Fail(VerdictKind kind) {
    if (exit_code_ == 0) exit_code_ = static_cast<int>(kind);
  }

  const Options& options_;
  const Stopwatch whole_;
  ProgressLine line_;
  std::vector<ResultRow> rows_;
  int exit_code_ = 0;
};

absl::StatusOr<std::vector<const Scenario*>> Chosen(const std::vector<std::string>& names) {
  std::vector<const Scenario*> chosen;
  for (const std::string& name : names) {
    const absl::StatusOr<const Scenario*> scenario = FindScenarioOrSuggest(name);
    if (!scenario.ok()) return scenario.status();
    chosen.push_back(*scenario);
  }
  if (!names.empty()) return chosen;
  for (const Scenario& each : scenarios::Scenarios()) chosen.push_back(&each);
  return chosen;
}

}  // namespace

std::string RunHelp() {
  Options options;
  return MakeFlags(options).Help();
}

int RunCommand(const std::vector<std::string>& arguments) {
  Options options;
  const auto words = MakeFlags(options).Parse(arguments);
  if (!words.ok()) return Unusable(words.status());
  if (options.seeds == 0 || options.jobs == 0 || options.jobs > 1'024) {
    return Unusable("--seeds wants at least 1, --jobs 1 to 1024");
  }
  const auto chosen = Chosen(*words);
  if (!chosen.ok()) return Unusable(chosen.status());
  std::signal(SIGINT, OnInterrupt);
  Run run(options);
  for (size_t i = 0; i < chosen->size() && interrupted == 0; ++i) run.Suite(*(*chosen)[i], chosen->size() - i);
  return run.Finish();
}

}  // namespace tidemark::tools
