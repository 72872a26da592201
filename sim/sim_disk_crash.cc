// What a crash leaves, and what time does to a medium.

#include <algorithm>

#include "fault/fault.h"
#include "sim/sim_disk.h"

namespace tidemark::sim {

void SimDisk::ResolvePending(RandomKey key) {
  // Each operation under way happened, happened in part (a write), or did not. An open may have created its file.
  for (size_t slot = 0; slot < ops_.size(); ++slot) {
    Op& op = ops_[slot];
    if (op.call == Call::kNone || !op.refused.ok() || !CheckPaths(op).ok()) continue;
    const uint64_t draw = key.UniformAt(slot, 3);
    if (draw == 0) continue;
    const bool is_struck = op.verdict.effect != fault::DiskVerdict::Effect::kNormal;
    if (op.call == Call::kWrite) {
      uint64_t length = Allocate(*op.file, op.offset, op.length);
      if (draw == 1) length = std::min(length, key.Fork("part").UniformAt(slot, op.length + 1));
      CopyParts(op, length);
      op.file->image.Write(op.offset, scratch_, FileImage::Fate::kNormal, 0);
    } else if (op.call == Call::kSyncAll || op.call == Call::kSyncData) {
      if (!is_struck) op.file->image.Sync(op.length, op.call == Call::kSyncAll, op.size_at_call);
    } else if (is_struck) {
      continue;
    } else if (op.call == Call::kOpen) {
      OpenResult(op).status().IgnoreError();
    } else if (op.call == Call::kPreallocate) {
      DoPreallocate(op).IgnoreError();
    } else if (op.call == Call::kTruncate) {
      DoTruncate(op).IgnoreError();
    } else if (op.call == Call::kMakeDirectory || op.call == Call::kRename || op.call == Call::kRemove ||
               op.call == Call::kSyncDirectory) {
      NameResult(op).IgnoreError();
    }
  }
}

void SimDisk::DropPending() {
  for (Op& op : ops_) {
    if (op.call == Call::kNone) continue;
    const uint32_t version = op.version + 1;
    Op dropped = std::move(op);
    op = Op();
    op.version = version;
    free_ops_.push_back(static_cast<uint32_t>(&op - ops_.data()));
  }
}

void SimDisk::ProcessCrash(RandomKey key) {
  ResolvePending(key.Fork("pending"));
  DropPending();
  locks_.clear();
  ++life_;
}

LossCount SimDisk::PowerLoss(const LossRules& rules, RandomKey key) {
  ResolvePending(key.Fork("pending"));
  DropPending();
  locks_.clear();
  ++life_;
  LossCount count;
  // Files first, also those that only a lost removal brings back; then the names.
  for (const auto& [path, file] : names_.FilesOnMedium()) {
    const LossCount part = file->image.LosePower(rules, key.Fork("file").Fork(file->serial));
    count.kept += part.kept;
    count.lost += part.lost;
    count.garbage += part.garbage;
  }
  names_.LosePower(rules.names_permille, key.Fork("names"), count);
  return count;
}

uint64_t SimDisk::Rot(absl::string_view files, uint64_t count, RandomKey key, uint64_t fault_id) {
  std::vector<NodeRef> targets;
  for (const auto& [path, file] : names_.FilesOnMedium()) {
    if (fault::GlobMatches(files, path) && file->image.medium().end() > 0) targets.push_back(file);
  }
  if (targets.empty()) return 0;
  uint64_t hit = 0;
  for (uint64_t i = 0; i < count; ++i) {
    Inode& inode = *targets[key.Fork("file").UniformAt(i, targets.size())];
    const uint64_t span = std::min(inode.image.medium().end(), inode.image.durable_size());
    if (span == 0) continue;
    // A few tries for a sector that holds something: zeros beyond the end of a log are of no interest.
    for (uint64_t attempt = 0; attempt < 16; ++attempt) {
      const uint64_t offset = key.Fork("offset").Fork(i).UniformAt(attempt, span);
      if (inode.image.medium().IsZero(AlignDown(offset, FileImage::kSectorBytes), FileImage::kSectorBytes)) continue;
      inode.image.Rot(offset, static_cast<int>(key.Fork("bit").UniformAt(i, 8)));
      ++hit;
      host_->trace.Emit(host_->scheduler.now(), host_->node,
                        {static_cast<TraceKind>(kFaultHit), kSystemPartition, {fault_id, inode.path_hash, offset, 1}});
      break;
    }
  }
  return hit;
}

uint64_t SimDisk::AddLatentErrors(absl::string_view files, uint64_t count, RandomKey key, uint64_t fault_id) {
  std::vector<NodeRef> targets;
  for (const auto& [path, file] : names_.FilesOnMedium()) {
    if (fault::GlobMatches(files, path) && file->image.size() > 0) targets.push_back(file);
  }
  if (targets.empty()) return 0;
  for (uint64_t i = 0; i < count; ++i) {
    Inode& inode = *targets[key.Fork("file").UniformAt(i, targets.size())];
    const uint64_t span = std::max<uint64_t>(1, inode.image.medium().end());
    const uint64_t offset = key.Fork("offset").UniformAt(i, std::min(span, inode.image.size()));
    inode.image.AddLatentError(offset);
    host_->trace.Emit(host_->scheduler.now(), host_->node,
                      {static_cast<TraceKind>(kFaultHit),
                       kSystemPartition,
                       {fault_id, inode.path_hash, offset, FileImage::kSectorBytes}});
  }
  return count;
}

}  // namespace tidemark::sim
