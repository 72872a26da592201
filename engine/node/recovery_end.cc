// Where the log ends after recovery, and that it stays so.
//
// Under kRollback it ends at `safe`: the last record before the first that its partition's file lacks. Three things
// show that records above that were, or may have been, acknowledged nevertheless; they stay, and are forwarded again:
//
//   kept      a record promised at `durable`: another policy's, or recovery's own word (below)
//   applied   nothing is applied before it is safe, so a file that lacks what was applied has lost it since
//   made      a partition is made, and dropped, once its record is safe
//
// A file that has to be made anew says nothing of what it held: its records in the log all stay.
//
// Partition files are cut before the log, so that a file ahead of the log is evidence of lost records under
// this policy too, and so that a crash in between leaves the same `safe`.
//
// Whatever the policy, all that is left may be applied and acknowledged from here on, so no later recovery may drop
// it. Where that is not plain from the files, because records are to be forwarded again, a record that is
// promised at `durable` is put on top before anybody is served: the word that all below it stays.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "engine/node/recovery.h"

namespace tidemark {
namespace {

constexpr int64_t kTriesOfACut = 3;

PartitionIndex LastAtOrBelow(const OutstandingRecords& in_log, RaftIndex end) {
  size_t count = in_log.records.size();
  while (count > 0 && in_log.records[count - 1].raft_index > end) --count;
  return in_log.first.Plus(count).Prev();
}

}  // namespace

void Recovery::FindEnd() {
  for (const auto& [partition, found] : found_) {
    if (found.log == nullptr || roster_.dropped(partition)) continue;
    const absl::Status lost = LostTail(partition, found);
    if (!lost.ok() && !options_.accept_lost_tail) return Fail(lost);
  }
  const RaftIndex last = store_.log->last();
  if (options_.recovery == EngineOptions::Recovery::kRedo) return KeepRest();
  const RaftIndex end = std::min(last, SafeEnd(std::max(roster_.kept(), EvidentlySafe())));
  if (end == last) return KeepRest();
  for (const auto& [partition, known] : roster_.partitions()) {
    if (absl::Status lost = LostByMachine(partition, known); !lost.ok() && !options_.accept_lost_tail)
      return Fail(lost);
  }
  // The drops above the end do not stay, and what they bring back must have room too.
  if (absl::Status fits = roster_.VerdictAt(end.Next()); !fits.ok()) return Fail(fits);
  RollBack(end);
}

bool Recovery::HasFile(PartitionId partition) const {
  const auto found = found_.find(partition);
  return found != found_.end() && found->second.log != nullptr;
}

// One that begins above all that the log knows will be made anew.
bool Recovery::KeepsFile(PartitionId partition, const OutstandingRecords& in_log) const {
  return HasFile(partition) && found_.at(partition).log->first_index() <= in_log.next();
}

RaftIndex Recovery::LowestUnsynced(PartitionId partition, const OutstandingRecords& in_log) const {
  const PartitionIndex next = KeepsFile(partition, in_log)
                                  ? std::max(found_.at(partition).log->last_index(), SpilledThrough(partition)).Next()
                                  : in_log.first;
  return in_log.Holds(next) ? in_log.At(next).raft_index : RaftIndex(0);
}

RaftIndex Recovery::SafeEnd(RaftIndex at_least) const {
  RaftIndex end = store_.log->last();
  const auto lower = [&](PartitionId partition, const OutstandingRecords& in_log) {
    const RaftIndex lowest = KeepsFile(partition, in_log) ? LowestUnsynced(partition, in_log) : RaftIndex(0);
    if (lowest != RaftIndex(0)) end = std::min(end, lowest.Prev());
  };
  for (const auto& [partition, known] : roster_.partitions()) lower(partition, known.in_log);
  // A drop that does not stay brings its partition back. Newest first: what an earlier drop takes away is below.
  for (auto ended = roster_.ended().rbegin(); ended != roster_.ended().rend(); ++ended) {
    if (ended->dropped_at > std::max(end, at_least)) lower(ended->partition, ended->state.in_log);
  }
  return std::max(end, at_least);
}

RaftIndex Recovery::EvidentlySafe() {
  RaftIndex safe;
  for (const auto& [partition, found] : found_) {
    if (found.log != nullptr) safe = std::max(safe, found.log->found_checkpoint().applied);
  }
  for (const auto& [partition, known] : roster_.partitions()) {
    if (HasFile(partition)) safe = std::max(safe, known.created_at);
    const PartitionIndex applied = MachineHas(partition);
    if (known.in_log.Holds(applied)) safe = std::max(safe, known.in_log.At(applied).raft_index);
  }
  for (const LogRoster::Ended& ended : roster_.ended()) {
    if (!found_.contains(ended.partition)) safe = std::max(safe, ended.dropped_at);
  }
  return safe;
}

PartitionIndex Recovery::MachineHas(PartitionId partition) {
  const auto asked = machine_has_.find(partition);
  if (asked != machine_has_.end()) return asked->second;
  return machine_has_[partition] = machine_.LastApplied(partition);
}

// --- what does not stay ------------------------------------------------------------------------------------------

// The state machine hears of it first: a crash from here on finds the same end again, and tells it again.
void Recovery::RollBack(RaftIndex end) {
  const RaftIndex last = store_.log->last();
  report_.rolled_back_records = last.value() - end.value();
  report_.rolled_back_to = end;
  env_.tracer.Emit(
      {.kind = TraceKind::kTruncatedSuffix, .partition = kSystemPartition, .args = {last.value(), end.value(), 0, 0}});
  for (const auto& [partition, known] : roster_.partitions()) {
    if (known.created_at <= end) RollBackPartition(partition, known.in_log, end);
  }
  for (const LogRoster::Ended& ended : roster_.ended()) {
    if (ended.dropped_at > end && ended.state.created_at <= end) {
      RollBackPartition(ended.partition, ended.state.in_log, end);
    }
  }
  CutNextFile();
}

void Recovery::RollBackPartition(PartitionId partition, const OutstandingRecords& in_log, RaftIndex end) {
  const PartitionIndex new_end = LastAtOrBelow(in_log, end);
  const PartitionIndex last = in_log.next().Prev();
  if (new_end == last) return;
  rolled_back_[partition] = last.value() - new_end.value();
  machine_.Rollback(partition, new_end);
  if (KeepsFile(partition, in_log) && found_.at(partition).log->last_index() > new_end) {
    files_to_cut_.push_back({partition, new_end});
  }
}

void Recovery::CutNextFile() {
  if (files_to_cut_.empty()) return CutLog();
  const auto [partition, new_end] = files_to_cut_.back();
  files_to_cut_.pop_back();
  CutFile(partition, new_end, Then(&Recovery::OnFileCut));
}

// What waits for space is given up as for the log, below.
void Recovery::CutFile(PartitionId partition, PartitionIndex new_end, DiskDone done) {
  PartitionLog& log = *found_.at(partition).log;
  env_.tracer.Emit({.kind = TraceKind::kPartitionCut,
                    .partition = partition,
                    .args = {log.last_index().value(), new_end.value(), 0, 0}});
  log.WatchFull([this, weak = weak_from_this(), partition] {
    if (weak.expired()) return;
    env_.executor.ScheduleAfter(options_.full_retry * kTriesOfACut, [this, weak, partition] {
      if (const auto self = weak.lock()) FailIfFull(partition);
    });
  });
  log.CutBack(new_end, std::move(done));
}

void Recovery::FailIfFull(PartitionId partition) {
  if (done_ == nullptr || !HasFile(partition) || !found_.at(partition).log->full()) return;
  Fail(MakeError(ErrorKind::kDiskFull, absl::StrCat("the disk is full, and recovery has the end of the file of ",
                                                    partition.ToString(), " to cut")));
}

void Recovery::OnFileCut(absl::Status status) {
  if (!status.ok()) return Fail(status);
  CutNextFile();
}

void Recovery::CutLog() {
  const RaftIndex end = report_.rolled_back_to;
  if (absl::Status status = store_.log->TruncateSuffix(end); !status.ok()) return Fail(status);
  roster_.OnCut(end);
  cutting_log_ = true;
  store_.log->Flush(Then(&Recovery::OnLogCut));
}

void Recovery::OnLogCut(absl::Status status) {
  cutting_log_ = false;
  if (!status.ok()) return Fail(status);
  KeepRest();
}

// --- what stays ----------------------------------------------------------------------------------------------------

void Recovery::KeepRest() {
  const bool plain = std::all_of(roster_.partitions().begin(), roster_.partitions().end(), [this](const auto& p) {
    return LowestUnsynced(p.first, p.second.in_log) == RaftIndex(0);
  });
  if (plain || roster_.kept() == store_.log->last()) return Align();
  const PartitionIndex control = roster_.next_control();
  const absl::StatusOr<RaftIndex> index =
      store_.log->AppendControl(store_.log->term(), control, RecordKind::kNoOp, ByteSpan());
  if (!index.ok()) return Fail(index.status());
  roster_.AddOwn(*index);
  report_.kept_to = *index;
  env_.tracer.Emit({.kind = TraceKind::kAppended,
                    .partition = kSystemPartition,
                    .args = {index->value(), control.value(), 0, env_.tracer.PayloadCrc(ByteSpan())}});
  store_.log->Flush(Then(&Recovery::OnRestKept));
}

void Recovery::OnRestKept(absl::Status status) {
  if (!status.ok()) return Fail(status);
  Align();
}

// What is appended waits for space, and so may a cut that neither the last file nor the spare has room for: nobody
// would end that, as nothing is served yet. The log has tried all that it has by the time a cut is given up.
void Recovery::OnLogFull(bool full) {
  if (!full) return;
  const bool appends = report_.kept_to != RaftIndex(0);
  env_.executor.ScheduleAfter(appends ? Duration() : options_.full_retry * kTriesOfACut,
                              [weak = weak_from_this(), appends] {
                                auto self = weak.lock();
                                if (self != nullptr && (appends || self->cutting_log_)) self->FailOfFullDisk();
                              });
}

void Recovery::FailOfFullDisk() {
  if (store_.log == nullptr || !store_.log->full()) return;
  Fail(MakeError(ErrorKind::kDiskFull, absl::StrCat("the log's disk is full, and recovery has ",
                                                    cutting_log_ ? "its end to cut" : "a record to append")));
}

}  // namespace tidemark
