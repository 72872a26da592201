#include "engine/segmented_log/roster_ahead.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "engine/base/coding.h"
#include "engine/base/status.h"

namespace tidemark {
namespace {

// The system partition's records are no roster's matter until there is one.
constexpr PartitionIndex kFirst{1};

// The partition that the record creates or drops; the system partition for any other record.
PartitionId Concerned(const EntryHeader& header, ByteSpan payload) {
  const bool concerns = header.kind == RecordKind::kCreatePartition || header.kind == RecordKind::kDropPartition;
  return concerns && payload.size() == sizeof(uint64_t) ? PartitionId(GetFixed64(payload.data())) : kSystemPartition;
}

}  // namespace

RosterAhead::RosterAhead(const std::vector<RosterEntry>& roster) {
  for (const RosterEntry& entry : roster) next_[entry.partition] = entry.next_index;
}

absl::Status RosterAhead::Check(const EntryHeader& header, ByteSpan payload) const {
  const auto wrong = [&](const std::string& what) {
    return MakeError(ErrorKind::kCorruption,
                     absl::StrCat(header.partition.ToString(), "/", header.partition_index.ToString(), ": ", what));
  };
  const auto next = next_.find(header.partition);
  const bool is_control = header.partition == kSystemPartition;
  if (next == next_.end() && !is_control) return wrong("a record of a partition that does not exist");
  if (const PartitionIndex due = next == next_.end() ? kFirst : next->second; due != header.partition_index)
    return wrong(absl::StrCat(due.ToString(), " comes next"));
  const bool creates = header.kind == RecordKind::kCreatePartition;
  if (!creates && header.kind != RecordKind::kDropPartition) return absl::OkStatus();
  const PartitionId concerned = Concerned(header, payload);
  if (concerned == kSystemPartition) return wrong("it names no partition");
  const bool exists = next_.contains(concerned);
  if (exists != creates) return absl::OkStatus();
  return wrong(absl::StrCat(concerned.ToString(),
                            creates ? " is created although it exists" : " is dropped although it does not exist"));
}

void RosterAhead::Apply(const EntryHeader& header, ByteSpan payload) {
  next_[header.partition] = header.partition_index.Next();
  const PartitionId concerned = Concerned(header, payload);
  if (concerned == kSystemPartition) return;
  if (header.kind == RecordKind::kCreatePartition) {
    next_[concerned] = kFirst;
  } else {
    next_.erase(concerned);
  }
}

std::vector<RosterEntry> RosterAhead::Entries() const {
  std::vector<RosterEntry> roster;
  roster.reserve(next_.size());
  for (const auto& [partition, next] : next_) roster.push_back({partition, next});
  return roster;
}

void RosterBehind::See(const EntryHeader& header, ByteSpan payload) {
  first_seen_.try_emplace(header.partition, header.partition_index);
  const PartitionId concerned = Concerned(header, payload);
  if (concerned == kSystemPartition) return;
  first_seen_.try_emplace(concerned, header.kind == RecordKind::kCreatePartition ? PartitionIndex(0) : kFirst);
}

std::vector<RosterEntry> RosterBehind::Before(const std::vector<RosterEntry>& known) const {
  absl::btree_map<PartitionId, PartitionIndex> next = first_seen_;
  for (const RosterEntry& entry : known) next.try_emplace(entry.partition, entry.next_index);
  std::vector<RosterEntry> roster;
  for (const auto& [partition, index] : next) {
    if (index == PartitionIndex(0) || (partition == kSystemPartition && index == kFirst)) continue;
    roster.push_back({partition, index});
  }
  return roster;
}

}  // namespace tidemark
