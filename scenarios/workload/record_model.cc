#include "scenarios/workload/record_model.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/prefetch.h"

namespace tidemark::scenarios {

RecordModel::Partition& RecordModel::Grow(PartitionId partition) {
  CHECK_GE(partition.value(), 1) << "the system partition holds no client records";
  CHECK_LE(partition.value(), 1u << 20) << "partition ids of a scenario are dense, from 1";
  if (partition.value() > partitions_.size()) partitions_.resize(partition.value());
  return partitions_[partition.value() - 1];
}

const RecordModel::Partition* RecordModel::Find(PartitionId partition) const {
  if (partition.value() == 0 || partition.value() > partitions_.size()) return nullptr;
  return &partitions_[partition.value() - 1];
}

void RecordModel::Prefetch(PartitionId partition) const {
  if (const Partition* p = Find(partition); p != nullptr) tidemark::Prefetch(p);
}

void RecordModel::PrefetchEnd(PartitionId partition) const {
  const Partition* p = Find(partition);
  if (p == nullptr || p->records.empty()) return;
  tidemark::Prefetch(&p->records.back(), 2 * sizeof(ModelRecord));
}

void RecordModel::Sent(PartitionId partition, RecordName name, uint32_t bytes, uint32_t crc) {
  Grow(partition);
  sending_.push_back({partition, name, bytes, crc});
}

bool RecordModel::Refused(PartitionId partition, RecordName name) {
  const auto same = [&](const Sending& sent) { return sent.partition == partition && sent.name == name; };
  // The refusal follows its call at once, or nearly so: look from the back.
  const auto found = std::find_if(sending_.rbegin(), sending_.rend(), same);
  if (found == sending_.rend()) return false;
  sending_.erase(std::next(found).base());
  return true;
}

std::vector<RecordModel::Sending>::iterator RecordModel::NextTo(PartitionId partition) {
  return std::find_if(sending_.begin(), sending_.end(), [&](const Sending& s) { return s.partition == partition; });
}

bool RecordModel::Acknowledged(PartitionId partition, RecordName name, PartitionIndex index, RaftIndex raft_index) {
  const ModelRecord* record = At(partition, index);
  if (record == nullptr || !(record->name == name) || record->raft_index != raft_index) return false;
  Partition& p = Grow(partition);
  p.promised = std::max(p.promised, index);
  promised_log_ = std::max(promised_log_, raft_index);
  ++acknowledged_;
  return true;
}

void RecordModel::PartitionCreated(PartitionId partition) {
  Partition& p = Grow(partition);
  p.created = p.may_exist = true;
  p.dropped = false;
}

void RecordModel::PartitionDropped(PartitionId partition) { End(partition, true); }

void RecordModel::End(PartitionId partition, bool dropped) {
  Partition& p = Grow(partition);
  const uint64_t incarnation = p.incarnation + 1;
  if (!p.records.empty()) ended_.push_back({partition, std::move(p.records)});
  p = Partition();
  std::erase_if(sending_, [&](const Sending& sent) { return sent.partition == partition; });
  p.incarnation = incarnation;
  p.dropped = dropped;
}

Placement RecordModel::Placed(PartitionId partition, RaftIndex raft_index, PartitionIndex index, uint64_t bytes,
                              uint64_t crc) {
  Partition& p = Grow(partition);
  const auto next = NextTo(partition);
  if (next == sending_.end()) return Placement::kNobodySent;
  const Sending sent = *next;
  if (sent.bytes != bytes || sent.crc != crc) return Placement::kOtherPayload;
  if (index.value() != p.records.size() + 1 || raft_index.value() != log_.size() + 1) return Placement::kOtherPlace;
  ForgetUnseen();
  sending_.erase(next);
  p.records.push_back({sent.name, sent.bytes, sent.crc, raft_index});
  log_.push_back({partition, index});
  ++placed_;
  return Placement::kMatches;
}

void RecordModel::PlacedControl(RaftIndex raft_index) {
  if (raft_index.value() != log_.size() + 1) return;
  ForgetUnseen();
  log_.push_back({kSystemPartition, PartitionIndex(0)});
}

void RecordModel::ForgetUnseen() {
  if (!std::exchange(any_unseen_, false)) return;
  for (Partition& p : partitions_) p.unseen.clear();
}

void RecordModel::Down() { sending_.clear(); }

void RecordModel::Recovered(RaftIndex last) {
  // Control records of a creation that was interrupted may be found without having been announced.
  log_.resize(last.value(), {kSystemPartition, PartitionIndex(0)});
  promised_log_ = last;
}

void RecordModel::Recovered(PartitionId partition, PartitionIndex last) {
  Partition& p = Grow(partition);
  if (last.value() > p.records.size() && p.records.empty() && LastBeforeDrop(partition) >= last) {
    // A medium that lies has lost the drop: what was there before is there again.
    const auto same = [&](const Ended& ended) { return ended.partition == partition; };
    const auto newest = std::find_if(ended_.rbegin(), ended_.rend(), same);
    p.records = std::move(newest->records);
    ended_.erase(std::next(newest).base());
  }
  p.may_vanish = false;
  for (; last.value() > p.records.size() && !p.unseen.empty(); p.unseen.pop_back()) {
    p.records.push_back(p.unseen.back());
    const uint64_t place = p.records.back().raft_index.value();
    if (place <= log_.size()) log_[place - 1] = {partition, PartitionIndex(p.records.size())};
  }
  // Their places in the log may be those of recovery's own records.
  for (; last.value() < p.records.size(); p.records.pop_back()) {
    const uint64_t place = p.records.back().raft_index.value();
    if (place <= log_.size()) log_[place - 1] = {kSystemPartition, PartitionIndex(0)};
    p.unseen.push_back(p.records.back());
    any_unseen_ = true;
  }
  p.promised = PartitionIndex(p.records.size());
}

void RecordModel::PartitionLost(PartitionId partition) {
  const Partition& p = Grow(partition);
  if (p.created || p.may_vanish || !p.records.empty()) return End(partition, p.may_vanish || p.dropped);
  Grow(partition).may_exist = false;
}

PartitionIndex RecordModel::Last(PartitionId partition) const {
  const Partition* p = Find(partition);
  return PartitionIndex(p == nullptr ? 0 : p->records.size());
}

PartitionIndex RecordModel::LastUnseen(PartitionId partition) const {
  const Partition* p = Find(partition);
  return PartitionIndex(p == nullptr ? 0 : p->records.size() + p->unseen.size());
}

PartitionIndex RecordModel::Promised(PartitionId partition) const {
  const Partition* p = Find(partition);
  return p == nullptr ? PartitionIndex(0) : p->promised;
}

const ModelRecord* RecordModel::At(PartitionId partition, PartitionIndex index) const {
  const Partition* p = Find(partition);
  if (p == nullptr || index.value() == 0 || index.value() > p->records.size()) return nullptr;
  return &p->records[index.value() - 1];
}

const RecordModel::LogPlace* RecordModel::AtLog(RaftIndex raft_index) const {
  if (raft_index.value() == 0 || raft_index.value() > log_.size()) return nullptr;
  return &log_[raft_index.value() - 1];
}

const ModelRecord* RecordModel::RecordInLog(RaftIndex raft_index) const {
  const LogPlace* place = AtLog(raft_index);
  if (place == nullptr || place->partition == kSystemPartition) return nullptr;
  const ModelRecord* record = At(place->partition, place->index);
  if (record != nullptr && record->raft_index == raft_index) return record;
  for (const Ended& ended : ended_) {
    if (ended.partition != place->partition || place->index.value() > ended.records.size()) continue;
    const ModelRecord& was = ended.records[place->index.value() - 1];
    if (was.raft_index == raft_index) return &was;
  }
  return nullptr;
}

PartitionIndex RecordModel::LastBeforeDrop(PartitionId partition) const {
  const auto same = [&](const Ended& ended) { return ended.partition == partition; };
  const auto newest = std::find_if(ended_.rbegin(), ended_.rend(), same);
  return PartitionIndex(newest == ended_.rend() ? 0 : newest->records.size());
}

bool RecordModel::WasSent(RecordName name) const {
  const auto taken_in = [&](const std::vector<ModelRecord>& records) {
    return std::any_of(records.begin(), records.end(), [&](const ModelRecord& record) { return record.name == name; });
  };
  for (const Ended& ended : ended_) {
    if (taken_in(ended.records)) return true;
  }
  for (const Partition& p : partitions_) {
    if (taken_in(p.records)) return true;
  }
  return std::any_of(sending_.begin(), sending_.end(), [&](const Sending& sent) { return sent.name == name; });
}

}  // namespace tidemark::scenarios
