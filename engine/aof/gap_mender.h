#pragma once

// Puts back, in its place, what a damaged range below a promise held, where the owner has another copy of it:
//
//   look ahead   the first record after the range: the owner tells by it that nothing was voided within
//   ask          Replay::OnGap: the payloads, all of them, or the damage stands
//   write        one batch with the records, and batches that say nothing up to where the range ends; sync
//
// The range was damaged, so nothing that counts is overwritten. A crash before all is durable leaves it damaged,
// and the next opening mends it again.

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "engine/aof/format.h"
#include "engine/aof/replay.h"
#include "engine/base/ids.h"
#include "engine/env/disk.h"

namespace tidemark::aof {

// A range of a file that is damaged, between batches that are sound.
struct DamagedRange {
  uint64_t from = 0;   // a block
  uint64_t to = 0;     // a block above: here a batch begins that promises all below
  uint64_t limit = 0;  // of the file
  Sequence before;     // the last live record before the range
  Sequence last;       // and after it. Invariant: before <= last
  Sequence floor;      // before the range
};

// `done` with OK: the range is sound and durable. kCorruption: the damage stands, and why. Errors of the device.
// `alive` is checked after each step; `replay` lives as long as it does.
void MendGap(std::weak_ptr<void> alive, std::shared_ptr<File> file, const FileHeader& header, const DamagedRange& range,
             Replay& replay, DiskDone done);

}  // namespace tidemark::aof
