#include "tests/support/memory_world.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "engine/base/check.h"
#include "engine/base/status.h"

namespace tidemark::tests {
namespace {

std::string Parent(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

}  // namespace

class MemoryFile : public File {
 public:
  MemoryFile(MemoryWorld* world, MemoryWorld::InodePtr inode) : world_(world), inode_(std::move(inode)) {
    ++inode_->handles;
  }
  ~MemoryFile() override { --inode_->handles; }

  size_t alignment() const override { return world_->alignment_; }

  void Read(uint64_t offset, MutableByteSpan into, TransferDone done) override {
    Issue([world = world_, inode = inode_, offset, into, done = world_->Guard(std::move(done))]() mutable {
      if (world->fail_reads_ > 0 && world->spare_reads_-- <= 0) {
        --world->fail_reads_;
        return done(MakeError(ErrorKind::kIoError, "read error"));
      }
      const uint64_t size = inode->cache.size();
      const size_t bytes = offset >= size ? 0 : std::min<uint64_t>(into.size(), size - offset);
      inode->bytes_read += bytes;
      if (bytes > 0) std::memcpy(into.data(), inode->cache.data() + offset, bytes);
      done(bytes);
    });
  }

  void Write(uint64_t offset, absl::Span<const ByteSpan> parts, TransferDone done) override {
    std::string bytes;
    for (ByteSpan part : parts) bytes.append(reinterpret_cast<const char*>(part.data()), part.size());
    Issue([world = world_, inode = inode_, offset, bytes = std::move(bytes),
           done = world_->Guard(std::move(done))]() mutable {
      if (world->fail_writes_ > 0) {
        --world->fail_writes_;
        return done(MakeError(ErrorKind::kIoError, "write error"));
      }
      const bool refused = world->refuse_writes_ > 0 && world->spare_writes_-- <= 0;
      if (refused) --world->refuse_writes_;
      if (refused) bytes.resize(bytes.size() / 2);
      if (world->shorten_writes_ > 0) bytes.resize(std::min(bytes.size(), world->shorten_writes_));
      Store(*inode, offset, bytes);
      if (refused) return done(MakeError(ErrorKind::kDiskFull, "no space"));
      done(bytes.size());
    });
  }

  void SyncData(DiskDone done) override {
    IssueSync([world = world_, inode = inode_, done = world_->Guard(std::move(done))]() mutable {
      if (world->fail_syncs_ > 0 && world->spare_syncs_-- <= 0) {
        --world->fail_syncs_;
        inode->dirty.clear();
        return done(MakeError(ErrorKind::kIoError, "sync error"));
      }
      if (world->lose_syncs_ > 0) {
        --world->lose_syncs_;
        return done(absl::OkStatus());
      }
      inode->durable.resize(inode->cache.size());
      for (uint64_t sector : inode->dirty) {
        const uint64_t at = sector * MemoryWorld::kSector;
        if (at >= inode->cache.size()) continue;
        const size_t bytes = std::min<uint64_t>(MemoryWorld::kSector, inode->cache.size() - at);
        std::memcpy(inode->durable.data() + at, inode->cache.data() + at, bytes);
      }
      inode->dirty.clear();
      done(absl::OkStatus());
    });
  }
  void SyncAll(DiskDone done) override { SyncData(std::move(done)); }

  void Preallocate(uint64_t size, DiskDone done) override {
    Issue([world = world_, inode = inode_, size, done = world_->Guard(std::move(done))]() mutable {
      const uint64_t had = inode->cache.size();
      if (size > had) {
        if (world->used_bytes() + (size - had) > world->capacity_) {
          return done(MakeError(ErrorKind::kDiskFull, "no space"));
        }
        inode->cache.resize(size);
      }
      done(absl::OkStatus());
    });
  }
  void Truncate(uint64_t size, DiskDone done) override {
    Issue([inode = inode_, size, done = world_->Guard(std::move(done))]() mutable {
      inode->cache.resize(size);
      done(absl::OkStatus());
    });
  }
  void Size(absl::AnyInvocable<void(absl::StatusOr<uint64_t>)> done) override {
    Issue([inode = inode_, done = world_->Guard(std::move(done))]() mutable { done(uint64_t{inode->cache.size()}); });
  }

