#pragma once

// What may have become of the files of the log and of the partitions, learned from the disk alone.
//
// Torn may be those that held, or might hold, what was not synced, as the process died, until a recovery has completed:
//
//   a sync covers the writes that were complete when it was issued
//   after a write or a sync that failed nothing covers the file
//   without a loss of power all that stays as it is: a later life finds in the page cache what an earlier one wrote,
//   may need to write nothing, and then the power goes
//
// Damaged, for good, may be those that a fault of the medium hit. A hit on anything else, the spill or the root, may
// concern them all.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "engine/base/ids.h"
#include "engine/env/tracer.h"

namespace tidemark::scenarios {

class FileMarks {
 public:
  FileMarks() { OnFile(kSystemPartition, 1); }

  // The owner, a partition or kSystemPartition for the log, has, or is about to have, a segment file of this number.
  void OnFile(PartitionId owner, uint64_t file_id);
  // A disk_issued or disk_completed event of the node.
  void OnDisk(const TraceEvent& event);
  void OnDown(bool power_lost);
  void OnRecovered();
  // A fault that damages has hit what is at that path, or a call for it.
  void OnDamage(uint64_t path_hash);

  // As the last life, or one before it that no recovery followed, has left the file. So may one that nobody told of.
  bool MayBeTorn(PartitionId owner, uint64_t file_id) const;
  // No file of the owner's can be damaged; none at all.
  bool IsSound(PartitionId owner) const { return !other_damage_ && !damaged_.contains(owner); }
  bool AllSound() const { return !other_damage_ && damaged_.empty(); }

 private:
  struct File {
    PartitionId owner;
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
  absl::btree_map<uint64_t, PartitionId> directories_;          // likewise
  absl::btree_map<PartitionId, std::vector<size_t>> by_owner_;  // at number - 1
  absl::btree_set<PartitionId> damaged_;                        // owners
  bool other_damage_ = false;
  std::vector<Pending> pending_;  // writes and syncs under way, oldest first
};

}  // namespace tidemark::scenarios
