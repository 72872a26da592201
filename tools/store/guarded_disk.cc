#include "tools/store/guarded_disk.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status.h"

namespace tidemark::tools {
namespace {

class NoLock final : public DirectoryLock {};

absl::Status Refusal(const std::string& path) {
  return MakeError(ErrorKind::kRefused, absl::StrCat("no copy of ", path, " was kept: it is not changed"));
}

}  // namespace

class GuardedDisk::GuardedFile final : public File {
 public:
  GuardedFile(GuardedDisk& disk, std::string path, std::unique_ptr<File> file)
      : disk_(disk), path_(std::move(path)), file_(std::move(file)) {}

  size_t alignment() const override { return file_->alignment(); }
  void Read(uint64_t offset, MutableByteSpan into, TransferDone done) override {
    if (disk_.running_) file_->Read(offset, into, std::move(done));
  }
  void Write(uint64_t offset, absl::Span<const ByteSpan> parts, TransferDone done) override {
    if (Allowed(done)) file_->Write(offset, parts, std::move(done));
  }
  void WriteAndSync(uint64_t offset, absl::Span<const ByteSpan> parts, TransferDone done) override {
    if (Allowed(done)) file_->WriteAndSync(offset, parts, std::move(done));
  }
  void SyncData(DiskDone done) override {
    if (disk_.running_) file_->SyncData(std::move(done));
  }
  void SyncAll(DiskDone done) override {
    if (disk_.running_) file_->SyncAll(std::move(done));
  }
  void Preallocate(uint64_t size, DiskDone done) override {
    if (Allowed(done)) file_->Preallocate(size, std::move(done));
  }
  void Truncate(uint64_t size, DiskDone done) override {
    if (Allowed(done)) file_->Truncate(size, std::move(done));
  }
  void Size(absl::AnyInvocable<void(absl::StatusOr<uint64_t>)> done) override {
    if (disk_.running_) file_->Size(std::move(done));
  }

 private:
  // Where it is not, `done` hears of it.
  template <typename Done>
  bool Allowed(Done& done) {
    if (!disk_.running_) return false;
    if (disk_.MayChange(path_)) return true;
    disk_.Refuse(path_, [done = std::move(done)](absl::Status status) mutable { done(std::move(status)); });
    return false;
  }

  GuardedDisk& disk_;
  const std::string path_;
  const std::unique_ptr<File> file_;
};

// Listing the root is the cheapest way to a later task.
void GuardedDisk::Refuse(const std::string& path, DiskDone done) {
  disk_.List(
      "", [done = std::move(done), path](absl::StatusOr<std::vector<DirectoryEntry>>) mutable { done(Refusal(path)); });
}

void GuardedDisk::Open(absl::string_view path, OpenOptions options, OpenDone done) {
  if (!running_) return;
  disk_.Open(path, options,
             [this, path = std::string(path), is_new = options.mode == OpenOptions::Mode::kCreateNew,
              done = std::move(done)](absl::StatusOr<std::unique_ptr<File>> file) mutable {
               if (!running_) return;
               if (!file.ok()) return done(file.status());
               if (is_new) may_change_.insert(path);
               done(std::make_unique<GuardedFile>(*this, path, *std::move(file)));
             });
}

void GuardedDisk::MakeDirectory(absl::string_view path, DiskDone done) {
  if (!running_) return;
  disk_.MakeDirectory(path, [this, path = std::string(path), done = std::move(done)](absl::Status status) mutable {
    if (status.ok()) may_change_.insert(path);
    done(std::move(status));
  });
}

void GuardedDisk::List(absl::string_view path, ListDone done) {
  if (running_) disk_.List(path, std::move(done));
}

// A name that is there, and of which no copy was kept, is not replaced. Nothing else changes names meanwhile: the store
// is locked.
void GuardedDisk::Rename(absl::string_view from, absl::string_view to, DiskDone done) {
  if (!running_) return;
  const std::string source(from), target(to);
  if (!MayChange(source)) return Refuse(source, std::move(done));
  auto rename = [this, source, target, done = std::move(done)](absl::Status missing) mutable {
    if (!running_) return;
    if (!absl::IsNotFound(missing)) return done(missing.ok() ? Refusal(target) : missing);
    may_change_.insert(target);
    disk_.Rename(source, target, std::move(done));
  };
  if (MayChange(target)) {
    return disk_.List("", [rename = std::move(rename)](absl::StatusOr<std::vector<DirectoryEntry>>) mutable {
      rename(absl::NotFoundError(""));
    });
  }
  disk_.Open(target, {}, [rename = std::move(rename)](absl::StatusOr<std::unique_ptr<File>> file) mutable {
    rename(file.status());
  });
}

// A directory goes only when it is empty: nothing is lost with it.
void GuardedDisk::Remove(absl::string_view path, DiskDone done) {
  if (!running_) return;
  const std::string name(path);
  if (MayChange(name)) return disk_.Remove(name, std::move(done));
  disk_.List(name, [this, name, done = std::move(done)](absl::StatusOr<std::vector<DirectoryEntry>> entries) mutable {
    if (!running_) return;
    if (!entries.ok()) return done(absl::IsNotFound(entries.status()) ? entries.status() : Refusal(name));
    disk_.Remove(name, std::move(done));
  });
}

void GuardedDisk::SyncDirectory(absl::string_view path, DiskDone done) {
  if (running_) disk_.SyncDirectory(path, std::move(done));
}

void GuardedDisk::LockDirectory(absl::string_view, LockDone done) {
  disk_.List("", [done = std::move(done)](absl::StatusOr<std::vector<DirectoryEntry>> entries) mutable {
    if (!entries.ok()) return done(entries.status());
    done(std::make_unique<NoLock>());
  });
}

void GuardedDisk::Space(SpaceDone done) {
  if (running_) disk_.Space(std::move(done));
}

}  // namespace tidemark::tools
