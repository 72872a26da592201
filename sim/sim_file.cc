#include "sim/sim_file.h"

#include "absl/strings/str_cat.h"
#include "engine/base/bytes.h"

namespace tidemark::sim {
namespace {

constexpr uint64_t kMaxOffset = (uint64_t{1} << 63) - 1;

}  // namespace

using fault::DiskOpKind;

absl::Status SimFile::Refuse(uint64_t offset, uint64_t bytes, absl::string_view why) const {
  return absl::InvalidArgumentError(absl::StrCat(inode_->path, " at ", offset, ", ", bytes, " bytes: ", why));
}

absl::Status SimFile::CheckRange(uint64_t offset, uint64_t bytes) const {
  if (offset > kMaxOffset || bytes > kMaxOffset - offset) return Refuse(offset, bytes, "beyond 2^63 - 1");
  if (!IsAligned(offset, alignment()) || !IsAligned(bytes, alignment())) {
    return Refuse(offset, bytes, absl::StrCat("a direct file needs multiples of ", alignment()));
  }
  return absl::OkStatus();
}

// Addresses decide nothing but whether the caller kept the rule.
absl::Status SimFile::CheckPart(ByteSpan part) const {
  if (IsAligned(reinterpret_cast<uintptr_t>(part.data()), alignment()) && IsAligned(part.size(), alignment())) {
    return absl::OkStatus();
  }
  return Refuse(0, part.size(), absl::StrCat("a direct file needs memory at multiples of ", alignment()));
}

SimDisk::Op& SimFile::Issue(SimDisk::Call call, DiskOpKind kind, uint64_t ordinal, uint64_t offset, uint64_t length) {
  SimDisk::Op& op = disk_.Issue(call, kind, inode_, inode_->path, ordinal, offset, length);
  op.owner = alive_;
  op.has_owner = true;
  return op;
}

void SimFile::Read(uint64_t offset, MutableByteSpan into, TransferDone done) {
  SimDisk::Op& op = Issue(SimDisk::Call::kRead, DiskOpKind::kRead, inode_->reads++, offset, into.size());
  op.refused = CheckRange(offset, into.size());
  if (op.refused.ok()) op.refused = CheckPart(into);
  op.into = into;
  op.done = std::move(done);
}

void SimFile::Write(uint64_t offset, absl::Span<const ByteSpan> parts, TransferDone done) {
  uint64_t length = 0;
  for (const ByteSpan& part : parts) length += part.size();
  SimDisk::Op& op = Issue(SimDisk::Call::kWrite, DiskOpKind::kWrite, inode_->writes++, offset, length);
  op.refused = CheckRange(offset, length);
  for (const ByteSpan& part : parts) {
    if (op.refused.ok()) op.refused = CheckPart(part);
  }
  op.parts.assign(parts.begin(), parts.end());
  op.done = std::move(done);
}

void SimFile::Sync(SimDisk::Call call, DiskDone done) {
  SimDisk::Op& op = Issue(call, DiskOpKind::kSync, inode_->syncs++, 0, 0);
  op.length = inode_->image.Mark();
  op.size_at_call = inode_->image.size();
  op.done = std::move(done);
}

void SimFile::SyncData(DiskDone done) { Sync(SimDisk::Call::kSyncData, std::move(done)); }
void SimFile::SyncAll(DiskDone done) { Sync(SimDisk::Call::kSyncAll, std::move(done)); }

void SimFile::Preallocate(uint64_t size, DiskDone done) {
  SimDisk::Op& op = Issue(SimDisk::Call::kPreallocate, DiskOpKind::kAllocate, inode_->writes++, 0, size);
  op.refused = CheckRange(0, size);
  op.done = std::move(done);
}

void SimFile::Truncate(uint64_t size, DiskDone done) {
  SimDisk::Op& op = Issue(SimDisk::Call::kTruncate, DiskOpKind::kTruncate, inode_->writes++, 0, size);
  if (size > kMaxOffset) op.refused = Refuse(size, 0, "beyond 2^63 - 1");
  op.done = std::move(done);
}

void SimFile::Size(absl::AnyInvocable<void(absl::StatusOr<uint64_t>)> done) {
  Issue(SimDisk::Call::kSize, DiskOpKind::kOther, inode_->reads++, 0, 0).done = std::move(done);
}

}  // namespace tidemark::sim
