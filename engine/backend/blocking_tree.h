#pragma once

// The directory tree under one root, with calls that block: what the pool threads run for
// PosixDisk. Paths follow env/disk.h and were checked by the caller. The root is held open:
// renaming it from outside does not redirect what is done here.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/backend/blocking_file.h"
#include "engine/backend/file_descriptor.h"
#include "engine/env/disk.h"

namespace tidemark {

class BlockingTree {
 public:
  // `root` is a path of the operating system, of a directory that exists; else an error that names it.
  static absl::StatusOr<std::shared_ptr<BlockingTree>> Open(const std::string& root);

  absl::StatusOr<std::shared_ptr<BlockingFile>> OpenFile(const std::string& path, OpenOptions options) const;
  absl::Status MakeDirectory(const std::string& path) const;
  absl::StatusOr<std::vector<DirectoryEntry>> List(const std::string& path) const;
  absl::Status Rename(const std::string& from, const std::string& to) const;
  absl::Status Remove(const std::string& path) const;
  absl::Status SyncDirectory(const std::string& path) const;
  // The descriptor holds the lock until it is unlocked or closed.
  absl::StatusOr<FileDescriptor> LockDirectory(const std::string& path) const;
  absl::StatusOr<DiskSpace> Space() const;

 private:
  BlockingTree(FileDescriptor root, std::string name);
  absl::StatusOr<FileDescriptor> OpenDirectory(absl::string_view call, const std::string& path) const;
  absl::Status Failed(absl::string_view call, const std::string& path) const;
  // For messages: "<root>/<path>".
  std::string FullName(const std::string& path) const;

  const FileDescriptor root_;
  const std::string name_;
};

}  // namespace tidemark
