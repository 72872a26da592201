#pragma once

#include "absl/types/optional.h"
#include "engine/base/ids.h"
#include "engine/partition/ladder.h"
#include "scenarios/oracles/per_node.h"

namespace tidemark::scenarios {

// Where recovery left each partition.
class RecoveredEnds {
 public:
  explicit RecoveredEnds(const Ladder& ladder) {
    for (const PartitionLadder& p : ladder.partitions) ends_[p.partition] = p.appended_index;
  }
  bool has(PartitionId partition) { return ends_[partition].has_value(); }
  // Its last record; 0 also for a partition that is not there.
  PartitionIndex of(PartitionId partition) { return ends_[partition].value_or(PartitionIndex(0)); }

 private:
  PerPartition<absl::optional<PartitionIndex>> ends_;
};

}  // namespace tidemark::scenarios
