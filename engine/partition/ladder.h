#pragma once

// The ladder of watermarks as plain numbers, for whoever watches: oracles, metrics, messages.
// engine/partition/watermarks.h moves them and keeps their order.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/base/ids.h"
#include "engine/base/status.h"

namespace tidemark {

// Why a partition still needs a record in the segmented log. Values are written into traces: never renumber.
enum class NeedReason : uint8_t {
  kNone = 0,     // nobody needs anything
  kForward = 1,  // not yet handed to the partition's file
  kSync = 2,     // in the partition's file, not yet durable there
  kApply = 3,    // durable in the partition's file, not yet applied
  kCreate = 4,   // the partition's creation: its file is not there yet
  kDrop = 5,     // the partition's end: its file is still there
};
absl::string_view NeedReasonName(NeedReason reason);

// A rung of a partition is a raft index and a partition index, of the last record of this partition at or below it; 0
// when there is none. Invariant: durable <= forwarded <= appended; applied <= forwarded.
//
// In whole cache lines: each record of a partition asks for most of it, and its admission for the first one only.
struct alignas(64) PartitionLadder {
  RaftIndex appended;
  PartitionIndex appended_index;
  PartitionIndex forwarded_index;
  PartitionIndex durable_index;
  PartitionIndex applied_index;
  // Records up to here that the file lacks are in the spill (engine/node/spill.h): the log need not keep them. 0: none.
  PartitionIndex spilled_index;
  // The lowest raft index above `truncated` that this partition still needs, and why; kNone: it needs nothing.
  RaftIndex min_required;
  NeedReason reason = NeedReason::kNone;
  // Its drop is durable. The place stands empty until another partition takes it.
  bool dropped = false;
  // Not kNone: the partition's file failed; nothing more is forwarded to it until the engine is restarted.
  ErrorKind stopped = ErrorKind::kNone;

  PartitionId partition;
  RaftIndex forwarded;
  RaftIndex partition_durable;
  RaftIndex applied;
  // Records up to here are gone from the partition's file: a snapshot of the state machine has them.
  PartitionIndex truncated_index;
};

struct Ladder {
  // Invariant: truncated < min_required <= durable + 1; committed <= durable <= appended.
  RaftIndex appended;
  RaftIndex durable;
  RaftIndex committed;
  // The highest index up to which every record is durable both in the log and in its partition's file (control records
  // have no second place: the log is enough). What acknowledging waits for where recovery rolls back. Invariant: safe
  // <= durable.
  RaftIndex safe;
  RaftIndex truncated;
  // The minimum over the partitions; durable + 1 when nobody needs anything. `holder` is who needs it, and why.
  RaftIndex min_required{1};
  PartitionId holder;
  NeedReason reason = NeedReason::kNone;
  // In no order that means anything; a place keeps its partition.
  std::vector<PartitionLadder> partitions;

  // "appended r17 durable r17 committed r17 min_required r9 (p2 sync) truncated r4; p1 forwarded r17/i8 ..."
  std::string ToString() const;
};

}  // namespace tidemark
