#pragma once

// A whole write over the partial ones of File.

#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/env/disk.h"

namespace tidemark::aof {

// Writes all of `bytes` at `offset`, going on after short writes; kIoError when the device makes no progress.
// `file` and `bytes` stay valid until `done` has run or was destroyed.
void WriteAll(File& file, uint64_t offset, ByteSpan bytes, DiskDone done);

// The same, and durable when `done` gets OK. kDiskFull: not all was written, and it may be tried again; after any other
// error it may not.
void WriteAllAndSync(File& file, uint64_t offset, ByteSpan bytes, DiskDone done);

}  // namespace tidemark::aof
