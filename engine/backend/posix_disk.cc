#include "engine/backend/posix_disk.h"

#include <sys/file.h>

#include <atomic>
#include <utility>
#include <vector>

#include "engine/backend/blocking_file.h"
#include "engine/backend/file_descriptor.h"
#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/env/disk_path.h"

namespace tidemark {
namespace {

using Liveness = std::shared_ptr<const bool>;

// How long a lock that was given back is waited for; then the answer is the kernel's, that it is held.
constexpr Duration kLockPause = Duration::Millis(1);
constexpr int kLockTries = 10'000;

// Runs `done` with the result unless the owner of `alive` was destroyed meanwhile.
template <typename Done>
auto IfAlive(const Liveness& alive, Done done) {
  return [alive = std::weak_ptr<const bool>(alive), done = std::move(done)](auto result) mutable {
    if (!alive.expired()) std::move(done)(std::move(result));
  };
}

}  // namespace

// How far a lock is on its way back.
struct PosixDisk::LockState {
  std::atomic<bool> given_back = false;
  std::atomic<bool> unlocked = false;
};

// A directory's lock, shared by its holder and by every call that changes something and was made while it was held.
class PosixDisk::Lock {
 public:
  explicit Lock(FileDescriptor directory) : directory_(std::move(directory)) {}
  // Unlocked first: a child process may have inherited the descriptor, and closing ours alone would leave it held.
  ~Lock() {
    ::flock(directory_.get(), LOCK_UN);
    state->unlocked = true;
  }

  const std::shared_ptr<LockState> state = std::make_shared<LockState>();

 private:
  const FileDescriptor directory_;
};

// What knows which lock is held.
struct PosixDisk::Locks {
  std::weak_ptr<Lock> last;
  std::shared_ptr<const LockState> last_state = std::make_shared<LockState>();

  // `work` with the lock as it is now, which is let go of as soon as the work is done.
  template <typename Work>
  auto Holding(Work work) const {
    return [lock = last.lock(), work = std::move(work)]() mutable {
      auto result = work();
      lock.reset();
      return result;
    };
  }
};

namespace {

class PosixFile final : public File {
 public:
  PosixFile(EventLoop& loop, std::shared_ptr<const PosixDisk::Locks> locks, std::shared_ptr<BlockingFile> file)
      : loop_(loop), locks_(std::move(locks)), file_(std::move(file)) {}
  // Closing may block: a pool thread lets go of the descriptor last.
  ~PosixFile() override {
    loop_.RunBlocking([file = std::move(file_)]() mutable { return file.reset(), true; }, [](bool) {});
  }

  size_t alignment() const override { return file_->alignment(); }

  void Read(uint64_t offset, MutableByteSpan into, TransferDone done) override {
    loop_.RunBlocking([file = file_, offset, into] { return file->Read(offset, into); },
                      IfAlive(alive_, std::move(done)));
  }
  void Write(uint64_t offset, absl::Span<const ByteSpan> parts, TransferDone done) override {
    BlockingFile::Parts vectors;
    vectors.reserve(parts.size());
    for (ByteSpan part : parts) vectors.push_back({const_cast<uint8_t*>(part.data()), part.size()});
    Change([file = file_, offset,
            vectors = std::move(vectors)]() mutable { return file->Write(offset, std::move(vectors)); },
           std::move(done));
  }
  // One visit of a pool thread instead of two: each costs two wake-ups of a thread.
  void WriteAndSync(uint64_t offset, absl::Span<const ByteSpan> parts, TransferDone done) override {
    BlockingFile::Parts vectors;
    vectors.reserve(parts.size());
    for (ByteSpan part : parts) vectors.push_back({const_cast<uint8_t*>(part.data()), part.size()});
    Change([file = file_, offset,
            vectors = std::move(vectors)]() mutable { return file->WriteAndSync(offset, std::move(vectors)); },
           std::move(done));
  }
  void SyncData(DiskDone done) override {
    Change([file = file_] { return file->SyncData(); }, std::move(done));
  }
  void SyncAll(DiskDone done) override {
    Change([file = file_] { return file->SyncAll(); }, std::move(done));
  }
  void Preallocate(uint64_t size, DiskDone done) override {
    Change([file = file_, size] { return file->Preallocate(size); }, std::move(done));
  }
  void Truncate(uint64_t size, DiskDone done) override {
    Change([file = file_, size] { return file->Truncate(size); }, std::move(done));
  }
  void Size(absl::AnyInvocable<void(absl::StatusOr<uint64_t>)> done) override {
    loop_.RunBlocking([file = file_] { return file->Size(); }, IfAlive(alive_, std::move(done)));
  }

 private:
  template <typename Work, typename Done>
  void Change(Work work, Done done) {
    loop_.RunBlocking(locks_->Holding(std::move(work)), IfAlive(alive_, std::move(done)));
  }

  EventLoop& loop_;
  const std::shared_ptr<const PosixDisk::Locks> locks_;
  std::shared_ptr<BlockingFile> file_;
  const Liveness alive_ = std::make_shared<const bool>(true);
};

class PosixDirectoryLock final : public DirectoryLock {
 public:
  explicit PosixDirectoryLock(std::shared_ptr<PosixDisk::Lock> lock) : lock_(std::move(lock)) {}
  ~PosixDirectoryLock() override { lock_->state->given_back = true; }

