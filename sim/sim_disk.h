#pragma once

// The disk of one machine. It lives across the lives of the process that uses it.
//
// An operation is checked when it is issued, takes a time drawn from the seed, and takes effect when it completes;
// completions are events of the node. The contract of engine/env/disk.h is kept to the letter and no kinder: what is
// not synced is at the mercy of power loss. fault::DiskPolicy says what else befalls an operation.
//
// A process crash decides the operations under way (each happened or not, a write perhaps in part) and keeps the page
// cache; power loss decides what of the unsynced state survives; both destroy every pending callback unrun.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/inlined_vector.h"
#include "engine/base/random.h"
#include "engine/env/disk.h"
#include "fault/disk_policy.h"
#include "sim/name_tree.h"
#include "sim/scheduler.h"
#include "sim/sim_executor.h"
#include "sim/trace.h"

namespace tidemark::sim {

struct DiskOptions {
  uint64_t capacity_bytes = uint64_t{1} << 40;
  Duration read_latency;
  Duration write_latency;
  Duration sync_latency;
};

// What the machine around a disk offers it.
struct DiskHost {
  Scheduler& scheduler;
  SimExecutor& executor;
  Trace& trace;
  NodeId node;
};

// Told of every operation that is issued: crashes at the n-th operation hang on it.
class IssueObserver {
 public:
  virtual void OnDiskIssue() = 0;

 protected:
  ~IssueObserver() = default;
};

class SimDisk final : public Disk, public EventTarget {
 public:
  // `key` makes all its choices. A new disk is empty.
  SimDisk(DiskOptions options, RandomKey key) : options_(options), key_(key) {}
  ~SimDisk();

  // Puts the disk into a machine. `host`, `policy` and `observer` (may be null) outlive the stay.
  void Attach(DiskHost* host, fault::DiskPolicy* policy, IssueObserver* observer);

  // The process died: see the top of the file.
  void ProcessCrash(RandomKey key);
  LossCount PowerLoss(const LossRules& rules, RandomKey key);

  // Flips `count` bits on the medium in files that match the glob: somewhere in what they hold. Returns how many it
  // could.
  uint64_t Rot(absl::string_view files, uint64_t count, RandomKey key, uint64_t fault_id);
  uint64_t AddLatentErrors(absl::string_view files, uint64_t count, RandomKey key, uint64_t fault_id);

  uint64_t operations_issued() const { return issued_; }
  size_t operations_pending() const { return ops_.size() - free_ops_.size(); }
  const NameTree& names() const { return names_; }

  bool Fire(uint64_t cookie) override;

  void Open(absl::string_view path, OpenOptions options, OpenDone done) override;
  void MakeDirectory(absl::string_view path, DiskDone done) override;
  void List(absl::string_view path, ListDone done) override;
  void Rename(absl::string_view from, absl::string_view to, DiskDone done) override;
  void Remove(absl::string_view path, DiskDone done) override;
  void SyncDirectory(absl::string_view path, DiskDone done) override;
  void LockDirectory(absl::string_view path, LockDone done) override;
  void Space(SpaceDone done) override;

 private:
  friend class SimFile;
  class Lock;
  enum class Call : uint8_t {
    kNone,
    kOpen,
    kMakeDirectory,
    kList,
    kRename,
    kRemove,
    kSyncDirectory,
    kLock,
    kSpace,
    kRead,
    kWrite,
    kSyncData,
    kSyncAll,
    kPreallocate,
    kTruncate,
    kSize,
  };
  using Done = std::variant<std::monostate, DiskDone, TransferDone, OpenDone, ListDone, LockDone, SpaceDone>;
  // One operation under way.
  struct Op {
    Call call = Call::kNone;  // kNone: the slot is free
    uint32_t version = 0;
    NodeRef file;
    std::weak_ptr<char> owner;  // of a file's operations: `done` runs only while it lives
    bool has_owner = false;
    std::string path, to;
    OpenOptions open;
    uint64_t offset = 0;
    uint64_t length = 0;  // or the size asked for, or the mark of a sync
    uint64_t size_at_call = 0;
    MutableByteSpan into;
    absl::InlinedVector<ByteSpan, 4> parts;
    fault::DiskVerdict verdict;
    absl::Status refused;  // not OK: the call broke a rule of env/disk.h, and this is all that happens
    Done done;
  };

  Op& Issue(Call call, fault::DiskOpKind kind, const NodeRef& file, absl::string_view path, uint64_t ordinal,
            uint64_t offset, uint64_t length);
  Op& IssueName(Call call, absl::string_view path, fault::DiskOpKind kind = fault::DiskOpKind::kName);
  Duration LatencyOf(Call call, uint64_t path_hash, uint64_t ordinal) const;
  void Complete(Op op);
  void CompleteName(Op& op);
  void CompleteFile(Op& op);
  absl::Status NameResult(Op& op);
  static absl::Status CheckPaths(const Op& op);
  absl::Status NeedParent(absl::string_view path) const;
  absl::Status NeedDirectory(absl::string_view path) const;
  absl::Status NeedFile(absl::string_view path) const;
  absl::Status NeedFreeName(absl::string_view path) const;
  absl::StatusOr<std::unique_ptr<File>> OpenResult(Op& op);
  absl::StatusOr<size_t> DoRead(Op& op);
  absl::StatusOr<size_t> DoWrite(Op& op);
  absl::Status DoSync(Op& op);
  absl::Status DoPreallocate(Op& op);
  absl::Status DoTruncate(Op& op);
  // How many bytes from `offset` the disk has room for; allocates them.
  uint64_t Allocate(Inode& inode, uint64_t offset, uint64_t length);
  void CopyParts(const Op& op, uint64_t length);
  void ResolvePending(RandomKey key);
  void DropPending();
  void EmitHit(const Op& op);

  const DiskOptions options_;
  const RandomKey key_;
  DiskHost* host_ = nullptr;
  fault::DiskPolicy* policy_ = nullptr;
  IssueObserver* observer_ = nullptr;
  NameTree names_;
  absl::btree_set<std::string> locks_;
  uint64_t next_serial_ = 1;
  uint64_t name_ops_ = 0;  // ordinal of operations on names
  uint64_t issued_ = 0;
  uint64_t granted_ever_ = 0;  // Invariant: at least the bytes that its files own
  uint64_t life_ = 0;          // locks of an earlier life release nothing
  std::vector<Op> ops_;
  std::vector<uint32_t> free_ops_;
  std::vector<uint8_t> scratch_;
};

}  // namespace tidemark::sim
