#pragma once

// What opening hands to the running Aof: everything known of a log whose every record is durable.

#include <cstdint>
#include <memory>

#include "engine/aof/format.h"
#include "engine/aof/record_index.h"
#include "engine/aof/segment_table.h"
#include "engine/base/ids.h"
#include "engine/env/disk.h"

namespace tidemark::aof {

struct LogState {
  SegmentTable table;
  RecordIndex index;
  Sequence floor{1};           // the lowest record that may be read
  Sequence last;               // the last live record
  Sequence skipped_to;         // the last one in files that opening skipped; below the floor when it skipped none
  std::shared_ptr<File> file;  // the last segment file
  uint64_t next_offset = 0;    // where its next batch goes
  uint64_t void_from = 0;      // all below is durable; what is from here to next_offset holds nothing and may not be
  // Invariant: it is no smaller than the last segment file, where files grow.
  bool has_spare = false;
  uint64_t spare_bytes = 0;  // its size, where files do not grow; 0: not known
};

}  // namespace tidemark::aof
