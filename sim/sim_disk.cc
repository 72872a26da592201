#include "sim/sim_disk.h"

#include "absl/strings/str_cat.h"
#include "engine/base/check.h"
#include "engine/base/status.h"
#include "engine/env/disk_path.h"

namespace tidemark::sim {

using fault::DiskOp;
using fault::DiskOpKind;

// Releases its path unless the process that took it has died meanwhile.
class SimDisk::Lock final : public DirectoryLock {
 public:
  Lock(SimDisk& disk, std::string path) : disk_(disk), path_(std::move(path)), life_(disk.life_) {}
  ~Lock() override {
    if (disk_.life_ == life_) disk_.locks_.erase(path_);
  }

 private:
  SimDisk& disk_;
  const std::string path_;
  const uint64_t life_;
};

SimDisk::~SimDisk() { DropPending(); }

void SimDisk::Attach(DiskHost* host, fault::DiskPolicy* policy, IssueObserver* observer) {
  CHECK_EQ(operations_pending(), 0u) << "a disk is moved with operations under way";
  host_ = host;
  policy_ = policy;
  observer_ = observer;
}

Duration SimDisk::LatencyOf(Call call, uint64_t path_hash, uint64_t ordinal) const {
  Duration base;
  switch (call) {
    case Call::kRead: base = options_.read_latency; break;
    case Call::kSyncData:
    case Call::kSyncAll:
    case Call::kSyncDirectory: base = options_.sync_latency; break;
    default: base = options_.write_latency; break;
  }
  // From half to one and a half of the typical time.
  const uint64_t part = 500 + key_.Fork(path_hash ^ static_cast<uint64_t>(call)).UniformAt(ordinal, 1000);
  return base * static_cast<int64_t>(part) / 1000;
}

SimDisk::Op& SimDisk::Issue(Call call, DiskOpKind kind, const NodeRef& file, absl::string_view path, uint64_t ordinal,
                            uint64_t offset, uint64_t length) {
  static_assert(static_cast<uint64_t>(Call::kWrite) == kOpWrite &&
                static_cast<uint64_t>(Call::kSyncData) == kOpSyncData &&
                static_cast<uint64_t>(Call::kSyncAll) == kOpSyncAll);
  CHECK(host_ != nullptr) << "the disk is in no machine";
  uint32_t slot;
  if (free_ops_.empty()) {
    slot = static_cast<uint32_t>(ops_.size());
    ops_.emplace_back();
  } else {
    slot = free_ops_.back();
    free_ops_.pop_back();
  }
  Op& op = ops_[slot];
  op.call = call;
  op.file = file;
  op.offset = offset;
  op.length = length;
  if (file == nullptr) op.path = std::string(path);
  const uint64_t path_hash = file != nullptr ? file->path_hash : HashName(path);
  const Instant now = host_->scheduler.now();
  op.verdict = policy_ == nullptr ? fault::DiskVerdict()
                                  : policy_->Decide(DiskOp{kind, path, path_hash, offset, length, ordinal, now});
  ++issued_;
  host_->trace.Emit(now, host_->node,
                    {static_cast<TraceKind>(kDiskIssued),
                     kSystemPartition,
                     {static_cast<uint64_t>(call), path_hash, offset, length}});
  host_->scheduler.Schedule(now + LatencyOf(call, path_hash, ordinal) + op.verdict.delay, this,
                            uint64_t{op.version} << 32 | slot);
  if (observer_ != nullptr) observer_->OnDiskIssue();
  return op;
}

SimDisk::Op& SimDisk::IssueName(Call call, absl::string_view path, DiskOpKind kind) {
  return Issue(call, kind, nullptr, path, name_ops_++, 0, 0);
}

void SimDisk::Open(absl::string_view path, OpenOptions options, OpenDone done) {
  Op& op = IssueName(Call::kOpen, path, DiskOpKind::kOpen);
  op.open = options;
  op.done = std::move(done);
}

void SimDisk::MakeDirectory(absl::string_view path, DiskDone done) {
  IssueName(Call::kMakeDirectory, path).done = std::move(done);
}

void SimDisk::List(absl::string_view path, ListDone done) {
  IssueName(Call::kList, path, DiskOpKind::kList).done = std::move(done);
}

void SimDisk::Rename(absl::string_view from, absl::string_view to, DiskDone done) {
  Op& op = IssueName(Call::kRename, from);
  op.to = std::string(to);
  op.done = std::move(done);
}

void SimDisk::Remove(absl::string_view path, DiskDone done) { IssueName(Call::kRemove, path).done = std::move(done); }

void SimDisk::SyncDirectory(absl::string_view path, DiskDone done) {
  Op& op = IssueName(Call::kSyncDirectory, path, DiskOpKind::kSyncDirectory);
  op.length = names_.Mark();
  op.done = std::move(done);
}

void SimDisk::LockDirectory(absl::string_view path, LockDone done) {
  IssueName(Call::kLock, path, DiskOpKind::kOther).done = std::move(done);
}

void SimDisk::Space(SpaceDone done) { IssueName(Call::kSpace, "", DiskOpKind::kOther).done = std::move(done); }

bool SimDisk::Fire(uint64_t cookie) {
  const uint32_t slot = static_cast<uint32_t>(cookie);
  if (slot >= ops_.size() || ops_[slot].call == Call::kNone || ops_[slot].version != (cookie >> 32)) return false;
  if (!host_->executor.Admit(this, cookie)) return false;
  Op op = std::move(ops_[slot]);
  ops_[slot] = Op();
  ops_[slot].version = op.version + 1;
  free_ops_.push_back(slot);
  Complete(std::move(op));
  return true;
}

void SimDisk::Complete(Op op) {
  if (op.file != nullptr) {
    CompleteFile(op);
  } else {
    CompleteName(op);
  }
}

absl::Status SimDisk::CheckPaths(const Op& op) {
  const bool entry = op.call == Call::kMakeDirectory || op.call == Call::kRename || op.call == Call::kRemove;
  absl::Status path = entry ? CheckDiskEntryPath(op.path) : CheckDiskPath(op.path);
  if (path.ok() && op.call == Call::kRename) path = CheckDiskEntryPath(op.to);
  return path;
}

void SimDisk::CompleteName(Op& op) {
  absl::Status path = CheckPaths(op);
  if (path.ok() && op.verdict.effect == fault::DiskVerdict::Effect::kError) {
    EmitHit(op);
    path = MakeError(ErrorKind::kIoError, absl::StrCat(op.path, ": input/output error"));
  }
  switch (op.call) {
    case Call::kOpen: {
      std::get<OpenDone>(op.done)(path.ok() ? OpenResult(op) : path);
      break;
    }
    case Call::kList:
      if (path.ok()) path = NeedDirectory(op.path);
      if (path.ok()) {
        std::get<ListDone>(op.done)(names_.List(op.path));
      } else {
        std::get<ListDone>(op.done)(path);
      }
      break;
    case Call::kLock:
      if (path.ok()) path = NeedDirectory(op.path);
      if (path.ok() && !locks_.insert(op.path).second)
        path = MakeError(ErrorKind::kLocked, absl::StrCat("\"", op.path, "\" is locked"));
      if (path.ok()) {
        std::get<LockDone>(op.done)(std::unique_ptr<DirectoryLock>(std::make_unique<Lock>(*this, op.path)));
      } else {
        std::get<LockDone>(op.done)(path);
      }
      break;
    case Call::kSpace: {
      const uint64_t used = names_.AllocatedBytes();
      const uint64_t capacity = policy_ == nullptr
                                    ? options_.capacity_bytes
                                    : policy_->CapacityAt(host_->scheduler.now(), used, options_.capacity_bytes);
      std::get<SpaceDone>(op.done)(DiskSpace{capacity > used ? capacity - used : 0, capacity});
      break;
    }
    default: std::get<DiskDone>(op.done)(path.ok() ? NameResult(op) : path);
  }
}

void SimDisk::CompleteFile(Op& op) {
  const bool heard = !op.has_owner || !op.owner.expired();
  absl::Status status = op.refused;
  uint64_t moved = 0;
  absl::StatusOr<size_t> transfer = size_t{0};
  if (!status.ok()) transfer = status;
  switch (op.refused.ok() ? op.call : Call::kNone) {
    case Call::kRead: transfer = heard ? DoRead(op) : transfer; break;
    case Call::kWrite: transfer = DoWrite(op); break;
    case Call::kSyncData:
    case Call::kSyncAll: status = DoSync(op); break;
    case Call::kPreallocate: status = DoPreallocate(op); break;
    case Call::kTruncate: status = DoTruncate(op); break;
    default: break;
  }
  if (!transfer.ok()) status = transfer.status();
  moved = transfer.ok() ? *transfer : 0;
  host_->trace.Emit(host_->scheduler.now(), host_->node,
                    {static_cast<TraceKind>(kDiskCompleted),
                     kSystemPartition,
                     {static_cast<uint64_t>(op.call), op.file->path_hash, op.offset,
                      status.ok() ? moved : ~static_cast<uint64_t>(status.code())}});
  if (!heard) return;
  if (op.call == Call::kSize) transfer = size_t{op.file->image.size()};
  if (op.call == Call::kRead || op.call == Call::kWrite || op.call == Call::kSize) {
    std::get<TransferDone>(op.done)(std::move(transfer));
  } else {
    std::get<DiskDone>(op.done)(std::move(status));
  }
}

}  // namespace tidemark::sim
