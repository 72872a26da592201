#include "tools/store/repair_command.h"

#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "tools/exit_code.h"
#include "tools/flags.h"
#include "tools/store/repair.h"
#include "tools/store/store_command.h"
#include "tools/store/survey_text.h"

namespace tidemark::tools {
namespace {

constexpr absl::string_view kName = "repair";

struct Options {
  StoreFlags store;
  bool apply = false;
  bool dry_run = false;
  bool accept_lost_tail = false;
  std::string copy;
};

Flags MakeFlags(Options& options) {
  Flags flags(
      "repair", "DIR",
      "What recovery would do to a store, tried on a copy in memory: nothing on the disk is changed. With --apply, "
      "every "
      "file that will be changed or removed is first copied to a directory beside the store, and then recovery runs on "
      "the store itself. Ends with 0 if the store is sound after it (or would be), 21 if recovery refuses, 22 if it "
      "could "
      "not be read.");
  options.store.AddTo(flags);
  flags.Switch("apply", &options.apply, "do it");
  flags.Switch("dry-run", &options.dry_run, "only say what would be done; the default");
  flags.Switch("accept-lost-tail", &options.accept_lost_tail,
               "where the log has lost promised records, cut the partition files back to it, and lose them for good");
  flags.Text("copy", &options.copy, "the directory of the copy; it must not exist. Default: DIR.before-repair-N");
  return flags;
}

// What came of it.
struct Outcome {
  RepairPlan plan;
  bool applied = false;
  std::string copy;  // empty: none was needed
  absl::Status status;
  absl::optional<StoreSurvey> after;

  // Recovery believes the log where a partition's file disagrees with it on what it does not compare.
  bool Mends() const {
    const std::vector<Finding>& findings = plan.survey.findings;
    return !plan.changes.empty() && std::none_of(findings.begin(), findings.end(), [](const Finding& finding) {
      return finding.kind == FindingKind::kDisagreement;
    });
  }

  int ExitCode() const {
    const ErrorKind kind = KindOf(status);
    if (status.ok() && after.has_value()) return tools::ExitCode(after->verdict());
    if (status.ok() && applied) return tools::ExitCode(StoreVerdict::kUnreadable);  // what came of it
    if (status.ok() && !Mends()) return tools::ExitCode(plan.survey.verdict());
    if (status.ok()) return 0;
    const bool refused = kind != ErrorKind::kIoError && kind != ErrorKind::kDiskFull &&
                         kind != ErrorKind::kNotSupported;
    return tools::ExitCode(refused ? StoreVerdict::kDamaged : StoreVerdict::kUnreadable);
  }
};

void PrintText(const Outcome& outcome) {
  const RepairPlan& plan = outcome.plan;
  std::cout << "before\n" << FindingsText(plan.survey);
  if (!plan.recovery.ok()) {
    std::cout << "recovery refuses: " << plan.recovery.message() << "\n";
    for (const std::string& line : Advice(plan)) std::cout << "  " << line << "\n";
    return;
  }
  if (plan.changes.empty()) {
    std::cout << "there is nothing to repair\n";
    return;
  }
  std::cout << (outcome.applied ? "recovery did\n" : "recovery would do\n") << plan.report.ToString() << "\n";
  for (const FileChange& change : plan.changes) {
    std::cout << "  " << FileChangeName(change.kind) << " " << change.path << "\n";
  }
  if (!outcome.copy.empty()) std::cout << "copy of what was there before: " << outcome.copy << "\n";
  if (!outcome.status.ok()) std::cout << "repair stopped: " << outcome.status.message() << "\n";
  if (outcome.after.has_value()) std::cout << "after\n" << FindingsText(*outcome.after);
  if (!outcome.applied && outcome.status.ok()) std::cout << "nothing was changed: do it with --apply\n";
}

void PrintJson(const Outcome& outcome) {
  const RepairPlan& plan = outcome.plan;
  JsonWriter json = BeginJson(kName);
  json.BeginObject("before");
  SurveyJson(plan.survey, json);
  json.End();
  json.Field("recovery", plan.recovery.ok() ? "ok" : ErrorKindName(KindOf(plan.recovery)));
  json.Field("message", plan.recovery.message());
  json.Field("report", plan.recovery.ok() ? plan.report.ToString() : "");
  json.BeginArray("advice");
  if (!plan.recovery.ok()) {
    for (const std::string& line : Advice(plan)) json.Item(line);
  }
  json.End();
  json.BeginArray("changes");
  for (const FileChange& change : plan.changes) {
    json.BeginObject();
    json.Field("change", FileChangeName(change.kind));
    json.Field("path", change.path);
    json.End();
  }
  json.End();
  json.Field("applied", outcome.applied);
  outcome.copy.empty() ? json.Null("copy") : json.Field("copy", outcome.copy);
  outcome.status.ok() ? json.Null("error") : json.Field("error", outcome.status.message());
  if (outcome.after.has_value()) {
    json.BeginObject("after");
    SurveyJson(*outcome.after, json);
    json.End();
  } else {
    json.Null("after");
  }
  json.End();
  std::cout << json.text();
}

// A copy of everything first, then recovery, then a look at what came of it.
void Apply(const StoreFiles& files, const Options& options, Outcome& outcome) {
  absl::StatusOr<std::string> directory = options.copy;
  if (options.copy.empty()) directory = CopyDirectoryFor(files.root());
  outcome.status = directory.status();
  if (outcome.status.ok()) outcome.status = KeepCopy(outcome.plan, *directory);
  if (!outcome.status.ok()) return;
  outcome.copy = *std::move(directory);
  absl::StatusOr<RecoveryRun> run = ApplyRepair(outcome.plan);
  outcome.applied = true;
  outcome.status = run.ok() ? run->status : run.status();
  if (run.ok()) outcome.plan.report = std::move(run->report);
  absl::StatusOr<StoreSurvey> after = SurveyStore(files, {.compare = true, .store_id = outcome.plan.survey.store_id});
  if (after.ok()) outcome.after = *std::move(after);
}

}  // namespace

std::string RepairHelp() {
  Options options;
  return MakeFlags(options).Help();
}

int RepairCommand(const std::vector<std::string>& arguments) {
  Options options;
  const auto store = ParseStoreArguments(MakeFlags(options), options.store, arguments);
  if (!store.ok()) return Unusable(store.status());
  if (options.apply && options.dry_run) return Unusable("--apply and --dry-run exclude each other");
  const auto lock = options.apply ? StoreFiles::Lock::kExclusive : StoreFiles::Lock::kShared;
  const auto files = OpenStoreLocked(store->directory, lock, "stop it first");
  if (!files.ok()) return CouldNotRead(kName, options.store.json, files.status());
  absl::StatusOr<RepairPlan> plan =
      PlanRepair(**files, {.store_id = store->store_id, .accept_lost_tail = options.accept_lost_tail});
  if (!plan.ok()) return CouldNotRead(kName, options.store.json, plan.status());
  Outcome outcome{.plan = *std::move(plan), .copy = {}, .status = {}, .after = {}};
  outcome.status = outcome.plan.recovery;
  if (options.apply && outcome.status.ok() && !outcome.plan.changes.empty()) Apply(**files, options, outcome);
  options.store.json ? PrintJson(outcome) : PrintText(outcome);
  return outcome.ExitCode();
}

}  // namespace tidemark::tools
