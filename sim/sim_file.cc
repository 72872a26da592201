#include "sim/sim_file.h"

#include "engine/base/check.h"

namespace tidemark::sim {

using fault::DiskOpKind;

SimDisk::Op& SimFile::Issue(SimDisk::Call call, DiskOpKind kind, uint64_t ordinal, uint64_t offset, uint64_t length) {
  SimDisk::Op& op = disk_.Issue(call, kind, inode_, inode_->path, ordinal, offset, length);
  op.owner = alive_;
  op.has_owner = true;
  return op;
}

void SimFile::Read(uint64_t offset, MutableByteSpan into, TransferDone done) {
  CHECK(IsAligned(offset, alignment()) && IsAligned(into.size(), alignment())) << inode_->path;
  SimDisk::Op& op = Issue(SimDisk::Call::kRead, DiskOpKind::kRead, inode_->reads++, offset, into.size());
  op.into = into;
  op.done = std::move(done);
}

void SimFile::Write(uint64_t offset, absl::Span<const ByteSpan> parts, TransferDone done) {
  uint64_t length = 0;
  for (const ByteSpan& part : parts) length += part.size();
  CHECK(IsAligned(offset, alignment()) && IsAligned(length, alignment())) << inode_->path;
  SimDisk::Op& op = Issue(SimDisk::Call::kWrite, DiskOpKind::kWrite, inode_->writes++, offset, length);
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
  Issue(SimDisk::Call::kPreallocate, DiskOpKind::kAllocate, inode_->writes++, 0, size).done = std::move(done);
}

void SimFile::Truncate(uint64_t size, DiskDone done) {
  Issue(SimDisk::Call::kTruncate, DiskOpKind::kTruncate, inode_->writes++, 0, size).done = std::move(done);
}

void SimFile::Size(absl::AnyInvocable<void(absl::StatusOr<uint64_t>)> done) {
  Issue(SimDisk::Call::kSize, DiskOpKind::kOther, inode_->reads++, 0, 0).done = std::move(done);
}

}  // namespace tidemark::sim
