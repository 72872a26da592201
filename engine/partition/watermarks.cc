#include "engine/partition/watermarks.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"

namespace tidemark {

void Watermarks::Recover(RaftIndex last, RaftIndex truncated) {
  CHECK_EQ(ladder_.appended, RaftIndex(0)) << "recovered twice: " << ladder_.ToString();
  ladder_.appended = ladder_.durable = ladder_.committed = ladder_.safe = last;
  ladder_.truncated = truncated;
  ladder_.min_required = truncated.Next();
  CheckLog();
}

size_t Watermarks::RecoverPartition(RecoveredPartition recovered) {
  const size_t slot = AddPartition(recovered.partition, RaftIndex(0));
  PartitionLadder& p = ladder_.partitions[slot];
  slots_[slot].outstanding = std::move(recovered.in_log);
  const OutstandingRecords& in_log = slots_[slot].outstanding;
  p.appended_index = in_log.next().Prev();
  p.appended = in_log.records.empty() ? recovered.durable : in_log.records.back().raft_index;
  p.forwarded_index = p.durable_index = recovered.durable_index;
  p.forwarded = p.partition_durable = recovered.durable;
  p.applied_index = recovered.applied_index;
  p.applied = recovered.applied;
  p.truncated_index = recovered.truncated_index;
  p.spilled_index = recovered.spilled_index;
  DropSatisfied(slot);
  UpdateUnsynced(slot);
  CheckPartition(slot);
  return slot;
}

size_t Watermarks::AddPartition(PartitionId partition, RaftIndex created_at) {
  CHECK_NE(partition, kSystemPartition);
  CHECK_LE(created_at, ladder_.appended) << "creation of " << partition << " not appended: " << ladder_.ToString();
  size_t slot = slots_.size();
  if (free_slots_.empty()) {
    ladder_.partitions.emplace_back();
    slots_.emplace_back();
    needs_.AddSlot();
    unsynced_.AddSlot();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  ladder_.partitions[slot] = PartitionLadder();
  ladder_.partitions[slot].partition = partition;
  slots_[slot].created_at = created_at;
  UpdateNeed(slot);
  return slot;
}

void Watermarks::ReleaseCreation(size_t slot) {
  CHECK_NE(slots_[slot].created_at, RaftIndex(0)) << ladder_.partitions[slot].partition << " was created before";
  CHECK_LE(slots_[slot].created_at, ladder_.committed) << "creation released before it was committed";
  slots_[slot].creation_released = true;
  UpdateNeed(slot);
  Emit(TraceKind::kCreationReleased, ladder_.partitions[slot].partition, slots_[slot].created_at.value());
}

void Watermarks::FinishCreation(size_t slot) {
  CHECK_NE(slots_[slot].created_at, RaftIndex(0)) << ladder_.partitions[slot].partition << " was created before";
  CHECK_LE(slots_[slot].created_at, ladder_.durable) << "creation carried out before it was durable";
  slots_[slot].created_at = RaftIndex(0);
  slots_[slot].creation_released = false;
  UpdateNeed(slot);
}

void Watermarks::PlanDrop(size_t slot, RaftIndex drop_at) {
  CHECK_EQ(drop_at, ladder_.appended) << ladder_.partitions[slot].partition << " dropped by an earlier record";
  slots_[slot].drop_at = drop_at;
  UpdateNeed(slot);
  Emit(TraceKind::kPartitionDropping, ladder_.partitions[slot].partition, drop_at.value());
}

void Watermarks::Drop(size_t slot, RaftIndex dropped_at) {
  PartitionLadder& p = ladder_.partitions[slot];
  CHECK(!p.dropped) << p.partition << " was dropped before: " << ladder_.ToString();
  CHECK_LE(dropped_at, ladder_.durable) << p.partition << " dropped before that was durable";
  slots_[slot] = Slot();
  slots_[slot].drop_at = slots_[slot].dropped_at = dropped_at;
  p.dropped = true;
  p.spilled_index = PartitionIndex(0);
  UpdateNeed(slot);
  UpdateUnsynced(slot);
  Emit(TraceKind::kPartitionDropped, p.partition, dropped_at.value());
}

void Watermarks::Retire(size_t slot) {
  CHECK_NE(slots_[slot].dropped_at, RaftIndex(0)) << ladder_.partitions[slot].partition << " is in use";
  slots_[slot] = Slot();
  UpdateNeed(slot);
  free_slots_.push_back(slot);
}

void Watermarks::Release(size_t slot) {
  slots_[slot].released = true;
  DropSatisfied(slot);
}

void Watermarks::SetSpilled(size_t slot, PartitionIndex through) {
  PartitionLadder& p = ladder_.partitions[slot];
  CHECK_GE(through, p.spilled_index) << p.partition << " spilled went back: " << ladder_.ToString();
  CHECK(through <= p.appended_index && RaftIndexOf(slot, through) <= ladder_.committed)
      << p.partition << " spilled " << through << " before that was committed: " << ladder_.ToString();
  p.spilled_index = through;
  UpdateNeed(slot);
  Emit(TraceKind::kSpilled, p.partition, RaftIndexOf(slot, through).value(), through.value());
}

void Watermarks::Stop(size_t slot, ErrorKind why) { ladder_.partitions[slot].stopped = why; }

void Watermarks::Prefetch(size_t slot) const {
  PrefetchObject(ladder_.partitions[slot]);
  PrefetchObject(slots_[slot]);
}

void Watermarks::SetAppended(RaftIndex index) {
  CHECK_EQ(index, ladder_.appended.Next()) << ladder_.ToString();
  ladder_.appended = index;
  CheckLog();
}

void Watermarks::FinishAppended(size_t slot, PartitionIndex first, uint64_t count) {
  PartitionLadder& p = ladder_.partitions[slot];
  const Ring<OutstandingRecord>& records = slots_[slot].outstanding.records;
  const RaftIndex last = ladder_.appended.Plus(count);
  CHECK_EQ(first, p.appended_index.Next()) << p.partition << " has a gap: " << ladder_.ToString();
  CHECK_EQ(slots_[slot].created_at, RaftIndex(0)) << p.partition << " takes records before it was created";
  CHECK_EQ(records[records.size() - count].raft_index, ladder_.appended.Next()) << ladder_.ToString();
  CHECK_EQ(records.back().raft_index, last) << ladder_.ToString();
  ladder_.appended = p.appended = last;
  p.appended_index = p.appended_index.Plus(count);
  CheckLog();
  if (first == FirstNeeded(slot)) UpdateNeed(slot);
  if (first == p.durable_index.Next()) UpdateUnsynced(slot);
}

void Watermarks::SetDurable(RaftIndex through) {
  const RaftIndex from = ladder_.durable;
  CHECK_GT(through, from) << "durable went back: " << ladder_.ToString();
  ladder_.durable = through;
  UpdateSafe();
  CheckLog();
  Emit(TraceKind::kDurable, kSystemPartition, from.value(), through.value());
}

void Watermarks::SetCommitted(RaftIndex through) {
  const RaftIndex from = ladder_.committed;
  CHECK_GT(through, from) << "committed went back: " << ladder_.ToString();
  ladder_.committed = through;
  CheckLog();
  Emit(TraceKind::kCommitted, kSystemPartition, from.value(), through.value());
}

void Watermarks::SetForwarded(size_t slot, PartitionIndex index) {
  PartitionLadder& p = ladder_.partitions[slot];
  CHECK_EQ(index, p.forwarded_index.Next()) << p.partition << " forwarded out of order: " << ladder_.ToString();
  const OutstandingRecord& record = slots_[slot].outstanding.At(index);
  p.forwarded_index = index;
  p.forwarded = record.raft_index;
  CheckPartition(slot);
  UpdateNeed(slot);
  Emit(TraceKind::kForwarded, p.partition, p.forwarded.value(), index.value(), record.payload_crc);
}

void Watermarks::SetPartitionDurable(size_t slot, PartitionIndex through) {
  PartitionLadder& p = ladder_.partitions[slot];
  CHECK_GT(through, p.durable_index) << p.partition << " partition_durable went back: " << ladder_.ToString();
  CHECK_LE(through, p.forwarded_index) << p.partition << " durable before it was forwarded: " << ladder_.ToString();
  const RaftIndex from = p.partition_durable;
  p.durable_index = through;
  p.partition_durable = slots_[slot].outstanding.At(through).raft_index;
  CheckPartition(slot);
  UpdateUnsynced(slot);
  Emit(TraceKind::kPartitionDurable, p.partition, from.value(), p.partition_durable.value(), through.value());
  DropSatisfied(slot);
}

void Watermarks::SetApplied(size_t slot, PartitionIndex index, RaftIndex raft_index, uint32_t payload_crc) {
  PartitionLadder& p = ladder_.partitions[slot];
  CHECK_EQ(index, p.applied_index.Next()) << p.partition << " applied out of order: " << ladder_.ToString();
  const OutstandingRecords& outstanding = slots_[slot].outstanding;
  if (outstanding.Holds(index)) {
    CHECK_EQ(outstanding.At(index).raft_index, raft_index) << p.partition << " applied another record as " << index;
  }
  p.applied_index = index;
  p.applied = raft_index;
  CheckPartition(slot);
  Emit(TraceKind::kApplied, p.partition, raft_index.value(), index.value(), payload_crc);
  DropSatisfied(slot);
}

void Watermarks::SetTruncated(RaftIndex through) {
  const RaftIndex from = ladder_.truncated;
  CHECK_GT(through, from) << "truncated went back: " << ladder_.ToString();
  ladder_.truncated = through;
  CheckLog();
  Emit(TraceKind::kTruncatedPrefix, kSystemPartition, from.value(), through.value());
}

void Watermarks::SetPartitionTruncated(size_t slot, PartitionIndex through) {
  PartitionLadder& p = ladder_.partitions[slot];
  const PartitionIndex from = p.truncated_index;
  CHECK_GT(through, from) << p.partition << " truncated backwards: " << ladder_.ToString();
  p.truncated_index = through;
  CheckPartition(slot);
  Emit(TraceKind::kPartitionTruncated, p.partition, from.value(), through.value());
}

void Watermarks::Rollback(RaftIndex new_end) {
  const RaftIndex from = ladder_.appended;
  CHECK_LE(new_end, from) << ladder_.ToString();
  CHECK_GE(new_end, ladder_.committed) << "rollback of committed records: " << ladder_.ToString();
  ladder_.appended = new_end;
  ladder_.durable = std::min(ladder_.durable, new_end);
  for (size_t slot = 0; slot < slots_.size(); ++slot) {
    PartitionLadder& p = ladder_.partitions[slot];
    CHECK_LE(p.forwarded, new_end) << p.partition << " has forwarded what is rolled back: " << ladder_.ToString();
    Ring<OutstandingRecord>& records = slots_[slot].outstanding.records;
    while (!records.empty() && records.back().raft_index > new_end) {
      records.PopBack();
      p.appended_index = p.appended_index.Prev();
    }
    p.appended = records.empty() ? p.forwarded : records.back().raft_index;
    UpdateNeed(slot);
    UpdateUnsynced(slot);
  }
  UpdateSafe();
  CheckLog();
  Emit(TraceKind::kTruncatedSuffix, kSystemPartition, from.value(), new_end.value());
}

bool Watermarks::UpdateMinRequired() {
  const RaftIndex nobody = ladder_.durable.Next();
  const bool needed = !needs_.empty() && needs_.lowest() < nobody;
  const RaftIndex to = needed ? needs_.lowest() : nobody;
  ladder_.holder = needed ? ladder_.partitions[needs_.lowest_slot()].partition : kSystemPartition;
  ladder_.reason = needed ? ladder_.partitions[needs_.lowest_slot()].reason : NeedReason::kNone;
  const RaftIndex from = ladder_.min_required;
  if (to == from) return false;
  CHECK_GT(to, from) << "min_required went back: " << ladder_.ToString();
  ladder_.min_required = to;
  CheckLog();
  Emit(TraceKind::kMinRequired, ladder_.holder, from.value(), to.value(), static_cast<uint64_t>(ladder_.reason));
  return true;
}

// 0 where the record is outstanding no more.
RaftIndex Watermarks::RaftIndexOf(size_t slot, PartitionIndex index) const {
  const OutstandingRecords& outstanding = slots_[slot].outstanding;
  return outstanding.Holds(index) ? outstanding.At(index).raft_index : RaftIndex(0);
}

PartitionIndex Watermarks::NextIndexAt(size_t slot, RaftIndex base) const {
  const Ring<OutstandingRecord>& records = slots_[slot].outstanding.records;
  size_t low = 0;
  size_t high = records.size();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (records[middle].raft_index < base) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return slots_[slot].outstanding.first.Plus(low);
}

void Watermarks::DropSatisfied(size_t slot) {
  OutstandingRecords& outstanding = slots_[slot].outstanding;
  const PartitionLadder& p = ladder_.partitions[slot];
  if (p.applied_index >= p.durable_index) slots_[slot].released = false;
  const PartitionIndex satisfied = slots_[slot].released ? p.durable_index : std::min(p.durable_index, p.applied_index);
  RaftIndex released;
  while (!outstanding.records.empty() && outstanding.first <= satisfied) {
    if (outstanding.first > p.applied_index) released = outstanding.records.front().raft_index;
    outstanding.records.PopFront();
    outstanding.first = outstanding.first.Next();
  }
  if (released != RaftIndex(0))
    Emit(TraceKind::kReleased, p.partition, released.value(), outstanding.first.Prev().value());
  UpdateNeed(slot);
}

void Watermarks::UpdateNeed(size_t slot) {
  const Slot& s = slots_[slot];
  PartitionLadder& p = ladder_.partitions[slot];
  const bool creating = s.created_at != RaftIndex(0) && !s.creation_released;
  const PartitionIndex first = FirstNeeded(slot);
  const bool holds = s.outstanding.Holds(first);
  const bool dropping = s.drop_at != RaftIndex(0) && !holds;
  if (!creating && !dropping && !holds) {
    if (p.reason == NeedReason::kNone) return;
    p.reason = NeedReason::kNone;
    p.min_required = RaftIndex(0);
    needs_.Clear(slot);
    return;
  }
  const RaftIndex need = creating ? s.created_at : dropping ? s.drop_at : s.outstanding.At(first).raft_index;
  p.reason = creating                    ? NeedReason::kCreate
             : dropping                  ? NeedReason::kDrop
             : first > p.forwarded_index ? NeedReason::kForward
             : first > p.durable_index   ? NeedReason::kSync
                                         : NeedReason::kApply;
  if (p.min_required == need) return;
  p.min_required = need;
  needs_.Set(slot, need);
}

void Watermarks::UpdateUnsynced(size_t slot) {
  const OutstandingRecords& outstanding = slots_[slot].outstanding;
  const PartitionIndex next = ladder_.partitions[slot].durable_index.Next();
  if (outstanding.Holds(next)) {
    unsynced_.Set(slot, outstanding.At(next).raft_index);
  } else {
    unsynced_.Clear(slot);
  }
  UpdateSafe();
}

void Watermarks::UpdateSafe() {
  ladder_.safe = ladder_.durable;
  if (!unsynced_.empty()) ladder_.safe = std::min(ladder_.safe, unsynced_.lowest().Prev());
}

void Watermarks::CheckLog() const {
  const Ladder& l = ladder_;
  CHECK(l.truncated < l.min_required && l.min_required <= l.durable.Next() && l.committed <= l.durable &&
        l.durable <= l.appended && l.safe <= l.durable)
      << "the log's rungs are out of order: " << l.ToString();
}

void Watermarks::CheckPartition(size_t slot) const {
  const PartitionLadder& p = ladder_.partitions[slot];
  CHECK(p.partition_durable <= p.forwarded && p.forwarded <= ladder_.durable && p.applied <= p.forwarded &&
        p.applied <= ladder_.committed && p.durable_index <= p.forwarded_index &&
        p.applied_index <= p.forwarded_index && p.forwarded_index <= p.appended_index &&
        p.truncated_index <= p.durable_index && p.truncated_index <= p.applied_index)
      << p.partition << "'s rungs are out of order: " << ladder_.ToString();
}

void Watermarks::Emit(TraceKind kind, PartitionId partition, uint64_t a, uint64_t b, uint64_t c) {
  TraceEvent event;
  event.kind = kind;
  event.partition = partition;
  event.args = {a, b, c, 0};
  tracer_.Emit(event);
}

}  // namespace tidemark