 private:
  const std::shared_ptr<PosixDisk::Lock> lock_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<PosixDisk>> PosixDisk::Create(EventLoop& loop, const std::string& root) {
  ASSIGN_OR_RETURN(std::shared_ptr<BlockingTree> tree, BlockingTree::Open(root));
  return std::unique_ptr<PosixDisk>(new PosixDisk(loop, std::move(tree)));
}

PosixDisk::PosixDisk(EventLoop& loop, std::shared_ptr<BlockingTree> tree)
    : loop_(loop), tree_(std::move(tree)), locks_(std::make_shared<Locks>()) {}

void PosixDisk::Open(absl::string_view path, OpenOptions options, OpenDone done) {
  auto open = [tree = tree_, path = std::string(path), options]() -> absl::StatusOr<std::shared_ptr<BlockingFile>> {
    RETURN_IF_ERROR(CheckDiskPath(path));
    return tree->OpenFile(path, options);
  };
  auto wrap = [&loop = loop_, locks = locks_,
               done = std::move(done)](absl::StatusOr<std::shared_ptr<BlockingFile>> file) mutable {
    if (!file.ok()) return done(file.status());
    done(std::make_unique<PosixFile>(loop, std::move(locks), *std::move(file)));
  };
  loop_.RunBlocking(locks_->Holding(std::move(open)), IfAlive(alive_, std::move(wrap)));
}

void PosixDisk::MakeDirectory(absl::string_view path, DiskDone done) {
  loop_.RunBlocking(locks_->Holding([tree = tree_, path = std::string(path)] {
    const absl::Status checked = CheckDiskEntryPath(path);
    return checked.ok() ? tree->MakeDirectory(path) : checked;
  }),
                    IfAlive(alive_, std::move(done)));
}

void PosixDisk::List(absl::string_view path, ListDone done) {
  auto list = [tree = tree_, path = std::string(path)]() -> absl::StatusOr<std::vector<DirectoryEntry>> {
    RETURN_IF_ERROR(CheckDiskPath(path));
    return tree->List(path);
  };
  loop_.RunBlocking(std::move(list), IfAlive(alive_, std::move(done)));
}

void PosixDisk::Rename(absl::string_view from, absl::string_view to, DiskDone done) {
  auto rename = [tree = tree_, from = std::string(from), to = std::string(to)]() -> absl::Status {
    RETURN_IF_ERROR(CheckDiskEntryPath(from));
    RETURN_IF_ERROR(CheckDiskEntryPath(to));
    return tree->Rename(from, to);
  };
  loop_.RunBlocking(locks_->Holding(std::move(rename)), IfAlive(alive_, std::move(done)));
}

void PosixDisk::Remove(absl::string_view path, DiskDone done) {
  loop_.RunBlocking(locks_->Holding([tree = tree_, path = std::string(path)] {
    const absl::Status checked = CheckDiskEntryPath(path);
    return checked.ok() ? tree->Remove(path) : checked;
  }),
                    IfAlive(alive_, std::move(done)));
}

void PosixDisk::SyncDirectory(absl::string_view path, DiskDone done) {
  loop_.RunBlocking(locks_->Holding([tree = tree_, path = std::string(path)] {
    const absl::Status checked = CheckDiskPath(path);
    return checked.ok() ? tree->SyncDirectory(path) : checked;
  }),
                    IfAlive(alive_, std::move(done)));
}

void PosixDisk::LockDirectory(absl::string_view path, LockDone done) {
  LockWhenFree(path, kLockTries, std::move(done));
}

// Where this disk's own last holder has given the lock back, the calls that it left behind are waited for.
void PosixDisk::LockWhenFree(absl::string_view path, int tries, LockDone done) {
  if (locks_->last_state->given_back && !locks_->last_state->unlocked && tries > 0) {
    auto again = [this, alive = std::weak_ptr<const bool>(alive_), path = std::string(path), tries,
                  done = std::move(done)]() mutable {
      if (!alive.expired()) LockWhenFree(path, tries - 1, std::move(done));
    };
    loop_.ScheduleAfter(kLockPause, std::move(again));
    return;
  }
  auto lock = [tree = tree_, path = std::string(path)]() -> absl::StatusOr<std::shared_ptr<Lock>> {
    RETURN_IF_ERROR(CheckDiskPath(path));
    ASSIGN_OR_RETURN(FileDescriptor directory, tree->LockDirectory(path));
    return std::make_shared<Lock>(std::move(directory));
  };
  auto wrap = [locks = locks_, done = std::move(done)](absl::StatusOr<std::shared_ptr<Lock>> lock) mutable {
    if (!lock.ok()) return done(lock.status());
    locks->last = *lock;
    locks->last_state = (*lock)->state;
    done(std::make_unique<PosixDirectoryLock>(*std::move(lock)));
  };
  loop_.RunBlocking(std::move(lock), IfAlive(alive_, std::move(wrap)));
}

void PosixDisk::Space(SpaceDone done) {
  loop_.RunBlocking([tree = tree_] { return tree->Space(); }, IfAlive(alive_, std::move(done)));
}

}  // namespace tidemark
