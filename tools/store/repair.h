#pragma once

// Repairs a store by the engine's own recovery, and loses nothing on the way:
//
//   PlanRepair   looks at the store, and lets recovery run on a copy in memory: what would it do, to which files?
//   KeepCopy     copies each file that would be changed or removed to a directory beside the store, and syncs it
//   Apply        lets recovery run on the store itself; a file of which there is no copy it may not touch
//
// Interrupted before Apply, the store is as it was; within Apply, the copy is whole, and the store is what a crash
// inside recovery leaves: repairing again goes on. A repair of what was repaired finds nothing to do.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "engine/aof/store_id.h"
#include "engine/node/recovery_report.h"
#include "tools/store/overlay_disk.h"
#include "tools/store/recovery_run.h"
#include "tools/store/store_files.h"
#include "tools/store/store_survey.h"

namespace tidemark::tools {

struct RepairOptions {
  absl::optional<StoreId> store_id = absl::nullopt;
  // A partition's file that is ahead of the log is cut back to it: see EngineOptions::accept_lost_tail.
  bool accept_lost_tail = false;
};

struct RepairPlan {
  StoreSurvey survey;
  EngineOptions engine_options;
  // OK: recovery brings the store back. Else why not, and nothing may be applied.
  absl::Status recovery;
  RecoveryReport report;            // of recovery on the copy in memory
  std::vector<FileChange> changes;  // what it would do to files; none: there is nothing to repair
};

// `files` is locked by the caller. kNoStore, kIoError.
absl::StatusOr<RepairPlan> PlanRepair(const StoreFiles& files, const RepairOptions& options);

// Where KeepCopy puts the copy of a store if nobody says: "<store>.before-repair-1" beside it, with the first number
// that is free. An error where the store has no name, such as "/".
absl::StatusOr<std::string> CopyDirectoryFor(const std::string& root);

// Copies what the plan changes or removes to `directory`, which must not exist, together with RESTORE.txt, which says
// how to go back. Durable when it returns OK, and not there under this name before.
absl::Status KeepCopy(const RepairPlan& plan, const std::string& directory);

// Recovery on the store itself; the caller holds the exclusive lock and has kept a copy. The status is recovery's.
absl::StatusOr<RecoveryRun> ApplyRepair(const RepairPlan& plan);

// What the user can do about a store that recovery refuses, a line each.
std::vector<std::string> Advice(const RepairPlan& plan);

}  // namespace tidemark::tools
