#include "engine/backend/blocking_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/backend/posix_error.h"
#include "engine/base/check.h"
#include "engine/base/status.h"
#include "engine/env/disk.h"

namespace tidemark {
namespace {

constexpr size_t kMaxPartsPerCall = 1024;  // IOV_MAX of Linux
constexpr size_t kZeroBytes = size_t{256} << 10;

template <typename Call>
auto RepeatInterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

ByteSpan Zeros() {
  static const AlignedBuffer* const zeros = [] {
    auto* buffer = new AlignedBuffer;
    buffer->Resize(kZeroBytes);
    return buffer;
  }();
  return zeros->span();
}

}  // namespace

BlockingFile::BlockingFile(FileDescriptor fd, std::string path, size_t alignment)
    : fd_(std::move(fd)), path_(std::move(path)), alignment_(alignment) {
  CHECK_GE(fd_.get(), 0) << path_;
  CHECK(alignment_ > 0 && (alignment_ & (alignment_ - 1)) == 0) << path_ << ": alignment " << alignment_;
}

absl::StatusOr<size_t> BlockingFile::Read(uint64_t offset, MutableByteSpan into) const {
  RETURN_IF_ERROR(CheckRange("pread", offset, into.size()));
  RETURN_IF_ERROR(CheckAddress("pread", into.data(), into.size()));
  size_t done = 0;
  while (done < into.size()) {
    const ssize_t got = RepeatInterrupted(
        [&] { return ::pread(fd_.get(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done)); });
    if (got < 0) return FailedAt("pread", offset + done, into.size() - done);
    done += static_cast<size_t>(got);
    // A direct read that ends inside a block has met the end of the file; to ask for the rest would be misaligned.
    if (got == 0 || !IsAligned(done, alignment_)) break;
  }
  return done;
}

absl::StatusOr<size_t> BlockingFile::Write(uint64_t offset, Parts parts) const {
  size_t total = 0;
  for (const iovec& part : parts) {
    RETURN_IF_ERROR(CheckAddress("pwritev", part.iov_base, part.iov_len));
    total += part.iov_len;
  }
  RETURN_IF_ERROR(CheckRange("pwritev", offset, total));
  size_t done = 0;
  for (size_t first = 0; first < parts.size(); first += kMaxPartsPerCall) {
    const size_t count = std::min(parts.size() - first, kMaxPartsPerCall);
    size_t asked = 0;
    for (size_t i = first; i < first + count; ++i) asked += parts[i].iov_len;
    const ssize_t put = RepeatInterrupted([&] {
      return ::pwritev(fd_.get(), &parts[first], static_cast<int>(count), static_cast<off_t>(offset + done));
    });
    if (put < 0 && done > 0) return done;  // the rest is not written: the caller meets the error when it goes on
    if (put < 0) return FailedAt("pwritev", offset, total);
    done += static_cast<size_t>(put);
    if (static_cast<size_t>(put) < asked) break;
  }
  return done;
}

absl::StatusOr<size_t> BlockingFile::WriteAndSync(uint64_t offset, Parts parts) const {
  size_t asked = 0;
  for (const iovec& part : parts) asked += part.iov_len;
  ASSIGN_OR_RETURN(const size_t put, Write(offset, std::move(parts)));
  if (put < asked) return put;
  if (absl::Status synced = SyncData(); !synced.ok()) return FailedSync(synced);
  return put;
}

absl::Status BlockingFile::SyncData() const {
  if (RepeatInterrupted([&] { return ::fdatasync(fd_.get()); }) != 0) return Failed("fdatasync");
  return absl::OkStatus();
}

absl::Status BlockingFile::SyncAll() const {
  if (RepeatInterrupted([&] { return ::fsync(fd_.get()); }) != 0) return Failed("fsync");
  return absl::OkStatus();
}

// Zeros are really written: overwriting them later then changes no length, takes no block and converts no extent,
// so that a later fdatasync carries data only. fallocate alone leaves unwritten extents, whose conversion costs as
// much as growing. It goes first only to find a full disk before any work, and to get the blocks in one piece.
absl::Status BlockingFile::Preallocate(uint64_t size) const {
  RETURN_IF_ERROR(CheckRange("preallocate", size, 0));
  ASSIGN_OR_RETURN(const uint64_t old_size, Size());
  if (size <= old_size) return absl::OkStatus();
  RETURN_IF_ERROR(CheckRange("preallocate", old_size, size - old_size));
  const int reserved = RepeatInterrupted([&] {
    return ::fallocate(fd_.get(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(old_size),
                       static_cast<off_t>(size - old_size));
  });
  if (reserved != 0 && errno != EOPNOTSUPP && errno != ENOSYS) return FailedAt("fallocate", old_size, size - old_size);
  uint64_t end = old_size;
  while (end < size) {
    const size_t bytes = static_cast<size_t>(std::min<uint64_t>(kZeroBytes, size - end));
    const ssize_t put =
        RepeatInterrupted([&] { return ::pwrite(fd_.get(), Zeros().data(), bytes, static_cast<off_t>(end)); });
    if (put < 0) return FailedAt("pwrite of zeros", end, bytes);
    if (put == 0 || !IsAligned(put, alignment_)) {
      return MakeError(ErrorKind::kDiskFull, absl::StrCat("pwrite of zeros to ", path_, " at offset ", end, ": took ",
                                                          put, " of ", bytes, " bytes"));
    }
    RETURN_IF_ERROR(StartWriteback(end, static_cast<uint64_t>(put)));
    end += static_cast<uint64_t>(put);
  }
  return absl::OkStatus();
}

// On its way to the device before the next piece: a sync of another file then waits for one piece, not for all. Where
// the file system does not do it the caller's sync makes up for it. An error is told once for each handle: the sync
// after it would answer OK.
absl::Status BlockingFile::StartWriteback(uint64_t offset, uint64_t bytes) const {
  const int result =
      ::sync_file_range(fd_.get(), static_cast<off_t>(offset), static_cast<off_t>(bytes),
                        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
  if (result == 0 || errno == ENOSYS || errno == EINVAL || errno == ESPIPE || errno == EOPNOTSUPP) {
    return absl::OkStatus();
  }
  return FailedAt("sync_file_range", offset, bytes);
}

absl::Status BlockingFile::Truncate(uint64_t size) const {
  if (size > static_cast<uint64_t>(std::numeric_limits<off_t>::max())) {
    return absl::InvalidArgumentError(absl::StrCat("ftruncate ", path_, " to ", size, " bytes: beyond 2^63 - 1"));
  }
  if (RepeatInterrupted([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size)); }) != 0) {
    return FailedAt("ftruncate", size, 0);
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> BlockingFile::Size() const {
  struct stat info;
  if (::fstat(fd_.get(), &info) != 0) return Failed("fstat");
  return static_cast<uint64_t>(info.st_size);
}

absl::Status BlockingFile::CheckRange(absl::string_view call, uint64_t offset, uint64_t bytes) const {
  const uint64_t limit = static_cast<uint64_t>(std::numeric_limits<off_t>::max());
  if (offset > limit || bytes > limit - offset) {
    return absl::InvalidArgumentError(
        absl::StrCat(call, " ", path_, " at offset ", offset, " of ", bytes, " bytes: ends beyond 2^63 - 1"));
  }
  if (!IsAligned(offset, alignment_) || !IsAligned(bytes, alignment_)) {
    return absl::InvalidArgumentError(absl::StrCat(call, " ", path_, " at offset ", offset, " of ", bytes,
                                                   " bytes: a direct file needs multiples of ", alignment_));
  }
  return absl::OkStatus();
}

absl::Status BlockingFile::CheckAddress(absl::string_view call, const void* address, size_t bytes) const {
  if (IsAligned(reinterpret_cast<uintptr_t>(address), alignment_) && IsAligned(bytes, alignment_)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(call, " ", path_, ": a part of ", bytes,
                                                 " bytes whose address or length is not a multiple of ", alignment_,
                                                 ", which a direct file needs"));
}

absl::Status BlockingFile::Failed(absl::string_view call) const {
  const int error = errno;
  return ErrnoError(error, absl::StrCat(call, " ", path_));
}

absl::Status BlockingFile::FailedAt(absl::string_view call, uint64_t offset, uint64_t bytes) const {
  const int error = errno;
  return ErrnoError(error, absl::StrCat(call, " ", path_, " at offset ", offset, ", ", bytes, " bytes"));
}

}  // namespace tidemark
