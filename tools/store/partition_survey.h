#pragma once

// One partition's file, looked at, and held against what the log says of the partition.

#include <deque>
#include <vector>

#include "absl/types/optional.h"
#include "engine/base/ids.h"
#include "engine/partition/partition_record.h"
#include "tools/store/aof_survey.h"
#include "tools/store/log_survey.h"
#include "tools/store/record_list.h"
#include "tools/store/spill_survey.h"

namespace tidemark::tools {

// What is kept of a record that the log holds too.
struct CopiedRecord {
  RaftIndex raft_index;
  Term term;
  uint64_t payload_bytes = 0;
  uint32_t payload_crc = 0;
};

struct PartitionSurvey {
  PartitionId partition;
  AofSurvey file;
  absl::optional<Checkpoint> checkpoint = absl::nullopt;  // the newest that counts
  // Of the last record that could be read, 0 if there is none.
  RaftIndex last_raft_index;
  Term last_term;
  // How many records the log, or the spill, has beyond the file's end: they are forwarded again.
  uint64_t behind = 0;
  // Those of them that only the spill has.
  uint64_t spilled = 0;
  // Records that log and file both hold, and were compared.
  uint64_t compared = 0;
  std::vector<ListedRecord> records;

  PartitionIndex first() const { return PartitionIndex(file.first.value()); }
  PartitionIndex last() const { return PartitionIndex(file.last.value()); }
};

struct PartitionSurveyOptions {
  AofIdentity identity = {};
  ListOptions list = {};
  bool compare = false;                // with the log, record by record
  const SpillSurvey* spill = nullptr;  // null: there is none
};

PartitionSurvey SurveyPartition(const StoreFiles& files, PartitionId partition, const LogSurvey& log,
                                const PartitionSurveyOptions& options);

}  // namespace tidemark::tools
