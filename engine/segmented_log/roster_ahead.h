#pragma once

// The roster of partitions as of some place in the log, found without reading the log from its begin.

#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/segmented_log/entry.h"
#include "engine/segmented_log/head_note.h"

namespace tidemark {

// The roster as of the next record, moved on record by record.
class RosterAhead {
 public:
  RosterAhead() = default;
  explicit RosterAhead(const std::vector<RosterEntry>& roster);

  // Whether the record may come next: of a partition that is there, and its next one; or a control record that creates
  // one that is not there, or drops one that is. kCorruption saying what is wrong.
  absl::Status Check(const EntryHeader& header, ByteSpan payload) const;
  void Apply(const EntryHeader& header, ByteSpan payload);
  std::vector<RosterEntry> Entries() const;
  size_t size() const { return next_.size(); }

 private:
  absl::btree_map<PartitionId, PartitionIndex> next_;
};

// The roster as of an earlier place, from the records that lie between it and a place where the roster is known.
class RosterBehind {
 public:
  // The records from the earlier place on, in order. A partition that is dropped before it has a record among them gets
  // 1 for its next index: what it had is not told, and nobody will ask.
  void See(const EntryHeader& header, ByteSpan payload);
  // `known`: the roster after all that was seen.
  std::vector<RosterEntry> Before(const std::vector<RosterEntry>& known) const;

 private:
  // What the first record that concerns a partition tells: its next index then, or 0, that it did not exist.
  absl::btree_map<PartitionId, PartitionIndex> first_seen_;
};

}  // namespace tidemark
