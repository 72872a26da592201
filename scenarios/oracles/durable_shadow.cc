#include "scenarios/oracles/durable_shadow.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "engine/base/random.h"
#include "sim/trace.h"

namespace tidemark::scenarios {
namespace {

// Files that a recovery may make before it says so.
constexpr uint64_t kAhead = 8;

}  // namespace

DurableShadow::DurableShadow() { OnFile(1); }

void DurableShadow::OnFile(uint64_t file_id) {
  while (known_files_ < file_id + kAhead) {
    const uint64_t id = ++known_files_;
    // As docs/formats/aof.md has them.
    files_[HashName(absl::StrFormat("log/%020d.aof", id))] = {id, false};
    files_[HashName(absl::StrFormat("log/%020d.new", id))] = {id, true};
  }
}

void DurableShadow::OnRotated(uint64_t file_id) {
  OnFile(file_id);
  current_file_ = file_id;
}

// A file that is prepared ahead of its use is written and synced too, and holds no record.
uint64_t DurableShadow::FileOf(uint64_t path_hash) const {
  const auto found = files_.find(path_hash);
  if (found == files_.end()) return 0;
  return found->second.under_construction && found->second.id > current_file_ ? 0 : found->second.id;
}

void DurableShadow::OnDisk(const TraceEvent& event, RaftIndex appended) {
  const uint64_t op = event.args[0], file = FileOf(event.args[1]);
  const bool writes = op == sim::kOpWrite;
  if ((!writes && op != sim::kOpSyncData && op != sim::kOpSyncAll) || file == 0) return;
  Reach& reach = reach_[file];
  if (static_cast<uint16_t>(event.kind) == sim::kDiskIssued) {
    pending_.push_back({op, file, writes ? appended : reach.written, event.args[3]});
    return;
  }
  const auto same = [&](const Pending& pending) { return pending.op == op && pending.file == file; };
  const auto found = std::find_if(pending_.begin(), pending_.end(), same);
  if (found == pending_.end()) return;
  const Pending done = *found;
  pending_.erase(found);
  // What a failed call says it moved is the complement of an error's code.
  const uint64_t moved = event.args[3];
  if (moved > ~uint64_t{0} - 64 || (writes && moved < done.bytes)) return;
  RaftIndex& rung = writes ? reach.written : reach.synced;
  rung = std::max(rung, done.covers);
  for (const auto& [id, of] : reach_) {
    if (of.synced > RaftIndex(0)) durable_ = std::max(durable_, of.synced);
    if (of.synced < of.written) break;
  }
}

void DurableShadow::Recovered(RaftIndex durable) {
  pending_.clear();
  reach_.clear();
  durable_ = durable;
}

}  // namespace tidemark::scenarios
