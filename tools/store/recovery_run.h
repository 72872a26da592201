#pragma once

// Runs the engine's own recovery over a disk, up to the moment it would begin to serve, and no further.

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "engine/backend/event_loop.h"
#include "engine/env/disk.h"
#include "engine/node/options.h"
#include "engine/node/recovery_report.h"
#include "tools/store/store_survey.h"

namespace tidemark::tools {

// The options a store was made with, as far as its files tell; the rest does not matter to recovery.
EngineOptions StoredOptions(const StoreSurvey& survey, bool accept_lost_tail);

struct RecoveryRun {
  absl::Status status;
  RecoveryReport report;
};

// There is no state machine here: one stands in that has all that `survey` found, and takes nothing. `stop` is called
// at the moment recovery is done, before the engine does anything of its own: from then on `disk` must do nothing.
RecoveryRun RunRecovery(EventLoop& loop, Disk& disk, const StoreSurvey& survey, const EngineOptions& options,
                        absl::FunctionRef<void()> stop);

}  // namespace tidemark::tools
