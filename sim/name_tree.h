#pragma once

// The directories of a simulated disk: the names the running system sees, the names the medium holds, and the
// operations in between. Creating, renaming and removing change what is seen at once; they are durable after a sync of
// their directory. Power loss keeps each pending one or not, on its own, in order.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "engine/base/random.h"
#include "engine/env/disk.h"
#include "sim/file_image.h"

namespace tidemark::sim {

struct Inode {
  FileImage image;
  uint64_t serial = 0;  // of its creation on this disk: the key of choices about it
  uint64_t reads = 0;   // ordinals of operations on it
  uint64_t writes = 0;
  uint64_t syncs = 0;
  uint64_t handles = 0;  // open ones
  bool suspect = false;  // its clean cache may differ from the medium
  std::string path;      // its name when it was last opened
  uint64_t path_hash = 0;
};

// A file, or a directory (null).
using NodeRef = std::shared_ptr<Inode>;

class NameTree {
 public:
  NameTree() = default;

  bool IsDirectory(absl::string_view path) const;
  bool Exists(absl::string_view path) const { return path.empty() || seen_.contains(path); }
  // Null when it is not there or a directory.
  NodeRef FileAt(absl::string_view path) const;
  std::vector<DirectoryEntry> List(absl::string_view path) const;

  // The caller has checked that the operation is allowed.
  void Create(absl::string_view path, NodeRef file_or_null_for_directory);
  void Remove(absl::string_view path);
  void Rename(absl::string_view from, absl::string_view to);

  // What a directory sync that is called now will cover.
  uint64_t Mark() const { return next_; }
  // Makes durable what was done in the directory before `mark`.
  void SyncDirectory(absl::string_view path, uint64_t mark);
  // Keeps each pending operation with the chance; then what is seen is what the medium holds.
  void LosePower(uint64_t keep_permille, RandomKey key, LossCount& count);

  // Every file that is seen, by path.
  template <typename Visit>
  void ForEachFile(Visit visit) const {
    for (const auto& [path, node] : seen_) {
      if (node != nullptr) visit(path, node);
    }
  }
  // Every file that is seen or that power loss may bring back, once, each under one of its names: those that are seen
  // by path, then those whose removal or replacement is not durable.
  std::vector<std::pair<std::string, NodeRef>> FilesOnMedium() const;
  // Bytes that the disk owes to files that are seen, or durable, or open: the last handle keeps a removed file's.
  uint64_t AllocatedBytes() const;

 private:
  using Names = absl::btree_map<std::string, NodeRef>;
  struct Pending {
    enum class Kind { kCreate, kRemove, kRename } kind;
    std::string path;
    std::string to;
    NodeRef node;
    uint64_t ordinal;
  };
  static void Apply(const Pending& pending, Names& names);
  // The name is about to go.
  void NoteRemoved(absl::string_view path);

  Names seen_;
  Names durable_;
  uint64_t next_ = 0;             // ordinal of the next operation
  std::vector<Pending> pending_;  // oldest first
  std::vector<NodeRef> removed_;  // those that were open then, and may be still
};

absl::string_view ParentOf(absl::string_view path);

}  // namespace tidemark::sim
