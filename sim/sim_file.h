#pragma once

// An open file of a simulated disk: hands its calls to the disk, which owns everything.

#include <memory>
#include <utility>

#include "engine/env/disk.h"
#include "sim/sim_disk.h"

namespace tidemark::sim {

class SimFile final : public File {
 public:
  SimFile(SimDisk& disk, NodeRef inode, bool direct)
      : disk_(disk), inode_(std::move(inode)), direct_(direct), alive_(std::make_shared<char>()) {
    ++inode_->handles;
  }
  ~SimFile() override { --inode_->handles; }

  size_t alignment() const override { return direct_ ? AlignedBuffer::kAlignment : 1; }
  void Read(uint64_t offset, MutableByteSpan into, TransferDone done) override;
  void Write(uint64_t offset, absl::Span<const ByteSpan> parts, TransferDone done) override;
  void SyncData(DiskDone done) override;
  void SyncAll(DiskDone done) override;
  void Preallocate(uint64_t size, DiskDone done) override;
  void Truncate(uint64_t size, DiskDone done) override;
  void Size(absl::AnyInvocable<void(absl::StatusOr<uint64_t>)> done) override;

 private:
  SimDisk::Op& Issue(SimDisk::Call call, fault::DiskOpKind kind, uint64_t ordinal, uint64_t offset, uint64_t length);
  void Sync(SimDisk::Call call, DiskDone done);
  absl::Status Refuse(uint64_t offset, uint64_t bytes, absl::string_view why) const;
  absl::Status CheckRange(uint64_t offset, uint64_t bytes) const;
  absl::Status CheckPart(ByteSpan part) const;

  SimDisk& disk_;
  const NodeRef inode_;
  const bool direct_;
  const std::shared_ptr<char> alive_;  // dies with this: callbacks of a closed file do not run
};

}  // namespace tidemark::sim
