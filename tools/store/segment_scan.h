#pragma once

// Reads one segment file through the engine's Scanner, and goes on behind damage: from the next batch that is valid in
// itself, telling the gap between.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "engine/aof/format.h"
#include "engine/aof/scanner.h"
#include "engine/backend/blocking_file.h"
#include "engine/base/ids.h"

namespace tidemark::tools {

// A batch that was promised and is damaged. `lost_last` is before `lost_first` where it held no record.
struct SegmentDamage {
  uint64_t offset = 0;
  std::string what;
  absl::optional<uint64_t> promised_offset = absl::nullopt;
  absl::optional<uint64_t> promised_by = absl::nullopt;  // the batch at this offset promised it
  Sequence lost_first;
  absl::optional<Sequence> lost_last = absl::nullopt;  // none: nothing behind the damage tells
};

struct SegmentContent {
  uint64_t batches = 0;
  Sequence last;   // the last live record after this file
  Sequence floor;  // as its batches raised it
  uint64_t promised_offset = 0;
  Sequence promised_sequence;
  uint64_t end = 0;       // of the last batch that counts
  uint64_t junk_end = 0;  // 0: nothing torn behind it
  // [from, to): bytes in front of `end` that a later batch made void, ascending, apart.
  std::vector<std::pair<uint64_t, uint64_t>> voids;
  std::vector<SegmentDamage> damages;
  absl::Status read_error;  // the device's; all else is as far as it got

  uint64_t void_bytes() const;
};

struct SegmentEvents {
  absl::FunctionRef<void(const aof::BatchView&)> on_batch;
  // Records up to `last` were or may have been there and can not be read; the next batch goes on behind it.
  absl::FunctionRef<void(Sequence last)> on_gap;
};

// `range` and `last` as for aof::Scanner, whose conditions they meet.
SegmentContent ScanSegment(const BlockingFile& file, const aof::FileHeader& header, aof::Scanner::Range range,
                           Sequence last, Sequence floor, SegmentEvents events);

}  // namespace tidemark::tools
