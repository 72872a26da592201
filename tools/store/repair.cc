#include "tools/store/repair.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/backend/event_loop.h"
#include "engine/backend/file_descriptor.h"
#include "engine/backend/posix_disk.h"
#include "engine/backend/posix_error.h"
#include "engine/base/status.h"
#include "tools/store/guarded_disk.h"

namespace tidemark::tools {
namespace {

namespace fs = std::filesystem;

absl::Status Failed(absl::string_view what, const std::error_code& error) { return ErrnoError(error.value(), what); }

absl::Status SyncPath(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return ErrnoError(errno, absl::StrCat("open ", path));
  if (::fsync(file.get()) != 0) return ErrnoError(errno, absl::StrCat("fsync ", path));
  return absl::OkStatus();
}

// Drops are told to the state machine, which is not here.
absl::Status RefuseUnfinishedDrop(const RecoveryReport& report) {
  for (const PartitionRecovery& p : report.partitions) {
    if (!p.dropped) continue;
    return MakeError(ErrorKind::kRefused,
                     absl::StrCat("the drop of ", p.partition.ToString(),
                                  " is unfinished, and its state machine has to hear of it: start "
                                  "the program that owns the store, whose recovery does the same"));
  }
  return absl::OkStatus();
}

std::string RestoreText(const RepairPlan& plan) {
  std::error_code error;
  std::string text = absl::StrCat(
      "These files of the store ", fs::absolute(plan.survey.root, error).string(),
      " were copied before `tidemark repair` changed them.\nTo go back: stop the program that owns the store, copy ",
      "the directories here over it, and remove what repair made:\n");
  for (const FileChange& change : plan.changes) {
    absl::StrAppend(&text, "  ", FileChangeName(change.kind), "  ", change.path, "\n");
  }
  return text;
}

absl::Status CopyFiles(const RepairPlan& plan, const fs::path& to) {
  std::error_code error;
  std::set<fs::path> directories = {to};
  for (const FileChange& change : plan.changes) {
    if (change.kind == FileChange::Kind::kCreated) continue;
    const fs::path target = to / change.path;
    fs::create_directories(target.parent_path(), error);
    if (error) return Failed(absl::StrCat("make directory ", target.parent_path().string()), error);
    directories.insert(target.parent_path());
    fs::copy_file(fs::path(plan.survey.root) / change.path, target, error);
    if (error) return Failed(absl::StrCat("copy ", change.path, " to ", target.string()), error);
    RETURN_IF_ERROR(SyncPath(target.string()));
  }
  const fs::path note = to / "RESTORE.txt";
  std::ofstream out(note);
  out << RestoreText(plan);
  out.close();
  if (!out) return MakeError(ErrorKind::kIoError, absl::StrCat("cannot write ", note.string()));
  RETURN_IF_ERROR(SyncPath(note.string()));
  for (const fs::path& directory : directories) RETURN_IF_ERROR(SyncPath(directory.string()));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RepairPlan> PlanRepair(const StoreFiles& files, const RepairOptions& options) {
  ASSIGN_OR_RETURN(StoreSurvey survey, SurveyStore(files, {.compare = true, .store_id = options.store_id}));
  const EngineOptions engine_options = StoredOptions(survey, options.accept_lost_tail);
  RepairPlan plan{
      .survey = std::move(survey), .engine_options = engine_options, .recovery = {}, .report = {}, .changes = {}};
  ASSIGN_OR_RETURN(const std::unique_ptr<EventLoop> loop, EventLoop::Create());
  OverlayDisk overlay(*loop, files);
  RecoveryRun run = RunRecovery(*loop, overlay, plan.survey, plan.engine_options, [&] { overlay.Stop(); });
  plan.recovery = run.status.ok() ? RefuseUnfinishedDrop(run.report) : run.status;
  plan.report = std::move(run.report);
  if (plan.recovery.ok()) plan.changes = overlay.Changes();
  return plan;
}

absl::StatusOr<std::string> CopyDirectoryFor(const std::string& root) {
  std::error_code error;
  const fs::path path = fs::canonical(root, error);
  if (error) return Failed(absl::StrCat("find ", root), error);
  if (!path.has_filename()) {
    return MakeError(
        ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
        absl::StrCat("there is no room beside ", path.string(), ": say where the copy shall be, with --copy"));
  }
  for (int number = 1;; ++number) {
    std::string candidate = absl::StrCat(path.string(), ".before-repair-", number);
    const bool taken = fs::exists(fs::symlink_status(candidate, error)) ||
                       fs::exists(fs::symlink_status(absl::StrCat(candidate, ".partial"), error));
    if (!taken) return candidate;
  }
}

absl::Status KeepCopy(const RepairPlan& plan, const std::string& directory) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(directory, error))) {
    return absl::AlreadyExistsError(absl::StrCat(directory, " is there already; the copy needs a new directory"));
  }
  const std::string partial = directory + ".partial";
  if (!fs::create_directory(partial, error)) {
    return Failed(absl::StrCat("make directory ", partial),
                  error ? error : std::make_error_code(std::errc::file_exists));
  }
  if (absl::Status copied = CopyFiles(plan, partial); !copied.ok()) {
    fs::remove_all(partial, error);  // ours, made a moment ago
    return copied;
  }
  fs::rename(partial, directory, error);
  if (error) return Failed(absl::StrCat("rename ", partial, " to ", directory), error);
  const fs::path parent = fs::absolute(directory, error).parent_path();
  return SyncPath(parent.string());
}

absl::StatusOr<RecoveryRun> ApplyRepair(const RepairPlan& plan) {
  RETURN_IF_ERROR(plan.recovery);
  std::set<std::string> may_change;
  for (const FileChange& change : plan.changes) may_change.insert(change.path);
  ASSIGN_OR_RETURN(const std::unique_ptr<EventLoop> loop, EventLoop::Create());
  ASSIGN_OR_RETURN(const std::unique_ptr<PosixDisk> disk, PosixDisk::Create(*loop, plan.survey.root));
  GuardedDisk guarded(*disk, std::move(may_change));
  return RunRecovery(*loop, guarded, plan.survey, plan.engine_options, [&] { guarded.Stop(); });
}

std::vector<std::string> Advice(const RepairPlan& plan) {
  std::vector<std::string> lines;
  const ErrorKind kind = KindOf(plan.recovery);
  bool log_is_ahead = true;
  for (const Finding& finding : plan.survey.findings) {
    if (finding.kind == FindingKind::kLostRecords && finding.what.rfind("the log", 0) == 0) log_is_ahead = false;
  }
  if (kind == ErrorKind::kRefused) return {"nothing is damaged beyond what that program repairs by itself"};
  if (kind == ErrorKind::kWrongStore) {
    return {"put the files back where they belong, or name the store you mean with --store-id"};
  }
  if (kind == ErrorKind::kCorruption || kind == ErrorKind::kLostRecords) {
    lines.push_back("the store is not changed: what can still be read stays readable with inspect --records");
    lines.push_back("restore the directory from a backup, or copy it from a replica that is stopped, and verify it");
    lines.push_back("a file that is missing may still be on another disk or in lost+found: put it back and verify");
  }
  if (!log_is_ahead) {
    lines.push_back(
        "if losing what the log has lost is acceptable: --accept-lost-tail cuts the partition files back to it");
  }
  if (kind == ErrorKind::kNotSupported) lines.push_back("a newer tidemark wrote this store: use that one");
  return lines;
}

}  // namespace tidemark::tools
