#pragma once

// Bounds how many places of records a log holds in memory, however long it lives.
//
// A sealed file, one that has a successor, is settled: all of its records are synced, none is added, and which of them
// count the heads of later files say (segment_table.h). So where they are can be found again by a scan of the file,
// when one of them is read (sealed_index.h). The oldest sealed files are let go first, whole, when a file is sealed:
// writing costs nothing more. A log that closes its files, as it is idle, lets go of all of them.

#include <cstdint>

#include "engine/aof/record_index.h"
#include "engine/aof/segment_table.h"
#include "engine/env/tracer.h"

namespace tidemark::aof {

// Lets go of what `index` knows of the oldest sealed files in `table`, until at most `most` places in sealed files are
// left. `log_id` is for the trace.
void LetGoOfSealed(const SegmentTable& table, uint64_t log_id, uint64_t most, Tracer& tracer, RecordIndex& index);

}  // namespace tidemark::aof
