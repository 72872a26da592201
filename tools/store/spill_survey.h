#pragma once

// The spill (engine/node/spill.h) as a survey sees it: which records it has copies of.

#include <map>
#include <utility>

#include "engine/base/ids.h"
#include "tools/store/aof_survey.h"
#include "tools/store/store_files.h"

namespace tidemark::tools {

struct SpillSurvey {
  AofSurvey file;
  // Where each record stood in the log; of several copies the newest.
  std::map<std::pair<PartitionId, PartitionIndex>, RaftIndex> copies;

  // Whether it has all of [first, last], each behind the one before it in the log; `before` is that of first - 1.
  bool HoldsAll(PartitionId partition, PartitionIndex first, PartitionIndex last, RaftIndex before) const;
};

SpillSurvey SurveySpill(const StoreFiles& files, const AofIdentity& identity);

}  // namespace tidemark::tools
