#pragma once

// One open file of the kernel, with calls that block: what the pool threads run for
// PosixDisk. Calls may run on several threads at once, as pread and pwrite may.
// A call that a signal interrupts is repeated; every error names path, place and errno.

#include <sys/uio.h>

#include <cstdint>
#include <string>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/backend/file_descriptor.h"
#include "engine/base/bytes.h"

namespace tidemark {

class BlockingFile {
 public:
  using Parts = absl::InlinedVector<iovec, 4>;

  // `path` is for messages. `alignment` is 1, or what O_DIRECT on this descriptor demands (a power of two).
  BlockingFile(FileDescriptor fd, std::string path, size_t alignment);

  size_t alignment() const { return alignment_; }

  // Reads until `into` is full or the file ends.
  absl::StatusOr<size_t> Read(uint64_t offset, MutableByteSpan into) const;
  // Returns what the kernel took, which may be less than asked. Consumes `parts`.
  absl::StatusOr<size_t> Write(uint64_t offset, Parts parts) const;
  // Write, and SyncData when all of it was taken; see File::WriteAndSync.
  absl::StatusOr<size_t> WriteAndSync(uint64_t offset, Parts parts) const;
  absl::Status SyncData() const;
  absl::Status SyncAll() const;
  absl::Status Preallocate(uint64_t size) const;
  absl::Status Truncate(uint64_t size) const;
  absl::StatusOr<uint64_t> Size() const;

 private:
  absl::Status StartWriteback(uint64_t offset, uint64_t bytes) const;
  absl::Status CheckRange(absl::string_view call, uint64_t offset, uint64_t bytes) const;
  absl::Status CheckAddress(absl::string_view call, const void* address, size_t bytes) const;
  absl::Status Failed(absl::string_view call) const;
  absl::Status FailedAt(absl::string_view call, uint64_t offset, uint64_t bytes) const;

  const FileDescriptor fd_;
  const std::string path_;
  const size_t alignment_;
};

}  // namespace tidemark
