#include "engine/segmented_log/roster_ahead.h"

#include "engine/base/coding.h"

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
