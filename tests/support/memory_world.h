#pragma once

// A small world for the tests of storage code: a task queue, a clock that jumps to the next timer, and a disk
// in memory that forgets what was not synced. It is one machine; what runs on it can die in two ways:
//
//   Kill()        the process dies: tasks and callbacks are gone, the page cache stays
//   PowerLoss()   the machine dies: of what was not synced each 512-byte sector is kept, lost or garbage, each
//                 name and length is kept or lost, by the seed
//
// Every disk operation completes one Step after it was issued, in order. Faults are set by hand.

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/base/status.h"
#include "engine/env/env.h"

namespace tidemark::tests {

class MemoryWorld : public Clock, public Executor, public Disk, public Tracer {
 public:
  explicit MemoryWorld(uint64_t seed = 1) : draws_(RandomKey(seed).Fork("memory_world")) {}
  Env env() { return Env{.clock = *this, .executor = *this, .disk = *this, .tracer = *this, .random = RandomKey(1)}; }

  // --- time ---
  // Runs one task, completes one operation, or jumps to the next timer. False: nothing left, or frozen().
  bool Step();
  // Steps until `done` is true; false when it ran dry or after a million steps.
  template <typename Predicate>
  bool RunUntil(Predicate done) {
    for (int steps = 0; steps < 1'000'000; ++steps) {
      if (done()) return true;
      if (!Step()) return done();
    }
    return false;
  }
  // Runs all that is there to run, timers left out.
  void RunReady();

  // --- death ---
  void Kill();
  // Kills, too. Chances in a thousand that an unsynced sector, name or length survives; and that a sector is garbage.
  void PowerLoss(uint64_t keep_permille = 500, uint64_t garbage_permille = 200);
  // From the operation with this number on (counting from 1) nothing runs any more. 0: never.
  void FreezeAtOperation(uint64_t number) { freeze_at_ = number; }
  bool frozen() const { return freeze_at_ != 0 && operations_ >= freeze_at_; }
  uint64_t operations() const { return operations_; }

  // --- faults ---
  // The next syncs (but for the first `after`) fail: their data is lost, but the cache keeps it and calls itself clean.
  void FailSyncs(int count, int after = 0) {
    fail_syncs_ = count;
    spare_syncs_ = after;
  }
  // Syncs of files whose path begins with this take until ReleaseSyncs, or for ever. "": of none.
  void HangSyncsOf(std::string prefix) { hang_syncs_of_ = std::move(prefix); }
  void ReleaseSyncs();
  // Opening files whose path begins with this takes until ReleaseOpens, or for ever. "": of none.
  void HangOpensOf(std::string prefix) { hang_opens_of_ = std::move(prefix); }
  void ReleaseOpens();
  // What every file's offsets and lengths must be multiples of, or so it says.
  void SetAlignment(size_t bytes) { alignment_ = bytes; }
  // The next syncs answer OK and do nothing.
  void LoseSyncs(int count) { lose_syncs_ = count; }
  void FailWrites(int count) { fail_writes_ = count; }
  // The next reads but for the first `after`.
  void FailReads(int count, int after = 0) {
    fail_reads_ = count;
    spare_reads_ = after;
  }
  // Whether all that were to fail have.
  bool reads_failed() const { return fail_reads_ == 0; }
  // The next syncs of directories answer this, and do nothing.
  void FailDirectorySyncs(int count, absl::Status with) {
    fail_directory_syncs_ = count;
    fail_directory_syncs_with_ = std::move(with);
  }
  // The next operations on names that begin with this fail, but for syncs, and have no effect.
  void FailNamesOf(std::string prefix, int count,
                   absl::Status with = MakeError(ErrorKind::kIoError, "input/output error")) {
    fail_names_of_ = std::move(prefix);
    fail_names_ = count;
    fail_names_with_ = std::move(with);
  }
  // Each write moves at most so many bytes. 0: all.
  void ShortenWrites(size_t bytes) { shorten_writes_ = bytes; }
  // Bytes that files may take in all.
  void SetCapacity(uint64_t bytes) { capacity_ = bytes; }
  // The next writes, but for the first `after`, find the disk full, though their space is allocated.
  void RefuseWrites(int count, int after = 0) {
    refuse_writes_ = count;
    spare_writes_ = after;
  }
  // A removed file counts while it is open.
  uint64_t used_bytes() const;
  // Of the file, since the last ForgetReads.
  uint64_t bytes_read(const std::string& path) const;
  void ForgetReads();

