#pragma once

// A store's directory, for reading only: nothing here creates, writes or renames. What it opens are regular files;
// a device or a pipe in a store's place is refused instead of being waited for.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/backend/blocking_file.h"
#include "engine/backend/blocking_tree.h"
#include "engine/backend/file_descriptor.h"
#include "engine/env/disk.h"

namespace tidemark::tools {

class StoreFiles {
 public:
  // `root` is a path of the operating system, of a directory that exists; else an error that names it.
  static absl::StatusOr<std::unique_ptr<StoreFiles>> Open(const std::string& root);

  const std::string& root() const { return root_; }
  // Paths are relative to the root, as in engine/env/disk.h. Sorted by name. NOT_FOUND, FAILED_PRECONDITION, kIoError.
  absl::StatusOr<std::vector<DirectoryEntry>> List(absl::string_view path) const;
  absl::StatusOr<std::unique_ptr<BlockingFile>> OpenFile(absl::string_view path) const;

  enum class Lock {
    kShared,     // others may read, no engine may open the store
    kExclusive,  // ours alone, as the engine's own
  };
  // Held until this is destroyed. kLocked: another process has the store open.
  absl::Status LockStore(Lock lock);

 private:
  StoreFiles(std::string root, std::shared_ptr<BlockingTree> tree, FileDescriptor directory);

  const std::string root_;
  const std::shared_ptr<BlockingTree> tree_;
  const FileDescriptor directory_;  // the lock is its
};

}  // namespace tidemark::tools
