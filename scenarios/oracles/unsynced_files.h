#pragma once

// Which files of the log and of the partitions may end in a torn write, learned from the disk alone: those that held,
// or might hold, what was not synced, as the process died, until a recovery has completed.
//
//   a sync covers the writes that were complete when it was issued
//   after a write or a sync that failed nothing covers the file
//   without a loss of power all that stays as it is: a later life finds in the page cache what an earlier one wrote,
//   may need to write nothing, and then the power goes

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/btree_map.h"
#include "engine/base/ids.h"
#include "engine/env/tracer.h"

namespace tidemark::scenarios {

class UnsyncedFiles {
 public:
  UnsyncedFiles() { OnFile(kSystemPartition, 1); }

  // The owner, a partition or kSystemPartition for the log, has, or is about to have, a segment file of this number.
  void OnFile(PartitionId owner, uint64_t file_id);
  // A disk_issued or disk_completed event of the node.
  void OnDisk(const TraceEvent& event);
  void OnDown(bool power_lost);
  void OnRecovered();

  // As the last life, or one before it that no recovery followed, has left the file. So may one that nobody told of.
  bool MayBeTorn(PartitionId owner, uint64_t file_id) const;

 private:
  struct File {
    // Since the power was lost the last time.
    uint64_t issued = 0;   // writes
    uint64_t synced = 0;   // the first so many are
    bool spoilt = false;   // one of them, or a sync, failed
    bool is_torn = false;  // may be, as the last life, or one before it that no recovery followed, has left it
  };
  struct Pending {
    uint64_t op;
    size_t file;
    uint64_t offset;
    uint64_t writes;  // of that file: this one, or those that a sync can cover
  };
  uint64_t CoveredWrites(size_t file) const;

  std::vector<File> files_;
  absl::btree_map<uint64_t, size_t> by_name_;                   // by hash of a path of theirs
  absl::btree_map<PartitionId, std::vector<size_t>> by_owner_;  // at number - 1
  std::vector<Pending> pending_;                                // writes and syncs under way, oldest first
};

}  // namespace tidemark::scenarios
