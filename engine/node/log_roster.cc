#include "engine/node/log_roster.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/check.h"
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
  if (entry.header.promise == Promise::kAtDurable) kept_ = index;
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
  const uint32_t crc = payload_crcs_ ? Crc32c(entry.payload) : 0;
  in_log.records.PushBack({index, static_cast<uint32_t>(entry.payload.size()), crc});
  return absl::OkStatus();
}

absl::Status LogRoster::AddControl(RaftIndex index, const EntryView& entry) {
  if (entry.header.partition != kSystemPartition || entry.header.partition_index != control_.next()) {
    return Damaged(absl::StrCat("a control record as ", entry.header.partition.ToString(), "/",
                                entry.header.partition_index.ToString(), " where p0/", control_.next().ToString(),
                                " comes next"));
  }
  control_.Add(index);
  const bool creates = entry.header.kind == RecordKind::kCreatePartition;
  if (!creates && entry.header.kind != RecordKind::kDropPartition) return absl::OkStatus();
  if (entry.payload.size() != sizeof(uint64_t)) {
    return Damaged(absl::StrCat("a ", std::string(RecordKindName(entry.header.kind)), " record of ",
                                entry.payload.size(), " bytes; it has 8"));
  }
  const PartitionId partition(GetFixed64(entry.payload.data()));
  return creates ? Create(index, partition) : Drop(index, partition);
}

absl::Status LogRoster::Create(RaftIndex index, PartitionId partition) {
  const bool is_new = partitions_.try_emplace(partition).second;
  if (partition == kSystemPartition || !is_new) {
    return Damaged(absl::StrCat(partition.ToString(), " is created although it exists"));
  }
  partitions_[partition].created_at = index;
  return absl::OkStatus();
}

absl::Status LogRoster::Drop(RaftIndex index, PartitionId partition) {
  const auto found = partitions_.find(partition);
  if (found == partitions_.end())
    return Damaged(absl::StrCat(partition.ToString(), " is dropped although it does not exist"));
  ended_.push_back({index, partition, std::move(found->second)});
  partitions_.erase(found);
  return absl::OkStatus();
}

bool LogRoster::dropped(PartitionId partition) const {
  return !partitions_.contains(partition) &&
         std::any_of(ended_.begin(), ended_.end(), [&](const Ended& ended) { return ended.partition == partition; });
}

void LogRoster::OnGap(const LogGap& gap, LogGapDone done) {
  if (mend_ == nullptr) return LogVisitor::OnGap(gap, std::move(done));
  mend_(gap, std::move(done));
}

void LogRoster::OnCut(RaftIndex new_end) {
  control_.CutTo(new_end);
  kept_ = std::min(kept_, new_end);
  for (; !ended_.empty() && ended_.back().dropped_at > new_end; ended_.pop_back()) {
    Partition& again = partitions_[ended_.back().partition];
    again = std::move(ended_.back().state);
    ForgetBelowFloor(again);
  }
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
  for (auto& [id, partition] : partitions_) ForgetBelowFloor(partition);
  const auto finished = [&](const Ended& ended) { return ended.dropped_at < floor_; };
  ended_.erase(std::remove_if(ended_.begin(), ended_.end(), finished), ended_.end());
  for (Ended& ended : ended_) ForgetBelowFloor(ended.state);
  return VerdictOn(partitions_.size());
}

absl::Status LogRoster::VerdictAt(RaftIndex base) const {
  const std::vector<RosterEntry> roster = RosterAt(base);
  const bool has_control = !roster.empty() && roster.front().partition == kSystemPartition;
  return VerdictOn(roster.size() - (has_control ? 1 : 0));
}

absl::Status LogRoster::VerdictOn(uint64_t partitions) const {
  if (partitions <= max_partitions_) return absl::OkStatus();
  return MakeError(ErrorKind::kRefused,
                   absl::StrCat("the store has ", partitions, " partitions; log_segment_bytes leaves room for ",
                                max_partitions_, " in the head of a log file: make it larger"));
}

void LogRoster::ForgetBelowFloor(Partition& partition) const {
  OutstandingRecords& in_log = partition.in_log;
  while (!in_log.records.empty() && in_log.records.front().raft_index < floor_ && in_log.first > partition.elsewhere) {
    in_log.records.PopFront();
    in_log.first = in_log.first.Next();
  }
}

OutstandingRecords LogRoster::TakeRecords(PartitionId partition) { return std::move(partitions_.at(partition).in_log); }

const LogRoster::Partition* LogRoster::NewestOf(PartitionId partition) const {
  const auto found = partitions_.find(partition);
  if (found != partitions_.end()) return &found->second;
  const auto ended =
      std::find_if(ended_.rbegin(), ended_.rend(), [&](const Ended& e) { return e.partition == partition; });
  return ended == ended_.rend() ? nullptr : &ended->state;
}

void LogRoster::PutBefore(PartitionId partition, const std::vector<OutstandingRecord>& records) {
  auto* const newest = const_cast<Partition*>(NewestOf(partition));
  CHECK(newest != nullptr) << partition << " is not in the log";
  OutstandingRecords& in_log = newest->in_log;
  newest->elsewhere = in_log.first.Prev();
  CHECK_GT(in_log.first.value(), records.size()) << partition << " would begin before its first record";
  OutstandingRecords all;
  all.first = PartitionIndex(in_log.first.value() - records.size());
  for (const OutstandingRecord& record : records) all.records.PushBack(record);
  while (!in_log.records.empty()) all.records.PushBack(in_log.records.TakeFront());
  in_log = std::move(all);
}

std::vector<RosterEntry> LogRoster::RosterAt(RaftIndex base) const {
  std::vector<RosterEntry> roster;
  const PartitionIndex control = control_.NextAt(base);
  if (control > PartitionIndex(1)) roster.push_back({kSystemPartition, control});
  for (const auto& [id, partition] : partitions_) {
    if (partition.created_at < base) roster.push_back({id, NextAt(partition.in_log, base)});
  }
  const size_t alive = roster.size();
  for (const Ended& ended : ended_) {
    if (ended.dropped_at >= base && ended.state.created_at < base) {
      roster.push_back({ended.partition, NextAt(ended.state.in_log, base)});
    }
  }
  if (roster.size() > alive) {
    std::sort(roster.begin(), roster.end(),
              [](const RosterEntry& a, const RosterEntry& b) { return a.partition < b.partition; });
  }
  return roster;
}

}  // namespace tidemark
