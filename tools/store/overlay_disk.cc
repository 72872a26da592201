#include "tools/store/overlay_disk.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/aof/file_names.h"
#include "engine/base/status.h"
#include "engine/env/disk_path.h"

namespace tidemark::tools {
namespace {

class NoLock final : public DirectoryLock {};

absl::Status Missing(const std::string& path) { return absl::NotFoundError(absl::StrCat(path, " is not there")); }

}  // namespace

absl::string_view FileChangeName(FileChange::Kind kind) {
  switch (kind) {
    case FileChange::Kind::kCreated: return "created";
    case FileChange::Kind::kChanged: return "changed";
    case FileChange::Kind::kRemoved: return "removed";
  }
  return "unknown";
}

// --- the bytes of one file -------------------------------------------------------------------------------------------

absl::Status OverlayContent::ReadBase(uint64_t offset, MutableByteSpan into) const {
  std::memset(into.data(), 0, into.size());
  if (offset >= base_bytes_) return absl::OkStatus();
  return base_->Read(offset, into.subspan(0, std::min<uint64_t>(into.size(), base_bytes_ - offset))).status();
}

absl::StatusOr<size_t> OverlayContent::Read(uint64_t offset, MutableByteSpan into) const {
  if (offset >= size_) return 0;
  into = into.subspan(0, std::min<uint64_t>(into.size(), size_ - offset));
  RETURN_IF_ERROR(ReadBase(offset, into));
  const uint64_t end = offset + into.size();
  for (auto page = pages_.lower_bound(offset / kPage); page != pages_.end() && page->first * kPage < end; ++page) {
    const uint64_t start = page->first * kPage;
    const uint64_t from = std::max(start, offset), to = std::min(start + kPage, end);
    std::memcpy(into.data() + (from - offset), page->second.data() + (from - start), to - from);
  }
  return into.size();
}

absl::Status OverlayContent::Write(uint64_t offset, ByteSpan bytes) {
  changed_ = true;
  while (!bytes.empty()) {
    const uint64_t start = AlignDown(offset, kPage);
    const uint64_t size = std::min<uint64_t>(bytes.size(), start + kPage - offset);
    auto [page, is_new] = pages_.try_emplace(start / kPage, kPage, '\0');
    if (is_new) {
      RETURN_IF_ERROR(ReadBase(start, MutableByteSpan(reinterpret_cast<uint8_t*>(page->second.data()), kPage)));
    }
    std::memcpy(page->second.data() + (offset - start), bytes.data(), size);
    offset += size;
    bytes.remove_prefix(size);
    size_ = std::max(size_, offset);
  }
  return absl::OkStatus();
}

void OverlayContent::Resize(uint64_t size) {
  changed_ = changed_ || size != size_;
  if (size < size_) {
    pages_.erase(pages_.lower_bound(AlignUp(size, kPage) / kPage), pages_.end());
    if (const auto last = pages_.find(size / kPage); last != pages_.end()) {
      std::fill(last->second.begin() + static_cast<ptrdiff_t>(size % kPage), last->second.end(), '\0');
    }
    base_bytes_ = std::min(base_bytes_, size);
  }
  size_ = size;
}

// --- an open file
// ------------------------------------------------------------------------------------------------------

class OverlayDisk::OverlayFile final : public File {
 public:
  OverlayFile(OverlayDisk& disk, std::shared_ptr<OverlayContent> content) : disk_(disk), content_(std::move(content)) {}

  size_t alignment() const override { return 1; }
  void Read(uint64_t offset, MutableByteSpan into, TransferDone done) override {
    Complete(std::move(done), content_->Read(offset, into));
  }
  void Write(uint64_t offset, absl::Span<const ByteSpan> parts, TransferDone done) override {
    if (!*disk_.running_) return;
    absl::Status status;
    size_t written = 0;
    for (ByteSpan part : parts) {
      if (status.ok()) status = content_->Write(offset + written, part);
      written += part.size();
    }
    Complete(std::move(done), status.ok() ? absl::StatusOr<size_t>(written) : status);
  }
  void SyncData(DiskDone done) override { Complete(std::move(done), absl::OkStatus()); }
  void SyncAll(DiskDone done) override { Complete(std::move(done), absl::OkStatus()); }
  void Preallocate(uint64_t size, DiskDone done) override {
    if (*disk_.running_ && size > content_->size()) content_->Resize(size);
    Complete(std::move(done), absl::OkStatus());
  }
  void Truncate(uint64_t size, DiskDone done) override {
    if (*disk_.running_) content_->Resize(size);
    Complete(std::move(done), absl::OkStatus());
  }
  void Size(absl::AnyInvocable<void(absl::StatusOr<uint64_t>)> done) override {
    Complete(std::move(done), absl::StatusOr<uint64_t>(content_->size()));
  }

