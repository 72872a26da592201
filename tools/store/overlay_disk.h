#pragma once

// A disk over a store's files that keeps every change in memory: the engine may open, repair and remove what it likes,
// and nothing on the real disk moves. What it would have done to which file is then here to read.
//
//   reads    of what was not written: from the real file, which is opened for reading only
//   writes   into pages in memory; names, lengths and removals in a table of names
//
// Calls block while they read; completions are tasks of the executor, as engine/env/disk.h wants. Syncs do nothing.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/backend/blocking_file.h"
#include "engine/base/bytes.h"
#include "engine/env/disk.h"
#include "engine/env/executor.h"
#include "tools/store/store_files.h"

namespace tidemark::tools {

struct FileChange {
  enum class Kind { kCreated, kChanged, kRemoved };
  Kind kind = Kind::kChanged;
  std::string path;  // from the store's root
  friend bool operator==(const FileChange&, const FileChange&) = default;
};
absl::string_view FileChangeName(FileChange::Kind kind);

// A file's bytes: the real ones below, what was written above them.
class OverlayContent {
 public:
  OverlayContent() = default;
  OverlayContent(std::string path, std::unique_ptr<BlockingFile> base, uint64_t base_bytes)
      : path_(std::move(path)), base_(std::move(base)), base_bytes_(base_bytes), size_(base_bytes) {}

  absl::StatusOr<size_t> Read(uint64_t offset, MutableByteSpan into) const;
  absl::Status Write(uint64_t offset, ByteSpan bytes);
  void Resize(uint64_t size);
  uint64_t size() const { return size_; }
  // It is the real file of this path, as it was.
  bool IsUnchanged(const std::string& path) const { return !changed_ && base_ != nullptr && path_ == path; }

 private:
  static constexpr uint64_t kPage = 4096;
  absl::Status ReadBase(uint64_t offset, MutableByteSpan into) const;

  const std::string path_;  // of base_
  const std::unique_ptr<BlockingFile> base_;
  uint64_t base_bytes_ = 0;  // of the real file, what still shows; Invariant: base_bytes_ <= size_.
  uint64_t size_ = 0;
  bool changed_ = false;
  std::map<uint64_t, std::string> pages_;  // by page number; each of kPage bytes
};

// The executor, the files and the disk outlive what was opened from it.
class OverlayDisk final : public Disk {
 public:
  OverlayDisk(Executor& executor, const StoreFiles& files) : executor_(executor), files_(files) {}

  // Real files that were changed, replaced or removed, and files that were made; by path.
  std::vector<FileChange> Changes() const;
  // From now on no call does anything, or completes.
  void Stop() { *running_ = false; }

  void Open(absl::string_view path, OpenOptions options, OpenDone done) override;
  void MakeDirectory(absl::string_view path, DiskDone done) override;
  void List(absl::string_view path, ListDone done) override;
  void Rename(absl::string_view from, absl::string_view to, DiskDone done) override;
  void Remove(absl::string_view path, DiskDone done) override;
  void SyncDirectory(absl::string_view path, DiskDone done) override;
  // Whoever made the overlay holds the real lock.
  void LockDirectory(absl::string_view path, LockDone done) override;
  void Space(SpaceDone done) override;

 private:
  class OverlayFile;
  // What a name stands for now, where that is not what the real directory says.
  struct Name {
    enum class Kind { kGone, kFile, kDirectory };
    Kind kind = Kind::kGone;
    std::shared_ptr<OverlayContent> content;  // of a file
  };
  enum class Found { kNothing, kFile, kDirectory };

  template <typename Done, typename Result>
  void Complete(Done done, Result result);
  absl::StatusOr<std::vector<DirectoryEntry>> ListNow(const std::string& path) const;
  absl::StatusOr<Found> Find(const std::string& path) const;
  absl::StatusOr<std::shared_ptr<OverlayContent>> ContentOf(const std::string& path);
  absl::StatusOr<std::unique_ptr<File>> OpenNow(const std::string& path, OpenOptions::Mode mode);
  absl::Status MakeNow(const std::string& path, OpenOptions::Mode mode);
  absl::Status RenameNow(const std::string& from, const std::string& to);
  absl::Status RemoveNow(const std::string& path);

  Executor& executor_;
  const StoreFiles& files_;
  const std::shared_ptr<bool> running_ = std::make_shared<bool>(true);
  std::map<std::string, Name> names_;
};

}  // namespace tidemark::tools
