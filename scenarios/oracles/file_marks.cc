#include "scenarios/oracles/file_marks.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_format.h"
#include "engine/base/random.h"
#include "sim/trace.h"

namespace tidemark::scenarios {
namespace {

// Files that are made before anybody says so.
constexpr uint64_t kAhead = 2;

// As docs/formats/partition_log.md has it.
std::string DirectoryOf(PartitionId owner) {
  return owner == kSystemPartition ? "log" : absl::StrFormat("p-%010d", owner.value());
}

}  // namespace

// Under construction a file has another name, and is known by that one until a reader opens it.
void FileMarks::OnFile(PartitionId owner, uint64_t file_id) {
  std::vector<size_t>& of_owner = by_owner_[owner];
  if (of_owner.size() >= file_id + kAhead) return;
  const std::string directory = DirectoryOf(owner);
  directories_[HashName(directory)] = owner;
  while (of_owner.size() < file_id + kAhead) {
    of_owner.push_back(files_.size());
    const uint64_t number = of_owner.size();
    // As docs/formats/aof.md has them.
    for (const absl::string_view suffix : {"aof", "new"})
      by_name_[HashName(absl::StrFormat("%s/%020d.%s", directory, number, suffix))] = files_.size();
    files_.push_back({.owner = owner});
  }
}

void FileMarks::OnDisk(const TraceEvent& event) {
  const uint64_t op = event.args[0], offset = event.args[2], result = event.args[3];
  const bool writes = op == sim::kOpWrite;
  if (!writes && op != sim::kOpSyncData && op != sim::kOpSyncAll) return;
  const auto name = by_name_.find(event.args[1]);
  if (name == by_name_.end()) return;
  const size_t number = name->second;
  File& file = files_[number];
  if (static_cast<uint16_t>(event.kind) == sim::kDiskIssued) {
    if (writes) ++file.issued;
    pending_.push_back({op, number, offset, writes ? file.issued : CoveredWrites(number)});
    return;
  }
  const auto same = [&](const Pending& p) { return p.op == op && p.file == number && p.offset == offset; };
  const auto found = std::find_if(pending_.begin(), pending_.end(), same);
  if (found == pending_.end()) return;
  const uint64_t covers = found->writes;
  pending_.erase(found);
  // What a failed call says it moved is the complement of an error's code.
  if (result > ~uint64_t{0} - 64) {
    file.spoilt = true;
  } else if (!writes) {
    file.synced = std::max(file.synced, covers);
  }
}

// By a sync that is issued now.
uint64_t FileMarks::CoveredWrites(size_t file) const {
  for (const Pending& pending : pending_) {
    if (pending.op == sim::kOpWrite && pending.file == file) return pending.writes - 1;
  }
  return files_[file].issued;
}

bool FileMarks::MayBeTorn(PartitionId owner, uint64_t file_id) const {
  const auto of_owner = by_owner_.find(owner);
  return of_owner == by_owner_.end() || file_id == 0 || file_id > of_owner->second.size() ||
         files_[of_owner->second[file_id - 1]].is_torn;
}

void FileMarks::OnDown(bool power_lost) {
  for (File& file : files_) {
    file.is_torn |= file.spoilt || file.synced < file.issued;
    if (power_lost) file = {.owner = file.owner, .is_torn = file.is_torn};
  }
  pending_.clear();
}

void FileMarks::OnDamage(uint64_t path_hash) {
  const auto file = by_name_.find(path_hash);
  const auto directory = directories_.find(path_hash);
  if (file != by_name_.end()) {
    damaged_.insert(files_[file->second].owner);
  } else if (directory != directories_.end()) {
    damaged_.insert(directory->second);
  } else {
    other_damage_ = true;
  }
}

void FileMarks::OnRecovered() {
  for (File& file : files_) file.is_torn = false;
}

}  // namespace tidemark::scenarios