 private:
  // Dropped where this file is closed first.
  template <typename Done, typename Result>
  void Complete(Done done, Result result) {
    disk_.Complete(
        [alive = std::weak_ptr<bool>(alive_), done = std::move(done)](Result answer) mutable {
          if (!alive.expired()) done(std::move(answer));
        },
        std::move(result));
  }

  OverlayDisk& disk_;
  const std::shared_ptr<OverlayContent> content_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

template <typename Done, typename Result>
void OverlayDisk::Complete(Done done, Result result) {
  if (!*running_) return;
  executor_.Post([running = running_, done = std::move(done), result = std::move(result)]() mutable {
    if (*running) done(std::move(result));
  });
}

// --- names
// ---------------------------------------------------------------------------------------------------------------

absl::StatusOr<std::vector<DirectoryEntry>> OverlayDisk::ListNow(const std::string& path) const {
  std::map<std::string, bool> entries;
  const auto changed = names_.find(path);
  if (changed != names_.end() && changed->second.kind == Name::Kind::kGone) return Missing(path);
  auto real = files_.List(path);
  if (real.ok()) {
    for (const DirectoryEntry& entry : *real) entries[entry.name] = entry.is_directory;
  } else if (changed == names_.end() || !absl::IsNotFound(real.status())) {
    return real.status();
  }
  for (const auto& [name, meaning] : names_) {
    if (aof::ParentPath(name) != path || name.empty()) continue;
    const std::string last = name.substr(path.empty() ? 0 : path.size() + 1);
    entries.erase(last);
    if (meaning.kind != Name::Kind::kGone) entries[last] = meaning.kind == Name::Kind::kDirectory;
  }
  std::vector<DirectoryEntry> list;
  for (const auto& [name, is_directory] : entries) list.push_back({name, is_directory});
  return list;
}

absl::StatusOr<OverlayDisk::Found> OverlayDisk::Find(const std::string& path) const {
  if (path.empty()) return Found::kDirectory;
  ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, ListNow(std::string(aof::ParentPath(path))));
  const std::string last = path.substr(path.rfind('/') + 1);
  for (const DirectoryEntry& entry : entries) {
    if (entry.name == last) return entry.is_directory ? Found::kDirectory : Found::kFile;
  }
  return Found::kNothing;
}

// Of a file that is there. From its first opening on it has an entry in names_.
absl::StatusOr<std::shared_ptr<OverlayContent>> OverlayDisk::ContentOf(const std::string& path) {
  const auto known = names_.find(path);
  if (known != names_.end()) return known->second.content;
  ASSIGN_OR_RETURN(std::unique_ptr<BlockingFile> file, files_.OpenFile(path));
  ASSIGN_OR_RETURN(const uint64_t size, file->Size());
  auto content = std::make_shared<OverlayContent>(path, std::move(file), size);
  names_[path] = {Name::Kind::kFile, content};
  return content;
}

absl::Status OverlayDisk::MakeNow(const std::string& path, OpenOptions::Mode mode) {
  RETURN_IF_ERROR(CheckDiskEntryPath(path));
  ASSIGN_OR_RETURN(const Found found, Find(path));
  if (mode == OpenOptions::Mode::kExisting) {
    if (found == Found::kNothing) return Missing(path);
    if (found == Found::kDirectory) return absl::FailedPreconditionError(absl::StrCat(path, " is a directory"));
    return absl::OkStatus();
  }
  if (found != Found::kNothing) return absl::AlreadyExistsError(absl::StrCat(path, " is there"));
  names_[path] = {Name::Kind::kFile, std::make_shared<OverlayContent>()};
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<File>> OverlayDisk::OpenNow(const std::string& path, OpenOptions::Mode mode) {
  RETURN_IF_ERROR(MakeNow(path, mode));
  ASSIGN_OR_RETURN(std::shared_ptr<OverlayContent> content, ContentOf(path));
  return std::make_unique<OverlayFile>(*this, std::move(content));
}

absl::Status OverlayDisk::RenameNow(const std::string& from, const std::string& to) {
  RETURN_IF_ERROR(CheckDiskEntryPath(from));
  RETURN_IF_ERROR(CheckDiskEntryPath(to));
  ASSIGN_OR_RETURN(const Found found, Find(from));
  ASSIGN_OR_RETURN(const Found replaced, Find(to));
  if (found == Found::kNothing) return Missing(from);
  if (found == Found::kDirectory || replaced == Found::kDirectory) {
    return absl::FailedPreconditionError(absl::StrCat("rename ", from, " to ", to, ": files only"));
  }
  if (from == to) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::shared_ptr<OverlayContent> content, ContentOf(from));
  names_[to] = {Name::Kind::kFile, std::move(content)};
  names_[from] = {Name::Kind::kGone, nullptr};
  return absl::OkStatus();
}

absl::Status OverlayDisk::RemoveNow(const std::string& path) {
  RETURN_IF_ERROR(CheckDiskEntryPath(path));
  ASSIGN_OR_RETURN(const Found found, Find(path));
  if (found == Found::kNothing) return Missing(path);
  if (found == Found::kDirectory) {
    ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, ListNow(path));
    if (!entries.empty()) return absl::FailedPreconditionError(absl::StrCat(path, " is not empty"));
  }
  names_[path] = {Name::Kind::kGone, nullptr};
  return absl::OkStatus();
}

