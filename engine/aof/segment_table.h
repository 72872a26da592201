#pragma once

// The segment files that hold live records, oldest first, and which record is in which.

#include <cstdint>
#include <vector>

#include "engine/aof/batch_parser.h"
#include "engine/aof/format.h"
#include "engine/base/ids.h"

namespace tidemark::aof {

struct Segment {
  uint64_t file_id = 0;
  uint64_t segment_bytes = 0;
  Sequence base;        // as in its header: records from here on are in this file or a later one
  Sequence first_live;  // records from here to before the next file's first_live are in this one
  Sequence floor;       // when it was made
  // Once there is a next file, which says so: how far this one is live, and the log's last record at that time.
  uint64_t end = 0;
  Sequence last;
  FileGeometry geometry;
};

class SegmentTable {
 public:
  bool empty() const { return segments_.empty(); }
  size_t size() const { return segments_.size(); }
  const Segment& front() const { return segments_.front(); }
  const Segment& back() const { return segments_.back(); }
  const std::vector<Segment>& all() const { return segments_; }

  // File ids step by one.
  void Add(const FileHeader& header);
  // Records above new_end are void: what follows goes to the last file.
  void CutTo(Sequence new_end);
  // The file that holds (or would hold) the record; it is not below the first file.
  const Segment& Holding(Sequence sequence) const;
  // The record after the last one that `segment`, which has a successor, holds.
  Sequence EndOf(const Segment& segment) const;
  // Where the places of records are known from `known_from` on: from where on they are still to be known, so that at
  // most `most` are those of sealed files. Whole files, the oldest ones, are let go; never the last one.
  Sequence KnownFromWithin(Sequence known_from, uint64_t most) const;
  // Whether the oldest file holds no record from `floor` on: a later one has a base of `floor` or lower.
  bool OldestIsBelow(Sequence floor) const;
  Segment TakeOldest();
  uint64_t total_bytes() const;

 private:
  // Invariant: file_id steps by 1; first_live does not decrease (base may, after a cut).
  std::vector<Segment> segments_;
};

}  // namespace tidemark::aof
