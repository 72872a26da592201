#pragma once

// A whole store on the real disk, looked at without opening it: whatever state it is in, this says what it can.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<StoreFiles> files, StoreFiles::Open("/var/lib/store"));
//   files->LockStore(StoreFiles::Lock::kShared);          // or what is read may change under the survey
//   ASSIGN_OR_RETURN(StoreSurvey survey, SurveyStore(*files, {.compare = true}));
//   if (survey.verdict() == StoreVerdict::kSound) ...

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "engine/aof/store_id.h"
#include "engine/base/ids.h"
#include "tools/store/finding.h"
#include "tools/store/log_survey.h"
#include "tools/store/partition_survey.h"
#include "tools/store/store_files.h"

namespace tidemark::tools {

struct SurveyOptions {
  // Partition files are held against the log, record by record.
  bool compare = false;
  // Only this partition's file; kSystemPartition: none, the log only.
  absl::optional<PartitionId> only = absl::nullopt;
  // Files of another store are wrong; without it the head that most files have says which store this is.
  absl::optional<StoreId> store_id = absl::nullopt;
  ListOptions list = {};
};

struct StoreSurvey {
  std::string root;
  StoreId store_id;  // zero where no head could be read
  LogSurvey log;
  absl::optional<SpillSurvey> spill = absl::nullopt;  // none: its directory is not there
  std::vector<PartitionSurvey> partitions;            // ascending; those on the disk or in the roster
  std::vector<std::string> foreign;                   // names in the root that are no part of the store
  std::vector<Finding> findings;                      // of the log, of the spill, then of each partition
  StoreVerdict verdict() const { return VerdictOf(findings); }
};

// kNoStore: the directory holds no store, not even a damaged one. kIoError: it cannot be listed.
absl::StatusOr<StoreSurvey> SurveyStore(const StoreFiles& files, const SurveyOptions& options);

}  // namespace tidemark::tools