  // --- a look inside ---
  std::vector<std::string> Names(const std::string& directory) const;
  bool Has(const std::string& path) const { return names_.count(path) > 0; }
  // As a reader sees the file now. Changing it changes the platter as well.
  std::string Content(const std::string& path) const;
  void Damage(const std::string& path, uint64_t offset, uint8_t flip = 0x40);
  void SetContent(const std::string& path, const std::string& bytes);
  void Erase(const std::string& path);
  // Everything durable, as it stands; for starting again from the same place.
  std::unique_ptr<MemoryWorld> Clone(uint64_t seed) const;
  std::vector<TraceEvent> events;

  // --- the doors ---
  Instant Now() override { return now_; }
  int64_t UnixNanos() override { return now_.nanos(); }
  void Post(Task task) override { tasks_.push_back(std::move(task)); }
  TimerId ScheduleAfter(Duration delay, Task task) override;
  void Cancel(TimerId id) override;
  void Emit(const TraceEvent& event) override { events.push_back(event); }
  void Open(absl::string_view path, OpenOptions options, OpenDone done) override;
  void MakeDirectory(absl::string_view path, DiskDone done) override;
  void List(absl::string_view path, ListDone done) override;
  void Rename(absl::string_view from, absl::string_view to, DiskDone done) override;
  void Remove(absl::string_view path, DiskDone done) override;
  void SyncDirectory(absl::string_view path, DiskDone done) override;
  void LockDirectory(absl::string_view path, LockDone done) override;
  void Space(SpaceDone done) override;

 private:
  friend class MemoryFile;
  class Lock;  // of the whole disk, whatever the directory
  static constexpr size_t kSector = 512;

  struct Inode {
    std::string cache;
    std::string durable;
    std::set<uint64_t> dirty;  // sectors of `cache` that no sync covered
    uint64_t bytes_read = 0;
    uint64_t handles = 0;  // open ones
  };
  using InodePtr = std::shared_ptr<Inode>;
  // One change of a directory that is not synced yet.
  struct NameChange {
    std::string removed;  // "" for none
    std::string added;    // "" for none
    InodePtr inode;       // of `added`; nullptr for a directory
  };
  struct Timer {
    Instant at;
    TimerId id;
    Task task;
  };

  // Queues an operation; `effect` runs when it completes.
  void Issue(Task effect);
  void IssueSync(const InodePtr& inode, Task effect);
  // `done`, unless the machine dies before it learns of the result.
  template <typename Done>
  Done Guard(Done done) {
    return [this, done = std::move(done)](auto result) mutable {
      if (!dying_) done(std::move(result));
    };
  }
  // Whether this operation on the name is one to fail.
  bool FailsName(const std::string& name);
  void Change(const std::string& removed, const std::string& added, InodePtr inode);
  static void Apply(const NameChange& change, std::map<std::string, InodePtr>* names);
  void LoseSectors(Inode& inode, uint64_t keep_permille, uint64_t garbage_permille);

  Draws draws_;
  Instant now_;
  std::deque<Task> tasks_;
  std::deque<Task> operations_queue_;
  std::vector<Timer> timers_;
  TimerId next_timer_ = 1;
  uint64_t operations_ = 0;
  uint64_t freeze_at_ = 0;
  bool dying_ = false;

  std::map<std::string, InodePtr> names_;  // path -> file, or nullptr for a directory
  std::map<std::string, InodePtr> durable_names_;
  std::list<InodePtr> removed_;      // those that were open then, and may be still
  std::vector<NameChange> changes_;  // from durable_names_ to names_, in order

  const std::shared_ptr<int> lock_holders_ = std::make_shared<int>(0);
  std::string hang_opens_of_;
  std::vector<Task> hanging_opens_;
  size_t alignment_ = 1;
  std::string hang_syncs_of_;
  std::vector<Task> hanging_syncs_;
  int fail_syncs_ = 0;
  int spare_syncs_ = 0;
  int lose_syncs_ = 0;
  int fail_writes_ = 0;
  int fail_reads_ = 0;
  int spare_writes_ = 0;
  int spare_reads_ = 0;
  int fail_directory_syncs_ = 0;
  absl::Status fail_directory_syncs_with_;
  std::string fail_names_of_;
  int fail_names_ = 0;
  absl::Status fail_names_with_;
  int refuse_writes_ = 0;
  size_t shorten_writes_ = 0;
  uint64_t capacity_ = ~uint64_t{0};
};

}  // namespace tidemark::tests
