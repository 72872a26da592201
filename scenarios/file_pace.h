#pragma once

// How soon a partition's file must have made durable what the log has, where no fault of the plan holds that file: also
// while faults hold others. What may come in between, by the design of the engine:
//
//   it gathers for partition_flush_delay; once its partition holds the log by half of max_hold_records, no longer (and
//   again, when what it lacks is in the spill)
//   it waits for its turn (engine/aof/turns.h): behind each late file for kLongestTurn, behind each other one for a
//   batch and the gap between two turns
//   it writes and syncs
//
// A late file takes a turn again only once it has ended the last one. Where the late files would take nearly all turns
// all the same, nothing is due.

#include <cstdint>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "fault/plan.h"

namespace tidemark::scenarios {

class FilePace {
 public:
  // A turn that lasts longer counts no more.
  static constexpr Duration kLongestTurn = Duration::Seconds(1);

  FilePace() = default;
  explicit FilePace(const fault::Plan& plan);

  // Whether anything is due of the node's files.
  bool IsDue(NodeId node) const { return node.value() < nodes_.size() && nodes_[node.value()].due; }
  // How long a file may gather.
  Duration gather() const { return gather_; }
  // From holding the log by so many records on it must not. 0: it may always.
  uint64_t hurried_records() const { return hurried_records_; }
  // How long it may take to get its turn and to end it.
  Duration TurnOf(NodeId node) const { return nodes_[node.value()].turn; }
  // From when on the partition's file is held by none of the faults that have begun by `now`: may be after `now`.
  Instant FreeFrom(NodeId node, PartitionId partition, Instant now) const;

 private:
  struct Hold {
    int64_t partition;  // or kAnyPartition
    Instant from, until;
  };
  struct Node {
    bool due = false;
    Duration turn;
    std::vector<Hold> holds;
  };

  Duration gather_;
  uint64_t hurried_records_ = 0;
  std::vector<Node> nodes_;  // by node id
};

}  // namespace tidemark::scenarios
