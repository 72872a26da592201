#include "tools/store/store_survey.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "engine/node/file_options.h"
#include "engine/partition/partition_log.h"

namespace tidemark::tools {
namespace {

// The one that most files name, so that a file that strayed in from elsewhere does not speak for the others; in doubt
// the log's newest.
StoreId StoreIdOf(const StoreFiles& files, const std::set<PartitionId>& partitions) {
  std::vector<StoreId> ids = FindStoreIds(files, kLogDirectory);
  for (PartitionId partition : partitions) {
    for (const StoreId& id : FindStoreIds(files, PartitionLog::DirectoryOf(partition))) ids.push_back(id);
  }
  std::map<StoreId, size_t> votes;
  for (const StoreId& id : ids) ++votes[id];
  StoreId best;
  for (const StoreId& id : ids) {
    if (best == StoreId{} || votes[id] > votes[best]) best = id;
  }
  return best;
}

// What the log's directory says before any of its records.
void JudgeLogFiles(bool has_partitions, LogSurvey& log) {
  if (!log.file.segments.empty()) return;
  log.followed = false;
  const bool lost = has_partitions;
  log.file.findings.push_back(
      {.kind = lost ? FindingKind::kLostRecords : FindingKind::kUnfinished,
       .path = kLogDirectory,
       .what = lost ? "the log holds no segment file, but there are partition files: its records are gone"
                    : "the log holds no segment file: the creation of the store was interrupted"});
}

}  // namespace

absl::StatusOr<StoreSurvey> SurveyStore(const StoreFiles& files, const SurveyOptions& options) {
  StoreSurvey survey;
  survey.root = files.root();
  std::set<PartitionId> partitions;
  bool has_log = false;
  bool has_spill = false;
  ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, files.List(""));
  for (const DirectoryEntry& entry : entries) {
    const PartitionId partition = PartitionLog::PartitionOf(entry.name);
    if (entry.is_directory && partition != kSystemPartition) {
      partitions.insert(partition);
    } else if (entry.is_directory && entry.name == kLogDirectory) {
      has_log = true;
    } else if (entry.is_directory && entry.name == kSpillDirectory) {
      has_spill = true;
    } else {
      survey.foreign.push_back(entry.name);
    }
  }
  if (!has_log && partitions.empty()) {
    return MakeError(ErrorKind::kNoStore, absl::StrCat(files.root(), " holds no store: neither a directory \"",
                                                       kLogDirectory, "\" nor one of a partition"));
  }
  survey.store_id = options.store_id.value_or(StoreIdOf(files, partitions));
  AofIdentity identity{.store_id = survey.store_id, .log_id = 0};
  if (survey.store_id == StoreId{}) identity.store_id.reset();
  ListOptions log_list = options.list;
  log_list.wanted = options.list.wanted && options.only.value_or(kSystemPartition) == kSystemPartition;
  survey.log = SurveyLog(files, identity, log_list);
  JudgeLogFiles(!partitions.empty(), survey.log);
  survey.findings = survey.log.file.findings;
  if (has_spill) {
    identity.log_id = kSpillLogId;
    survey.spill = SurveySpill(files, identity);
    const std::vector<Finding>& found = survey.spill->file.findings;
    survey.findings.insert(survey.findings.end(), found.begin(), found.end());
  }
  for (const auto& [partition, known] : survey.log.roster->partitions()) partitions.insert(partition);
  for (PartitionId partition : partitions) {
    if (options.only.has_value() && *options.only != partition) continue;
    identity.log_id = partition.value();
    survey.partitions.push_back(SurveyPartition(files, partition, survey.log,
                                                {.identity = identity,
                                                 .list = options.list,
                                                 .compare = options.compare,
                                                 .spill = survey.spill.has_value() ? &*survey.spill : nullptr}));
    const std::vector<Finding>& found = survey.partitions.back().file.findings;
    survey.findings.insert(survey.findings.end(), found.begin(), found.end());
  }
  return survey;
}

}  // namespace tidemark::tools
