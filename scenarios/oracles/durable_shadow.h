#pragma once

// How far the segmented log can be durable, learned from its disk alone: nothing the engine says of its own progress
// counts, only what it wrote and synced, and when.
//
//   a write to a file of the log is issued     it can hold records that were appended by then
//   it completes, whole                        they can be in the file
//   a sync of that file is issued              it can cover what was written to that file by then
//   it completes with OK                       those records can be durable, and no later ones: not even these, while
//                                              an earlier file holds what is not synced

#include <cstdint>
#include <vector>

#include "absl/container/btree_map.h"
#include "engine/base/ids.h"
#include "engine/env/tracer.h"

namespace tidemark::scenarios {

class DurableShadow {
 public:
  DurableShadow();

  // A disk_issued or disk_completed event of the node; the log's end at that time.
  void OnDisk(const TraceEvent& event, RaftIndex appended);
  // The log has, or may have, a segment file of this number.
  void OnFile(uint64_t file_id);
  // The log moved on to that file.
  void OnRotated(uint64_t file_id);
  void Recovered(RaftIndex durable);
  void Down() { pending_.clear(); }

  // Nothing above can be durable.
  RaftIndex durable() const { return durable_; }

 private:
  struct Pending {
    uint64_t op;
    uint64_t file;
    RaftIndex covers;
    uint64_t bytes;  // to be written
  };
  struct Reach {
    RaftIndex written;
    RaftIndex synced;
  };
  struct File {
    uint64_t id;
    bool under_construction;  // the name that it has until it is complete, and is known by until a reader opens it
  };
  // Its number; 0: not a file of the log, or one that the log has not moved on to.
  uint64_t FileOf(uint64_t path_hash) const;

  absl::btree_map<uint64_t, File> files_;  // by hash of the path
  uint64_t known_files_ = 0;               // ids up to here are in files_
  uint64_t current_file_ = 1;
  std::vector<Pending> pending_;            // writes and syncs under way, oldest first
  absl::btree_map<uint64_t, Reach> reach_;  // of the files that this life has written to, by number
  RaftIndex durable_;
};

}  // namespace tidemark::scenarios