 private:
  static void Store(MemoryWorld::Inode& inode, uint64_t offset, const std::string& bytes) {
    if (bytes.empty()) return;
    if (inode.cache.size() < offset + bytes.size()) inode.cache.resize(offset + bytes.size());
    std::memcpy(inode.cache.data() + offset, bytes.data(), bytes.size());
    for (uint64_t s = offset / MemoryWorld::kSector; s <= (offset + bytes.size() - 1) / MemoryWorld::kSector; ++s) {
      inode.dirty.insert(s);
    }
  }
  // Dropped unrun once the file is closed.
  void Issue(Executor::Task effect) {
    world_->Issue([open = std::weak_ptr<int>(open_), effect = std::move(effect)]() mutable {
      if (!open.expired()) effect();
    });
  }

  void IssueSync(Executor::Task effect) {
    world_->IssueSync(inode_, [open = std::weak_ptr<int>(open_), effect = std::move(effect)]() mutable {
      if (!open.expired()) effect();
    });
  }

  MemoryWorld* const world_;
  const MemoryWorld::InodePtr inode_;
  const std::shared_ptr<int> open_ = std::make_shared<int>(0);
};

// --- time ------------------------------------------------------------------------------------------------

bool MemoryWorld::Step() {
  if (frozen()) return false;
  if (!tasks_.empty()) {
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    task();
    return true;
  }
  if (!operations_queue_.empty()) {
    Task effect = std::move(operations_queue_.front());
    operations_queue_.pop_front();
    effect();
    return true;
  }
  auto next = std::min_element(timers_.begin(), timers_.end(), [](const Timer& a, const Timer& b) {
    return std::make_pair(a.at, a.id) < std::make_pair(b.at, b.id);
  });
  if (next == timers_.end() || next->at == Instant::Max()) return false;
  now_ = std::max(now_, next->at);
  Task task = std::move(next->task);
  timers_.erase(next);
  task();
  return true;
}

void MemoryWorld::RunReady() {
  while (!frozen() && !(tasks_.empty() && operations_queue_.empty())) Step();
}

Executor::TimerId MemoryWorld::ScheduleAfter(Duration delay, Task task) {
  const Instant at = now_ > Instant::Max() - delay ? Instant::Max() : now_ + delay;
  timers_.push_back({.at = at, .id = next_timer_, .task = std::move(task)});
  return next_timer_++;
}

void MemoryWorld::Cancel(TimerId id) {
  timers_.erase(std::remove_if(timers_.begin(), timers_.end(), [id](const Timer& timer) { return timer.id == id; }),
                timers_.end());
}

void MemoryWorld::Issue(Task effect) {
  ++operations_;
  operations_queue_.push_back(std::move(effect));
}

void MemoryWorld::IssueSync(const InodePtr& inode, Task effect) {
  const bool hangs = !hang_syncs_of_.empty() && std::any_of(names_.begin(), names_.end(), [&](const auto& name) {
    return name.second == inode && name.first.compare(0, hang_syncs_of_.size(), hang_syncs_of_) == 0;
  });
  if (!hangs) return Issue(std::move(effect));
  hanging_syncs_.push_back(std::move(effect));
}

void MemoryWorld::ReleaseSyncs() {
  hang_syncs_of_.clear();
  for (Task& effect : std::exchange(hanging_syncs_, {})) Issue(std::move(effect));
}

// --- death -----------------------------------------------------------------------------------------------

void MemoryWorld::Kill() {
  // Moved out first: destroying a callback may drop files, whose callbacks are in here too.
  std::exchange(tasks_, {});
  std::exchange(operations_queue_, {});
  std::exchange(hanging_syncs_, {});
  std::exchange(hanging_opens_, {});
  std::exchange(timers_, {});
  freeze_at_ = 0;
}

void MemoryWorld::LoseSectors(Inode& inode, uint64_t keep_permille, uint64_t garbage_permille) {
  const uint64_t size = draws_.Chance(keep_permille) ? inode.cache.size() : inode.durable.size();
  inode.durable.resize(std::max(inode.durable.size(), inode.cache.size()));
  for (uint64_t sector : inode.dirty) {
    const uint64_t at = sector * kSector;
    if (at >= inode.cache.size()) continue;
    const size_t bytes = std::min<uint64_t>(kSector, inode.cache.size() - at);
    if (draws_.Chance(garbage_permille)) {
      for (size_t i = 0; i < bytes; ++i) inode.durable[at + i] = static_cast<char>(draws_.Bits());
    } else if (draws_.Chance(keep_permille)) {
      std::memcpy(inode.durable.data() + at, inode.cache.data() + at, bytes);
    }
  }
  inode.durable.resize(size);
  inode.dirty.clear();
  inode.cache = inode.durable;
}

void MemoryWorld::PowerLoss(uint64_t keep_permille, uint64_t garbage_permille) {
  // What was in flight may have reached the device as well.
  dying_ = true;
  while (!operations_queue_.empty() && draws_.Chance(500)) {
    Task effect = std::move(operations_queue_.front());
    operations_queue_.pop_front();
    effect();
  }
  dying_ = false;
  Kill();
  for (const NameChange& change : changes_) {
    if (draws_.Chance(keep_permille)) Apply(change, &durable_names_);
  }
  changes_.clear();
  names_ = durable_names_;
  for (auto& [path, inode] : names_) {
    if (inode != nullptr) LoseSectors(*inode, keep_permille, garbage_permille);
  }
}

std::unique_ptr<MemoryWorld> MemoryWorld::Clone(uint64_t seed) const {
  auto copy = std::make_unique<MemoryWorld>(seed);
  for (const auto& [path, inode] : names_) {
    copy->names_[path] = inode == nullptr ? nullptr : std::make_shared<Inode>(*inode);
  }
  CHECK(changes_.empty()) << "clone a world at rest";
  copy->durable_names_ = copy->names_;
  copy->capacity_ = capacity_;
  return copy;
}

// --- names -----------------------------------------------------------------------------------------------

void MemoryWorld::Apply(const NameChange& change, std::map<std::string, InodePtr>* names) {
  if (!change.removed.empty()) names->erase(change.removed);
  if (!change.added.empty()) (*names)[change.added] = change.inode;
}

void MemoryWorld::Change(const std::string& removed, const std::string& added, InodePtr inode) {
  changes_.push_back({.removed = removed, .added = added, .inode = std::move(inode)});
  Apply(changes_.back(), &names_);
}

bool MemoryWorld::FailsName(const std::string& name) {
  if (fail_names_ == 0 || name.compare(0, fail_names_of_.size(), fail_names_of_) != 0) return false;
  --fail_names_;
  return true;
}

void MemoryWorld::ReleaseOpens() {
  hang_opens_of_.clear();
  for (Task& effect : std::exchange(hanging_opens_, {})) Issue(std::move(effect));
}

void MemoryWorld::Open(absl::string_view path, OpenOptions options, OpenDone done) {
  const bool hangs = !hang_opens_of_.empty() && absl::StartsWith(path, hang_opens_of_);
  Task effect = [this, name = std::string(path), options, done = Guard(std::move(done))]() mutable {
    if (FailsName(name)) return done(fail_names_with_);
    auto found = names_.find(name);
    if (options.mode == OpenOptions::Mode::kExisting) {
      if (found == names_.end() || found->second == nullptr) return done(absl::NotFoundError(name));
      return done(std::make_unique<MemoryFile>(this, found->second));
    }
    if (found != names_.end()) return done(absl::AlreadyExistsError(name));
    auto inode = std::make_shared<Inode>();
    Change("", name, inode);
    done(std::make_unique<MemoryFile>(this, inode));
  };
  if (!hangs) return Issue(std::move(effect));
  hanging_opens_.push_back(std::move(effect));
}

void MemoryWorld::MakeDirectory(absl::string_view path, DiskDone done) {
  Issue([this, name = std::string(path), done = Guard(std::move(done))]() mutable {
    if (FailsName(name)) return done(fail_names_with_);
    if (names_.count(name) > 0) return done(absl::AlreadyExistsError(name));
    Change("", name, nullptr);
    done(absl::OkStatus());
  });
}

void MemoryWorld::List(absl::string_view path, ListDone done) {
  Issue([this, name = std::string(path), done = Guard(std::move(done))]() mutable {
    if (FailsName(name)) return done(fail_names_with_);
    if (!name.empty() && names_.count(name) == 0) return done(absl::NotFoundError(name));
    std::vector<DirectoryEntry> entries;
    for (const auto& [each, inode] : names_) {
      if (Parent(each) != name) continue;
      entries.push_back({.name = each.substr(name.empty() ? 0 : name.size() + 1), .is_directory = inode == nullptr});
    }
    done(std::move(entries));
  });
}

void MemoryWorld::Rename(absl::string_view from, absl::string_view to, DiskDone done) {
  Issue([this, from = std::string(from), to = std::string(to), done = Guard(std::move(done))]() mutable {
    if (FailsName(from)) return done(fail_names_with_);
    auto found = names_.find(from);
    if (found == names_.end()) return done(absl::NotFoundError(from));
    Change(from, to, found->second);
    done(absl::OkStatus());
  });
}

void MemoryWorld::Remove(absl::string_view path, DiskDone done) {
  Issue([this, name = std::string(path), done = Guard(std::move(done))]() mutable {
    if (FailsName(name)) return done(fail_names_with_);
    const auto found = names_.find(name);
    if (found == names_.end()) return done(absl::NotFoundError(name));
    removed_.remove_if([](const InodePtr& inode) { return inode->handles == 0; });
    if (found->second != nullptr && found->second->handles > 0) removed_.push_back(found->second);
    Change(name, "", nullptr);
    done(absl::OkStatus());
  });
}

void MemoryWorld::SyncDirectory(absl::string_view path, DiskDone done) {
  Issue([this, name = std::string(path), done = Guard(std::move(done))]() mutable {
    if (fail_directory_syncs_ > 0) {
      --fail_directory_syncs_;
      return done(fail_directory_syncs_with_);
    }
    std::vector<NameChange> others;
    for (NameChange& change : changes_) {
      const std::string& changed = change.added.empty() ? change.removed : change.added;
      if (Parent(changed) == name) {
        Apply(change, &durable_names_);
      } else {
        others.push_back(std::move(change));
      }
    }
    changes_ = std::move(others);
    done(absl::OkStatus());
  });
}

class MemoryWorld::Lock : public DirectoryLock {
 public:
  explicit Lock(std::shared_ptr<int> holders) : holders_(std::move(holders)) { ++*holders_; }
  ~Lock() override { --*holders_; }

