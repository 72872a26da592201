#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/ids.h"

namespace tidemark::aof {

// What opening found and did.
struct OpenReport {
  bool created = false;
  uint64_t files = 0;  // segment files that hold live records, after opening
  uint64_t first_file_id = 0;
  uint64_t last_file_id = 0;
  // Files of which only the head was read (Options::scan_sealed), and the last live record in there: first - 1 when
  // none was skipped.
  uint64_t skipped_files = 0;
  Sequence skipped_to;
  uint64_t bytes_scanned = 0;  // of the others
  uint64_t batches = 0;        // valid ones found
  uint64_t records = 0;        // live ones, in [first, last]
  Sequence first{1};           // the floor
  Sequence last;               // first - 1 when there is none
  // The last record that evidence on disk proved durable; (proven, last] were written again by this opening.
  Sequence proven;
  // Records, notes and cuts that were written again because nothing proved them durable.
  uint64_t reappended_records = 0;
  uint64_t reappended_notes = 0;
  // What a torn write left after the last valid batch: nothing shows that it was promised. 0 bytes: nothing.
  uint64_t torn_bytes = 0;
  uint64_t torn_file_id = 0;
  uint64_t torn_offset = 0;
  uint64_t removed_files = 0;     // wholly below the floor, or under construction
  uint64_t unfinished_files = 0;  // of these, under construction
  // Damaged ranges below a promise that were put back from the owner's other copy, in log order.
  struct Mended {
    uint64_t file_id = 0;
    uint64_t offset = 0;
    uint64_t bytes = 0;
    Sequence first;  // of its records
    uint64_t records = 0;
  };
  std::vector<Mended> mended;
  bool used_spare = false;  // the disk was full, so the spare segment file was used
};

}  // namespace tidemark::aof
