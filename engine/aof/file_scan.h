#pragma once

// Reads segment files: a header, or everything through a Scanner, window by window.

#include <cstdint>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "engine/aof/format.h"
#include "engine/aof/scanner.h"
#include "engine/env/disk.h"

namespace tidemark::aof {

// Reads and checks the header of `file`. kCorruption, kNotSupported, kIoError.
void ReadHeader(std::shared_ptr<File> file, absl::AnyInvocable<void(absl::StatusOr<FileHeader>)> done);

// Hears each batch that counts. False: it needs no more.
using OnBatch = absl::AnyInvocable<bool(const BatchView&)>;

// Feeds `scanner` the bytes of `file` up to `limit` until it ends, or on_batch needs no more. Then `done`: OK,
// kCorruption (the scanner's, or the file is shorter than `limit`) or kIoError. One piece is read ahead: `file` is held
// until that read has ended, perhaps after `done`.
void ScanFile(std::shared_ptr<File> file, std::shared_ptr<Scanner> scanner, uint64_t limit, OnBatch on_batch,
              DiskDone done);

}  // namespace tidemark::aof