 private:
  const std::shared_ptr<int> holders_;
};

void MemoryWorld::LockDirectory(absl::string_view, LockDone done) {
  Issue([this, done = Guard(std::move(done))]() mutable {
    if (*lock_holders_ > 0) return done(MakeError(ErrorKind::kLocked, "the directory is locked"));
    done(std::make_unique<Lock>(lock_holders_));
  });
}

void MemoryWorld::Space(SpaceDone done) {
  Issue([this, done = Guard(std::move(done))]() mutable {
    done(DiskSpace{.free_bytes = capacity_ - std::min(capacity_, used_bytes()), .total_bytes = capacity_});
  });
}

// --- a look inside ---------------------------------------------------------------------------------------

uint64_t MemoryWorld::used_bytes() const {
  uint64_t bytes = 0;
  for (const auto& [path, inode] : names_) bytes += inode == nullptr ? 0 : inode->cache.size();
  for (const InodePtr& inode : removed_) bytes += inode->handles == 0 ? 0 : inode->cache.size();
  return bytes;
}

std::vector<std::string> MemoryWorld::Names(const std::string& directory) const {
  std::vector<std::string> names;
  for (const auto& [path, inode] : names_) {
    if (inode != nullptr && Parent(path) == directory) names.push_back(path.substr(directory.size() + 1));
  }
  return names;
}

std::string MemoryWorld::Content(const std::string& path) const { return names_.at(path)->cache; }

uint64_t MemoryWorld::bytes_read(const std::string& path) const {
  const auto found = names_.find(path);
  CHECK(found != names_.end() && found->second != nullptr) << path;
  return found->second->bytes_read;
}

void MemoryWorld::ForgetReads() {
  for (auto& [path, inode] : names_) {
    if (inode != nullptr) inode->bytes_read = 0;
  }
}

void MemoryWorld::Damage(const std::string& path, uint64_t offset, uint8_t flip) {
  Inode& inode = *names_.at(path);
  inode.cache[offset] ^= flip;
  if (offset < inode.durable.size()) inode.durable[offset] ^= flip;
}

void MemoryWorld::SetContent(const std::string& path, const std::string& bytes) {
  InodePtr& inode = names_[path];
  if (inode == nullptr) inode = std::make_shared<Inode>();
  inode->cache = inode->durable = bytes;
  inode->dirty.clear();
  durable_names_[path] = inode;
}

void MemoryWorld::Erase(const std::string& path) {
  names_.erase(path);
  durable_names_.erase(path);
}

}  // namespace tidemark::tests
