#pragma once

// The ladder of one node, rebuilt from nothing but its trace events: what the node told the world, rung by
// rung, so that oracles judge the story and not the node's own bookkeeping. Set anew from the engine's
// ladder when a recovery completes; blank while the node is down or recovering.

#include <cstdint>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/prefetch.h"
#include "engine/base/ring.h"
#include "engine/env/tracer.h"
#include "engine/partition/ladder.h"
#include "scenarios/workload/record_model.h"

namespace tidemark::scenarios {

// One partition's rungs, as the raft index and the partition index of the last record at or below each.
struct alignas(64) PartitionRungs {
  struct Record {
    RaftIndex raft_index;
    PartitionIndex index;
  };
  bool known = false;
  bool open = false;      // its creation is done, and no drop was accepted: it takes records
  bool dropping = false;  // its drop was accepted, and something of it is left
  Record appended;
  Record applied;
  // Records that were accepted and are not yet both durable in the partition's file and applied (durable alone, where
  // they were released), nor in the spill, oldest first; before them its creation (index 0), until its file exists;
  // after its drop the record that says so (index 0), until its file is gone: what the segmented log must keep for this
  // partition.
  Ring<Record> needed;
  // From here on the second cache line: what is appended asks for the first one only.
  Record forwarded;
  Record durable;
  PartitionIndex truncated;  // records up to here are gone from the partition's file
};

// What one event said about a rung: where it was by all that is known, and where it went.
struct RungMove {
  uint64_t before = 0;
  uint64_t after = 0;
  PartitionIndex index_before;
};

class Rungs {
 public:
  // Whether the rungs are known: a recovery completed and the node lives.
  bool live() const { return live_; }
  // Folds one event in. The move is all zeros for events that move no rung, and while not live.
  RungMove Fold(const TraceEvent& event);
  // A recovery completed with this ladder. Which records the partitions still need is taken from the model.
  void Reset(const Ladder& ladder, const RecordModel& model);
  void Down() { live_ = full_ = failed_ = false; }

  RaftIndex appended() const { return appended_; }
  RaftIndex durable() const { return durable_; }
  RaftIndex committed() const { return committed_; }
  RaftIndex min_required() const { return min_required_; }
  RaftIndex truncated() const { return truncated_; }
  // The log's disk is full; the log failed.
  bool full() const { return full_; }
  bool failed() const { return failed_; }
  // Partitions 0..partitions()-1 by id; unknown ones read as zeros.
  uint64_t partitions() const { return partitions_.size(); }
  const PartitionRungs& partition(PartitionId id) const;
  // How many of them are known: there, or on their way.
  uint64_t present() const { return present_; }
  // As of RecordModel.
  void Prefetch(PartitionId id) const { PrefetchObject(partition(id)); }
  void PrefetchEnds(PartitionId id) const {
    partition(id).needed.PrefetchFront();
    partition(id).needed.PrefetchBack();
  }
  // The lowest raft index that some partition still needs; durable + 1 when none does. Looks at every partition.
  RaftIndex LowestNeeded() const;

 private:
  PartitionRungs& Grow(PartitionId id);
  RungMove FoldPartition(const TraceEvent& event);

  void FoldState(const TraceEvent& event);

  bool live_ = false;
  bool full_ = false;
  bool failed_ = false;
  RaftIndex appended_, durable_, committed_, min_required_, truncated_;
  uint64_t present_ = 0;
  std::vector<PartitionRungs> partitions_;
};

}  // namespace tidemark::scenarios
