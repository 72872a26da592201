#pragma once

// What the files of one node's store may take of its disk once all is done, by what its trace and the model know then:
// files that hold a record which somebody needs, and as much as their records need.
//
//   a dead file    a later file of the same log begins at or below the first record that is needed: it must be gone
//   the log        its records from the first one on that is needed, or that the log has not been told to drop
//   a partition    its records above what the newest snapshot took away; and no more than snapshot_bytes came since
//   the spill      twice the records that it holds for somebody
//
// each with some files more, and with one for each end of the process that lies among those records: what an unproven
// tail leaves void takes space until the files around it go.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "engine/base/ids.h"
#include "engine/env/tracer.h"
#include "engine/partition/ladder.h"
#include "scenarios/contract.h"
#include "scenarios/oracles/oracle.h"
#include "scenarios/oracles/per_node.h"
#include "scenarios/oracles/rungs.h"
#include "scenarios/workload/record_model.h"

namespace tidemark::scenarios {

class FileBounds {
 public:
  // After the event has been folded into the rungs.
  void OnEvent(const TraceEvent& event);
  void OnDown(DownReason reason, const RecordModel& model);
  void OnRecovered(const Ladder& ladder, const RecoveryReport& report);
  // The machine's memory of the partition up to there survives.
  void OnSnapshot(PartitionId partition, PartitionIndex through) { kept_[partition] = through; }
  void OnMachineSnapshot(const MachineSnapshot& snapshot, const Rungs& rungs);

  // Of a store that serves.
  std::vector<TooMuch> Check(NodeId node, const DiskUse& use, const Rungs& rungs, const RecordModel& model,
                             const Contract& contract) const;

 private:
  // Where each segment file of a log begins, by its id, as far as rotations told.
  using Bases = absl::btree_map<uint64_t, uint64_t>;
  // Of this life: what the newest snapshot that the engine heard of has taken from the partition's file.
  struct Cut {
    PartitionIndex first;      // that it left
    PartitionIndex forwarded;  // what the file had been given when the machine answered
  };
  // How far everything had come when the process ended.
  struct End {
    RaftIndex log;
    std::vector<PartitionIndex> partitions;  // by id - 1
  };
  struct Judging;

  void ForgetPartition(PartitionId partition);
  void CheckLog(const Judging& j) const;
  void CheckPartition(const Judging& j, PartitionId partition, const DiskUse::Files& files) const;
  void CheckSpill(const Judging& j) const;
  // What the partition's segment files may take for these records, or some of it that `used` does not exceed: only
  // where it would are records looked at, all of them.
  uint64_t RoomFor(const Judging& j, PartitionId partition, PartitionIndex from, PartitionIndex through,
                   uint64_t used) const;
  // Likewise what they may grow to before a snapshot takes records away.
  uint64_t Grown(const Judging& j, PartitionId partition, uint64_t used) const;

  absl::btree_map<PartitionId, Bases> bases_;  // of the log: kSystemPartition
  absl::btree_map<PartitionId, Cut> cuts_;
  absl::btree_map<PartitionId, PartitionIndex> spilled_;  // of this life, and what its recovery found
  absl::btree_map<PartitionId, PartitionIndex> kept_;
  std::vector<End> ends_;
};

}  // namespace tidemark::scenarios
