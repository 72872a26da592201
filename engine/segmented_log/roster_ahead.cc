#include "engine/segmented_log/roster_ahead.h"

#include "engine/base/coding.h"

namespace tidemark {
namespace {

// The system partition's records are no roster's matter until there is one.
constexpr PartitionIndex kFirst{1};

// The partition that a creation creates.
bool Creates(const EntryHeader& header, ByteSpan payload, PartitionId* partition) {
  if (header.kind != RecordKind::kCreatePartition || payload.size() != sizeof(uint64_t)) return false;
  *partition = PartitionId(GetFixed64(payload.data()));
  return true;
}

}  // namespace

RosterAhead::RosterAhead(const std::vector<RosterEntry>& roster) {
  for (const RosterEntry& entry : roster) next_[entry.partition] = entry.next_index;
}

void RosterAhead::Apply(const EntryHeader& header, ByteSpan payload) {
  next_[header.partition] = header.partition_index.Next();
  PartitionId created;
  if (Creates(header, payload, &created)) next_[created] = kFirst;
}

std::vector<RosterEntry> RosterAhead::Entries() const {
  std::vector<RosterEntry> roster;
  roster.reserve(next_.size());
  for (const auto& [partition, next] : next_) roster.push_back({partition, next});
  return roster;
}

void RosterBehind::See(const EntryHeader& header, ByteSpan payload) {
  first_seen_.try_emplace(header.partition, header.partition_index);
  PartitionId created;
  if (Creates(header, payload, &created)) first_seen_.try_emplace(created, PartitionIndex(0));
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
