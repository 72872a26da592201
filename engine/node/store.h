#pragma once

// A recovered store, as recovery hands it to the coordinator: the open files and what is known of them.

#include <memory>
#include <vector>

#include "engine/base/ids.h"
#include "engine/env/disk.h"
#include "engine/node/file_options.h"
#include "engine/node/spill.h"
#include "engine/partition/partition_log.h"
#include "engine/partition/watermarks.h"
#include "engine/segmented_log/segmented_log.h"

namespace tidemark {

struct StorePartition {
  PartitionId partition;
  // The log record of its creation; 0 when the log no longer has it.
  RaftIndex created_at;
  std::unique_ptr<PartitionLog> log;
  // What the state machine has. May be ahead of what is durable in the partition's file.
  PartitionIndex machine_has;
};

struct Store {
  std::unique_ptr<DirectoryLock> lock;
  std::unique_ptr<SegmentedLog> log;
  std::unique_ptr<Spill> spill;  // null where it holds nothing that is needed
  SharedByPartitions shared;
  // In the order of the watermarks' slots.
  std::vector<StorePartition> partitions;
  std::unique_ptr<Watermarks> watermarks;
  // Of the next record of the system partition.
  PartitionIndex next_control{1};
};

}  // namespace tidemark
