#include "engine/node/log_roster.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/coding.h"
#include "engine/base/crc32c.h"
#include "engine/base/status.h"

namespace tidemark {
namespace {

absl::Status Damaged(const std::string& message) { return MakeError(ErrorKind::kCorruption, message); }

// Where the first record of the partition at or after `base` stands among its records.
PartitionIndex NextAt(const OutstandingRecords& in_log, RaftIndex base) {
  size_t below = in_log.records.size();
  while (below > 0 && in_log.records[below - 1].raft_index >= base) --below;
  return in_log.first.Plus(below);
}

}  // namespace

// The first one is where the story begins; each later one must tell the same story so far.
absl::Status LogRoster::OnHeadNote(const HeadNote& note, RaftIndex base) {
  if (std::exchange(noted_, true)) return CompareNote(note, base);
  for (const RosterEntry& entry : note.roster) {
    if (entry.partition == kSystemPartition) {
      control_ = ControlRecords(entry.next_index);
    } else {
      partitions_[entry.partition].in_log.first = entry.next_index;
    }
  }
  return absl::OkStatus();
}

absl::Status LogRoster::CompareNote(const HeadNote& note, RaftIndex base) const {
  const std::vector<RosterEntry> roster = RosterAt(base);
  if (roster == note.roster) return absl::OkStatus();
  return Damaged(absl::StrCat("the head of the file that begins at ", base.ToString(), " lists ", note.roster.size(),
                              " partitions; the records before it make ", roster.size(), ", or other next indices"));
}

absl::Status LogRoster::OnEntry(RaftIndex index, const EntryView& entry) {
  if (entry.header.kind != RecordKind::kData) return AddControl(index, entry);
  const auto found = partitions_.find(entry.header.partition);
  if (found == partitions_.end()) {
    return Damaged(absl::StrCat("a record of ", entry.header.partition.ToString(), ", which was never created"));
  }
  OutstandingRecords& in_log = found->second.in_log;
  if (entry.header.partition_index != in_log.next()) {
    return Damaged(absl::StrCat(entry.header.partition.ToString(), "/", entry.header.partition_index.ToString(),
                                " where ", in_log.next().ToString(), " comes next"));
  }
  in_log.records.PushBack({index, static_cast<uint32_t>(entry.payload.size()), Crc32c(entry.payload)});
  return absl::OkStatus();
}

absl::Status LogRoster::AddControl(RaftIndex index, const EntryView& entry) {
  if (entry.header.partition != kSystemPartition || entry.header.partition_index != control_.next()) {
    return Damaged(absl::StrCat("a control record as ", entry.header.partition.ToString(), "/",
                                entry.header.partition_index.ToString(), " where p0/", control_.next().ToString(),
                                " comes next"));
  }
  control_.Add(index);
  if (entry.header.kind != RecordKind::kCreatePartition) return absl::OkStatus();
  if (entry.payload.size() != sizeof(uint64_t)) {
    return Damaged(absl::StrCat("a creation record of ", entry.payload.size(), " bytes; it has 8"));
  }
  const PartitionId created(GetFixed64(entry.payload.data()));
  const bool is_new = partitions_.try_emplace(created).second;
  if (created == kSystemPartition || !is_new) {
    return Damaged(absl::StrCat(created.ToString(), " is created although it exists"));
  }
  partitions_[created].created_at = index;
  return absl::OkStatus();
}

void LogRoster::OnCut(RaftIndex new_end) {
  control_.CutTo(new_end);
  for (auto it = partitions_.begin(); it != partitions_.end();) {
    if (it->second.created_at > new_end) {
      it = partitions_.erase(it);
      continue;
    }
    Ring<OutstandingRecord>& records = it->second.in_log.records;
    while (!records.empty() && records.back().raft_index > new_end) records.PopBack();
    ++it;
  }
}

absl::Status LogRoster::Verdict() {
  for (auto& [id, partition] : partitions_) {
    OutstandingRecords& in_log = partition.in_log;
    while (!in_log.records.empty() && in_log.records.front().raft_index < floor_) {
      in_log.records.PopFront();
      in_log.first = in_log.first.Next();
    }
  }
  if (partitions_.size() <= max_partitions_) return absl::OkStatus();
  return MakeError(ErrorKind::kRefused, absl::StrCat("the store has ", partitions_.size(),
                                                     " partitions; log_segment_bytes leaves room for ", max_partitions_,
                                                     " in the head of a log file: make it larger"));
}

OutstandingRecords LogRoster::TakeRecords(PartitionId partition) { return std::move(partitions_.at(partition).in_log); }

std::vector<RosterEntry> LogRoster::RosterAt(RaftIndex base) const {
  std::vector<RosterEntry> roster;
  const PartitionIndex control = control_.NextAt(base);
  if (control > PartitionIndex(1)) roster.push_back({kSystemPartition, control});
  for (const auto& [id, partition] : partitions_) {
    if (partition.created_at < base) roster.push_back({id, NextAt(partition.in_log, base)});
  }
  return roster;
}

}  // namespace tidemark
