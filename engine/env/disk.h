#pragma once

// The disk door. Every call is asynchronous: it returns at once, and its `done` runs
// later as a task of the node's executor, never inside the call.
//
// Three moments matter for each call, and the comments use these words:
//   returns    the call came back. Nothing is promised: after a crash the effect may be there, in part, or not at all.
//   completes  `done` ran with OK. The effect is visible to every later call. It survives the death of the
//              process. It does not survive power loss unless the comment says so.
//   durable    it survives power loss. Only the sync calls make things durable, and each says what.
//
// Power loss may keep any subset of what was not durable, in any order: each sector
// (512 or 4096 bytes) of an unsynced write is independently the old one, the new one, or
// garbage; length, creation, rename and removal are each kept or lost on their own.
//
// Errors are absl::Status, with an ErrorKind (engine/base/status.h) where the world is at fault: kDiskFull where
// space ran out, kIoError where the device failed, kLocked for a held lock. About names and arguments:
//   NOT_FOUND            the name, or a directory on the way to it, is not there
//   ALREADY_EXISTS       something has the name that was to be created
//   FAILED_PRECONDITION  a directory stands where a file is needed, a file where a directory is needed, or a
//                        directory to be removed is not empty
//   INVALID_ARGUMENT     a path breaks the rule at Disk; a transfer breaks alignment() or ends beyond 2^63 - 1
// These four changed nothing. After a failed sync the data it covered may be lost although later syncs and reads
// succeed: the kernel marks the pages clean. Treat the file as poisoned. After a failed SyncDirectory the names it
// covered are as undecided as before, and a later one that completes covers them too.
//
// A `done` that has not run when its File or Disk is destroyed is destroyed unrun, but only
// once the device no longer touches the memory it was given. So: buffers stay valid until
// `done` has run or was destroyed; the easy way is to let `done` own them.
//
// Calls on one file that overlap in time may take effect in any order. Whoever needs an
// order waits for the first to complete.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/base/bytes.h"

namespace tidemark {

using DiskDone = absl::AnyInvocable<void(absl::Status)>;
// Bytes moved. May be fewer than asked: a read at the end of the file, a write that
// was cut short (the rest was not written; the caller writes it again or gives up).
using TransferDone = absl::AnyInvocable<void(absl::StatusOr<size_t>)>;

// An open file. Destroying it closes it; that makes nothing durable.
class File {
 public:
  virtual ~File() = default;

  // What the address, offset and length of every transfer must be a multiple of:
  // 1 for a file opened without `direct`.
  virtual size_t alignment() const = 0;

  // Reads into `into` from `offset` (bytes). Completes with fewer bytes only at the end of the file, with 0 beyond it.
  virtual void Read(uint64_t offset, MutableByteSpan into, TransferDone done) = 0;
  // Writes the parts one after another from `offset`, growing the file where needed (a gap before `offset` reads as
  // zeros); the spans themselves are copied, the bytes are not. On error the whole range is unspecified
  // until written again. Durable after a sync that was called after this completed.
  virtual void Write(uint64_t offset, absl::Span<const ByteSpan> parts, TransferDone done) = 0;
  // Makes durable the data of every write that completed before this call, and the
  // length needed to read it. (fdatasync)
  virtual void SyncData(DiskDone done) = 0;
  // Write, and then SyncData once all of it was written: one call where the device needs no word in between. Completes
  // with fewer bytes than asked when the write was cut short: nothing is synced then. An error of kind kDiskFull is the
  // write's, and the range may be written again; any other error may be the sync's.
  virtual void WriteAndSync(uint64_t offset, absl::Span<const ByteSpan> parts, TransferDone done);
  // As SyncData, and all metadata: length, allocation. Not the file's name: see Disk::SyncDirectory. (fsync)
  virtual void SyncAll(DiskDone done) = 0;
  // Grows the file to at least `size` bytes; new bytes are zero and their blocks are allocated and
  // written, so that overwriting them needs no new space. Durable after SyncAll.
  // kDiskFull leaves the old content; the length may have grown in part. Nothing else may write beyond the old end
  // meanwhile. On a direct file the old length and `size` are multiples of alignment().
  virtual void Preallocate(uint64_t size, DiskDone done) = 0;
  // Cuts or zero-extends to `size` bytes (any number), freeing blocks. Durable after SyncAll.
  virtual void Truncate(uint64_t size, DiskDone done) = 0;
  // The length as of the last completed call.
  virtual void Size(absl::AnyInvocable<void(absl::StatusOr<uint64_t>)> done) = 0;
};

// The error of a sync that failed, never of kind kDiskFull: whatever the reason, data may be lost.
absl::Status FailedSync(const absl::Status& status);

struct OpenOptions {
  enum class Mode {
    kExisting,   // NOT_FOUND when it is not there
    kCreateNew,  // ALREADY_EXISTS when it is. The name is durable after SyncDirectory of its directory.
  };
  Mode mode = Mode::kExisting;
  // Bypass the page cache; see File::alignment. An implementation without it opens a plain file.
  bool direct = false;
};

struct DirectoryEntry {
  std::string name;  // one component
  bool is_directory = false;
  friend bool operator==(const DirectoryEntry&, const DirectoryEntry&) = default;
};

struct DiskSpace {
  uint64_t free_bytes = 0;
  uint64_t total_bytes = 0;
};

// Held while it lives; released by its destruction, once what was under way then and changes something has ended, or by
// the death of the process.
class DirectoryLock {
 public:
  virtual ~DirectoryLock() = default;
};

using OpenDone = absl::AnyInvocable<void(absl::StatusOr<std::unique_ptr<File>>)>;
using ListDone = absl::AnyInvocable<void(absl::StatusOr<std::vector<DirectoryEntry>>)>;
using LockDone = absl::AnyInvocable<void(absl::StatusOr<std::unique_ptr<DirectoryLock>>)>;
using SpaceDone = absl::AnyInvocable<void(absl::StatusOr<DiskSpace>)>;

// A tree of directories and files under one root. Paths are relative to it: components
// joined by single '/', no "." or "..", at most 255 bytes a component; "" is the root, which cannot be created,
// renamed or removed. A path that breaks this answers INVALID_ARGUMENT: engine/env/disk_path.h checks it.
class Disk {
 public:
  virtual ~Disk() = default;

  virtual void Open(absl::string_view path, OpenOptions options, OpenDone done) = 0;
  // Creates one directory; its parent exists. ALREADY_EXISTS if anything has the name. Durable after
  // SyncDirectory(parent).
  virtual void MakeDirectory(absl::string_view path, DiskDone done) = 0;
  // Entries sorted by name.
  virtual void List(absl::string_view path, ListDone done) = 0;
  // Gives a file (not a directory) a new name, replacing a file of that name; at every moment, also after a crash,
  // the target name is the old file or the new one. An open file keeps its identity. Onto itself: nothing happens.
  // Durable after SyncDirectory of the directories involved.
  virtual void Rename(absl::string_view from, absl::string_view to, DiskDone done) = 0;
  // Removes a file or an empty directory. Durable after SyncDirectory(parent). An open file stays usable.
  virtual void Remove(absl::string_view path, DiskDone done) = 0;
  // Makes durable every creation, rename and removal in this directory that completed before the call.
  virtual void SyncDirectory(absl::string_view path, DiskDone done) = 0;
  // One holder at a time, over all processes: kLocked when it is held.
  virtual void LockDirectory(absl::string_view path, LockDone done) = 0;
  virtual void Space(SpaceDone done) = 0;
};

}  // namespace tidemark