std::vector<FileChange> OverlayDisk::Changes() const {
  std::vector<FileChange> changes;
  for (const auto& [path, name] : names_) {
    const auto real = files_.OpenFile(path);
    const bool was_there = real.ok();
    if (name.kind == Name::Kind::kGone && was_there) changes.push_back({FileChange::Kind::kRemoved, path});
    if (name.kind != Name::Kind::kFile) continue;
    if (!was_there) {
      changes.push_back({FileChange::Kind::kCreated, path});
    } else if (!name.content->IsUnchanged(path)) {
      changes.push_back({FileChange::Kind::kChanged, path});
    }
  }
  return changes;
}

// --- the door
// ------------------------------------------------------------------------------------------------------------

void OverlayDisk::Open(absl::string_view path, OpenOptions options, OpenDone done) {
  if (!*running_) return;
  Complete(std::move(done), OpenNow(std::string(path), options.mode));
}

void OverlayDisk::MakeDirectory(absl::string_view path, DiskDone done) {
  if (!*running_) return;
  const std::string name(path);
  absl::Status status = CheckDiskEntryPath(name);
  if (status.ok()) {
    const absl::StatusOr<Found> found = Find(name);
    status = found.status();
    if (found.ok() && *found != Found::kNothing) status = absl::AlreadyExistsError(absl::StrCat(name, " is there"));
  }
  if (status.ok()) names_[name] = {Name::Kind::kDirectory, nullptr};
  Complete(std::move(done), std::move(status));
}

void OverlayDisk::List(absl::string_view path, ListDone done) { Complete(std::move(done), ListNow(std::string(path))); }

void OverlayDisk::Rename(absl::string_view from, absl::string_view to, DiskDone done) {
  if (*running_) Complete(std::move(done), RenameNow(std::string(from), std::string(to)));
}

void OverlayDisk::Remove(absl::string_view path, DiskDone done) {
  if (*running_) Complete(std::move(done), RemoveNow(std::string(path)));
}

void OverlayDisk::SyncDirectory(absl::string_view path, DiskDone done) {
  Complete(std::move(done), ListNow(std::string(path)).status());
}

void OverlayDisk::LockDirectory(absl::string_view, LockDone done) {
  Complete(std::move(done), absl::StatusOr<std::unique_ptr<DirectoryLock>>(std::make_unique<NoLock>()));
}

void OverlayDisk::Space(SpaceDone done) {
  constexpr uint64_t kPlenty = uint64_t{1} << 50;
  Complete(std::move(done), absl::StatusOr<DiskSpace>(DiskSpace{.free_bytes = kPlenty, .total_bytes = kPlenty}));
}

}  // namespace tidemark::tools
