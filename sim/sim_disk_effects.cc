// What operations do when they complete.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "sim/sim_disk.h"
#include "sim/sim_file.h"

namespace tidemark::sim {

using Effect = fault::DiskVerdict::Effect;

void SimDisk::EmitHit(const Op& op) {
  const uint64_t path_hash = op.file != nullptr ? op.file->path_hash : HashName(op.path);
  host_->trace.Emit(
      host_->scheduler.now(), host_->node,
      {static_cast<TraceKind>(kFaultHit), kSystemPartition, {op.verdict.fault_id, path_hash, op.offset, op.length}});
}

// The way to a name: a file on it is FAILED_PRECONDITION, a gap NOT_FOUND.
absl::Status SimDisk::NeedParent(absl::string_view path) const {
  const absl::string_view parent = ParentOf(path);
  if (names_.IsDirectory(parent)) return absl::OkStatus();
  if (names_.Exists(parent))
    return absl::FailedPreconditionError(absl::StrCat(path, ": ", parent, " is not a directory"));
  RETURN_IF_ERROR(NeedParent(parent));
  return absl::NotFoundError(absl::StrCat(path, ": no directory ", parent));
}

absl::Status SimDisk::NeedDirectory(absl::string_view path) const {
  if (names_.IsDirectory(path)) return absl::OkStatus();
  RETURN_IF_ERROR(NeedParent(path));
  if (names_.Exists(path)) return absl::FailedPreconditionError(absl::StrCat(path, ": not a directory"));
  return absl::NotFoundError(absl::StrCat(path, ": no such directory"));
}

absl::Status SimDisk::NeedFile(absl::string_view path) const {
  if (names_.FileAt(path) != nullptr) return absl::OkStatus();
  if (names_.IsDirectory(path)) return absl::FailedPreconditionError(absl::StrCat("\"", path, "\": is a directory"));
  RETURN_IF_ERROR(NeedParent(path));
  return absl::NotFoundError(absl::StrCat(path, ": no such file"));
}

absl::Status SimDisk::NeedFreeName(absl::string_view path) const {
  if (names_.Exists(path)) return absl::AlreadyExistsError(absl::StrCat("\"", path, "\": exists"));
  return NeedParent(path);
}

absl::Status SimDisk::NameResult(Op& op) {
  switch (op.call) {
    case Call::kMakeDirectory:
      RETURN_IF_ERROR(NeedFreeName(op.path));
      names_.Create(op.path, nullptr);
      return absl::OkStatus();
    case Call::kRename:
      RETURN_IF_ERROR(NeedFile(op.path));
      RETURN_IF_ERROR(NeedParent(op.to));
      if (names_.IsDirectory(op.to)) return absl::FailedPreconditionError(absl::StrCat(op.to, ": is a directory"));
      if (op.path == op.to) return absl::OkStatus();
      names_.Rename(op.path, op.to);
      return absl::OkStatus();
    case Call::kRemove:
      RETURN_IF_ERROR(NeedParent(op.path));
      if (!names_.Exists(op.path)) return absl::NotFoundError(absl::StrCat(op.path, ": no such file or directory"));
      if (names_.IsDirectory(op.path) && !names_.List(op.path).empty()) {
        return absl::FailedPreconditionError(absl::StrCat(op.path, ": directory is not empty"));
      }
      names_.Remove(op.path);
      return absl::OkStatus();
    default:  // kSyncDirectory
      RETURN_IF_ERROR(NeedDirectory(op.path));
      if (op.verdict.effect == Effect::kNormal) {
        names_.SyncDirectory(op.path, op.length);
        return absl::OkStatus();
      }
      EmitHit(op);
      if (op.verdict.effect == Effect::kLie) return absl::OkStatus();
      return MakeError(ErrorKind::kIoError, absl::StrCat("\"", op.path, "\": sync failed"));
  }
}

absl::StatusOr<std::unique_ptr<File>> SimDisk::OpenResult(Op& op) {
  NodeRef inode;
  if (op.open.mode == OpenOptions::Mode::kCreateNew) {
    RETURN_IF_ERROR(NeedFreeName(op.path));
    inode = std::make_shared<Inode>();
    inode->serial = next_serial_++;
    names_.Create(op.path, inode);
  } else {
    RETURN_IF_ERROR(NeedFile(op.path));
    inode = names_.FileAt(op.path);
  }
  inode->path = op.path;
  inode->path_hash = HashName(op.path);
  return std::unique_ptr<File>(std::make_unique<SimFile>(*this, inode, op.open.direct));
}

absl::StatusOr<size_t> SimDisk::DoRead(Op& op) {
  Inode& inode = *op.file;
  if (op.verdict.effect == Effect::kError) {
    EmitHit(op);
    return MakeError(ErrorKind::kIoError, absl::StrCat(inode.path, " at ", op.offset, ": read error"));
  }
  // A cache page that differs from the medium although it is clean may be evicted at any time.
  if (inode.suspect && key_.Fork("evict").Fork(inode.serial).ChanceAt(inode.reads, 250)) inode.image.Evict();
  if (inode.image.HasLatentError(op.offset, op.length)) {
    return MakeError(ErrorKind::kIoError, absl::StrCat(inode.path, " at ", op.offset, ": unreadable sector"));
  }
  const uint64_t size = inode.image.size();
  const size_t bytes = op.offset >= size ? 0
                                         : static_cast<size_t>(std::min<uint64_t>(op.into.size(), size - op.offset));
  uint64_t from = op.offset;
  if (op.verdict.effect == Effect::kMisdirect) {
    EmitHit(op);
    from = op.verdict.offset;
  }
  inode.image.Read(from, op.into.subspan(0, bytes));
  return bytes;
}

uint64_t SimDisk::Allocate(Inode& inode, uint64_t offset, uint64_t length) {
  const uint64_t end = AlignUp(offset + length, SparseBytes::kBlockBytes);
  if (end <= inode.image.allocated()) return length;
  const uint64_t wanted = end - inode.image.allocated();
  granted_ever_ += wanted;
  // Files are counted only where the answer may depend on it.
  const bool limited = policy_ != nullptr && policy_->LimitsSpace(host_->scheduler.now());
  if (!limited && granted_ever_ <= options_.capacity_bytes) {
    inode.image.set_allocated(end);
    return length;
  }
  const uint64_t used = names_.AllocatedBytes();
  const uint64_t capacity = policy_ == nullptr
                                ? options_.capacity_bytes
                                : policy_->CapacityAt(host_->scheduler.now(), used, options_.capacity_bytes);
  const uint64_t room = capacity > used ? capacity - used : 0;
  const uint64_t granted = std::min(wanted, AlignDown(room, SparseBytes::kBlockBytes));
  inode.image.set_allocated(inode.image.allocated() + granted);
  if (inode.image.allocated() <= offset) return 0;
  return std::min(length, inode.image.allocated() - offset);
}

void SimDisk::CopyParts(const Op& op, uint64_t length) {
  scratch_.clear();
  for (const ByteSpan& part : op.parts) {
    const uint64_t take = std::min<uint64_t>(part.size(), length - scratch_.size());
    scratch_.insert(scratch_.end(), part.begin(), part.begin() + static_cast<ptrdiff_t>(take));
  }
}

absl::StatusOr<size_t> SimDisk::DoWrite(Op& op) {
  Inode& inode = *op.file;
  uint64_t length = Allocate(inode, op.offset, op.length);
  if (length == 0 && op.length > 0) {
    return MakeError(ErrorKind::kDiskFull,
                     absl::StrCat(inode.path, " at ", op.offset, ": no space for ", op.length, " bytes"));
  }
  if (op.verdict.effect != Effect::kNormal) EmitHit(op);
  FileImage::Fate fate = FileImage::Fate::kNormal;
  bool failed = false;
  switch (op.verdict.effect) {
    case Effect::kError:
      failed = true;  // some prefix of sectors arrived
      length = AlignDown(key_.Fork("failed_write").Fork(inode.serial).UniformAt(inode.writes, op.length + 1), 512);
      break;
    case Effect::kShort: length = std::min(length, op.verdict.bytes); break;
    case Effect::kPhantom: fate = FileImage::Fate::kPhantom; break;
    case Effect::kMisdirect: fate = FileImage::Fate::kMisdirected; break;
    default: break;
  }
  if (fate != FileImage::Fate::kNormal) inode.suspect = true;
  length = std::min(length, op.length);
  if (op.parts.size() == 1) {
    inode.image.Write(op.offset, op.parts[0].subspan(0, length), fate, op.verdict.offset);
  } else {
    CopyParts(op, length);
    inode.image.Write(op.offset, scratch_, fate, op.verdict.offset);
  }
  if (failed) return MakeError(ErrorKind::kIoError, absl::StrCat(inode.path, " at ", op.offset, ": write error"));
  return static_cast<size_t>(length);
}

absl::Status SimDisk::DoSync(Op& op) {
  Inode& inode = *op.file;
  switch (op.verdict.effect) {
    case Effect::kLie: EmitHit(op); return absl::OkStatus();
    case Effect::kFailSync:
    case Effect::kError:
      EmitHit(op);
      inode.suspect = true;
      inode.image.ForgetChanges(op.length);
      return MakeError(ErrorKind::kIoError, absl::StrCat(inode.path, ": sync failed"));
    default: inode.image.Sync(op.length, op.call == Call::kSyncAll, op.size_at_call); return absl::OkStatus();
  }
}

absl::Status SimDisk::DoPreallocate(Op& op) {
  Inode& inode = *op.file;
  if (op.verdict.effect == Effect::kError) {
    EmitHit(op);
    return MakeError(ErrorKind::kIoError, absl::StrCat(inode.path, ": input/output error"));
  }
  if (op.length <= inode.image.size() && op.length <= inode.image.allocated()) return absl::OkStatus();
  const uint64_t granted = Allocate(inode, 0, op.length);
  if (granted > inode.image.size()) inode.image.Resize(granted);
  if (granted < op.length) {
    return MakeError(ErrorKind::kDiskFull,
                     absl::StrCat(inode.path, ": no space for ", op.length, " bytes, ", granted, " allocated"));
  }
  return absl::OkStatus();
}

absl::Status SimDisk::DoTruncate(Op& op) {
  op.file->image.Resize(op.length);
  const uint64_t kept = AlignUp(op.length, SparseBytes::kBlockBytes);
  if (kept < op.file->image.allocated()) op.file->image.set_allocated(kept);
  return absl::OkStatus();
}

}  // namespace tidemark::sim
