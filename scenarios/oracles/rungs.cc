#include "scenarios/oracles/rungs.h"

#include <algorithm>

namespace tidemark::scenarios {
namespace {

const PartitionRungs kUnknownPartition;

// A record that some partition holds must stay until it is durable there and applied.
void DropSettled(PartitionRungs& p) {
  const RaftIndex settled = std::min(p.durable.raft_index, p.applied.raft_index);
  while (!p.needed.empty() && p.needed.front().raft_index <= settled) p.needed.PopFront();
}

RungMove Move(RaftIndex& rung, uint64_t to) {
  const RungMove move{rung.value(), to, PartitionIndex(0)};
  rung = RaftIndex(to);
  return move;
}

RungMove Move(PartitionRungs::Record& rung, uint64_t raft_index, uint64_t index) {
  const RungMove move{rung.raft_index.value(), raft_index, rung.index};
  rung = {RaftIndex(raft_index), PartitionIndex(index)};
  return move;
}

}  // namespace

const PartitionRungs& Rungs::partition(PartitionId id) const {
  return id.value() < partitions_.size() ? partitions_[id.value()] : kUnknownPartition;
}

PartitionRungs& Rungs::Grow(PartitionId id) {
  if (id.value() >= partitions_.size()) partitions_.resize(id.value() + 1);
  present_ += partitions_[id.value()].known ? 0 : 1;
  partitions_[id.value()].known = true;
  return partitions_[id.value()];
}

// A recovery may come upon these too.
void Rungs::FoldState(const TraceEvent& event) {
  if (event.partition != kSystemPartition) return;
  if (event.kind == TraceKind::kPoisoned) failed_ = true;
  if (event.kind == TraceKind::kFull) full_ = true;
  if (event.kind == TraceKind::kSpaceAgain) full_ = false;
}

RungMove Rungs::Fold(const TraceEvent& event) {
  FoldState(event);
  if (!live_) return {};
  const auto& args = event.args;
  switch (event.kind) {
    case TraceKind::kAppended: {
      const RungMove move = Move(appended_, args[0]);
      if (event.partition != kSystemPartition) {
        PartitionRungs& p = Grow(event.partition);
        p.appended = {RaftIndex(args[0]), PartitionIndex(args[1])};
        p.needed.PushBack(p.appended);
      }
      return move;
    }
    case TraceKind::kDurable: return Move(durable_, args[1]);
    case TraceKind::kCommitted: return Move(committed_, args[1]);
    case TraceKind::kMinRequired: return Move(min_required_, args[1]);
    case TraceKind::kTruncatedPrefix: return Move(truncated_, args[1]);
    case TraceKind::kTruncatedSuffix: return Move(appended_, args[1]);
    default: return FoldPartition(event);
  }
}

RungMove Rungs::FoldPartition(const TraceEvent& event) {
  const auto& args = event.args;
  RungMove move;
  switch (event.kind) {
    case TraceKind::kForwarded:
      if (event.partition == kSystemPartition) return {};
      return Move(Grow(event.partition).forwarded, args[0], args[1]);
    case TraceKind::kPartitionDurable: move = Move(Grow(event.partition).durable, args[1], args[2]); break;
    case TraceKind::kApplied: move = Move(Grow(event.partition).applied, args[0], args[1]); break;
    case TraceKind::kPartitionTruncated:
      Grow(event.partition).truncated = PartitionIndex(args[1]);
      return {args[0], args[1], PartitionIndex(args[0])};
    case TraceKind::kReleased: {
      Ring<PartitionRungs::Record>& needed = Grow(event.partition).needed;
      const RaftIndex through = std::min(RaftIndex(args[0]), Grow(event.partition).durable.raft_index);
      while (!needed.empty() && needed.front().raft_index <= through) needed.PopFront();
      return {};
    }
    case TraceKind::kSpilled: {
      Ring<PartitionRungs::Record>& needed = Grow(event.partition).needed;
      while (!needed.empty() && needed.front().raft_index <= RaftIndex(args[0])) needed.PopFront();
      return {};
    }
    case TraceKind::kPartitionDropped:
      Grow(event.partition) = PartitionRungs();
      partitions_[event.partition.value()].known = true;
      partitions_[event.partition.value()].dropping = true;
      partitions_[event.partition.value()].needed.PushBack({RaftIndex(args[0]), PartitionIndex(0)});
      return {};
    case TraceKind::kPartitionRemoved:
      Grow(event.partition) = PartitionRungs();
      partitions_[event.partition.value()].known = false;
      --present_;
      return {};
    case TraceKind::kPartitionDropping:
    case TraceKind::kPartitionCreating:
      Grow(event.partition).dropping = event.kind == TraceKind::kPartitionDropping;
      Grow(event.partition).open = false;
      Grow(event.partition).needed.PushBack({RaftIndex(args[0]), PartitionIndex(0)});
      return {};
    case TraceKind::kCreationReleased: {
      Ring<PartitionRungs::Record>& needed = Grow(event.partition).needed;
      if (!needed.empty() && needed.front().index == PartitionIndex(0)) needed.PopFront();
      return {};
    }
    case TraceKind::kPartitionCreated: {
      Grow(event.partition).open = true;
      Ring<PartitionRungs::Record>& needed = Grow(event.partition).needed;
      if (!needed.empty() && needed.front().index == PartitionIndex(0)) needed.PopFront();
      return {};
    }
    default: return {};
  }
  DropSettled(Grow(event.partition));
  return move;
}

void Rungs::Reset(const Ladder& ladder, const RecordModel& model) {
  live_ = true;
  appended_ = ladder.appended;
  durable_ = ladder.durable;
  committed_ = ladder.committed;
  min_required_ = ladder.min_required;
  truncated_ = ladder.truncated;
  partitions_.clear();
  present_ = 0;
  for (const PartitionLadder& from : ladder.partitions) {
    PartitionRungs& p = Grow(from.partition);
    p.open = !from.dropped;
    p.appended = {from.appended, from.appended_index};
    p.forwarded = {from.forwarded, from.forwarded_index};
    p.durable = {from.partition_durable, from.durable_index};
    p.applied = {from.applied, from.applied_index};
    p.truncated = from.truncated_index;
    for (uint64_t i = std::min(from.durable_index, from.applied_index).value() + 1; i <= from.appended_index.value();
         ++i) {
      const ModelRecord* record = model.At(from.partition, PartitionIndex(i));
      // What has left the log before is in the partition's own file: it was released, or the machine fell back.
      if (record != nullptr && record->raft_index > ladder.truncated)
        p.needed.PushBack({record->raft_index, PartitionIndex(i)});
    }
  }
}

RaftIndex Rungs::LowestNeeded() const {
  RaftIndex lowest = durable_.Next();
  for (const PartitionRungs& p : partitions_) {
    if (!p.needed.empty()) lowest = std::min(lowest, p.needed.front().raft_index);
  }
  return lowest;
}

}  // namespace tidemark::scenarios
