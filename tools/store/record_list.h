#pragma once

// The live records of one file, listed while it is surveyed: as many as were asked for, from a place on.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/aof/replay.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/segmented_log/entry.h"

namespace tidemark::tools {

struct ListedRecord {
  Sequence sequence;  // in its file: the raft index in the log, the partition index in a partition's file
  aof::Location at;
  RaftIndex raft_index;
  Term term;
  PartitionId partition;
  PartitionIndex partition_index;
  RecordKind kind = RecordKind::kData;
  uint64_t payload_bytes = 0;
  std::string payload = {};  // its first bytes
};

struct ListOptions {
  bool wanted = false;
  Sequence from{1};
  uint64_t limit = 50;  // records of each file
  uint64_t payload_bytes = 32;
};

class RecordList {
 public:
  explicit RecordList(const ListOptions& options) : options_(options) {}
  void Add(ListedRecord record, ByteSpan payload) {
    if (!options_.wanted || record.sequence < std::max(options_.from, first_) || records_.size() >= options_.limit)
      return;
    record.payload_bytes = payload.size();
    record.payload = std::string(AsText(payload.subspan(0, options_.payload_bytes)));
    records_.push_back(std::move(record));
  }
  void CutTo(Sequence new_end) {
    while (!records_.empty() && records_.back().sequence > new_end) records_.pop_back();
  }
  // Records below are dead, those that will still be added too.
  void DropBelow(Sequence first) {
    first_ = std::max(first_, first);
    size_t dead = 0;
    while (dead < records_.size() && records_[dead].sequence < first) ++dead;
    records_.erase(records_.begin(), records_.begin() + static_cast<ptrdiff_t>(dead));
  }
  std::vector<ListedRecord> Take() { return std::move(records_); }

 private:
  const ListOptions options_;
  Sequence first_;
  std::vector<ListedRecord> records_;  // Invariant: sequences ascend.
};

}  // namespace tidemark::tools
