#include "engine/node/coordinator.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/check.h"
#include "engine/base/prefetch.h"
#include "engine/base/status.h"

namespace tidemark {
namespace {

AdmissionLimits LimitsOf(const EngineOptions& options) {
  return {.max_payload_bytes = options.max_payload_bytes,
          .max_unapplied_records = options.max_unapplied_records,
          .max_unapplied_bytes = options.max_unapplied_bytes,
          .max_total_unapplied_bytes = options.max_total_unapplied_bytes,
          .max_retained_records = options.max_retained_records,
          .max_lag_records = options.max_lag_records,
          .max_unapplied_age = options.max_unapplied_age};
}

Offer OfferOf(absl::Span<const ByteSpan> payloads) {
  Offer offer;
  offer.records = payloads.size();
  for (ByteSpan payload : payloads) {
    offer.payload_bytes += payload.size();
    offer.longest_payload = std::max<uint64_t>(offer.longest_payload, payload.size());
  }
  return offer;
}

}  // namespace

Coordinator::Coordinator(const Env& env, const EngineOptions& options, StateMachine& machine, Store store)
    : env_(env),
      options_(options),
      machine_(machine),
      lock_(std::move(store.lock)),
      shared_(std::move(store.shared)),
      watermarks_(std::move(store.watermarks)),
      dispatcher_(LimitsOf(options)),
      pipeline_(std::make_shared<ApplyPipeline>(env, machine, static_cast<ApplyPipeline::Owner&>(*this),
                                                options.apply_retry_min, options.apply_retry_max)),
      term_(store.log->term().Next()),
      control_(store.next_control),
      spill_(std::move(store.spill)),
      log_(std::move(store.log)) {
  log_->SetListener(*this);
  shared_.turns->SetLogBusy([this] { return ladder().durable < ladder().appended; });
  for (StorePartition& from : store.partitions) {
    const size_t slot = partitions_.size();
    slots_.Set(from.partition, slot);
    Partition& p = partitions_.emplace_back();
    p.id = from.partition;
    p.created_at = from.created_at;
    p.log = std::move(from.log);
    p.machine_has = from.machine_has;
    p.committed = ladder().partitions[slot].appended_index;
    p.log->SetListener(*this, slot);
    pipeline_->AddSlot(from.partition, from.machine_has);
    AdmitRecovered(slot);
  }
}

// Bytes are counted for unapplied records that the log still has.
void Coordinator::AdmitRecovered(size_t slot) {
  const OutstandingRecords& records = OutstandingOf(slot);
  const PartitionIndex first = std::max(records.first, ladder().partitions[slot].applied_index.Next());
  uint64_t bytes = 0;
  for (PartitionIndex i = first; records.Holds(i); i = i.Next()) bytes += records.At(i).payload_bytes;
  dispatcher_.AddSlot(first, ladder().partitions[slot].appended_index, bytes, env_.clock.Now());
}

Coordinator::~Coordinator() {
  pipeline_->Close();
  shared_.turns->Close();
}

void Coordinator::Start() {
  Later([this] {
    for (size_t slot = 0; slot < partitions_.size(); ++slot) {
      PumpForward(slot);
      pipeline_->MayApply(slot, ladder().partitions[slot].forwarded_index);
      MaybeSnapshot(slot);
    }
    truncate_again_ = true;  // an earlier life may not have come to it
    Progress();
    truncate_again_ = false;
  });
}

// --- a client's record is taken ----------------------------------------------------------------------------

void Coordinator::Append(PartitionId partition, ByteSpan payload, AppendDone&& done) {
  const size_t slot = SlotOf(partition);
  if (slot != kNoSlot) PrefetchSlot(slot);
  const Offer offer = {.records = 1, .payload_bytes = payload.size(), .longest_payload = payload.size()};
  absl::Status status = Admit(partition, slot, offer);
  if (status.ok()) status = Take(slot, payload);
  if (!status.ok()) return Refuse(partition, offer, status, std::move(done));
  Await(slot, 1, std::move(done));
}

void Coordinator::AppendBatch(PartitionId partition, absl::Span<const ByteSpan> payloads, AppendBatchDone&& done) {
  const size_t slot = SlotOf(partition);
  if (slot != kNoSlot) PrefetchSlot(slot);
  const Offer offer = OfferOf(payloads);
  absl::Status status = Admit(partition, slot, offer);
  if (status.ok()) status = TakeAll(slot, payloads, offer);
  if (!status.ok()) return Refuse(partition, offer, status, std::move(done));
  Await(slot, offer.records,
        [records = offer.records, done = std::move(done)](const absl::StatusOr<AppendResult>& last) mutable {
          if (!last.ok()) return done(last.status());
          done(AppendBatchResult{RaftIndex(last->raft_index.value() + 1 - records),
                                 PartitionIndex(last->partition_index.value() + 1 - records), records});
        });
}

template <typename Done>
void Coordinator::Refuse(PartitionId partition, const Offer& offer, const absl::Status& why, Done&& done) {
  Emit(TraceKind::kRefused, partition,
       {static_cast<uint64_t>(KindOf(why)), offer.payload_bytes, offer.records, offer.longest_payload});
  Later([done = std::move(done), why]() mutable { done(why); });
}

// The partition's last `records` records were taken together; `done` hears of the last one.
void Coordinator::Await(size_t slot, uint64_t records, AppendDone&& done) {
  Waiter& waiter = waiters_.PushBack();
  waiter.last_raft_index = ladder().appended;
  waiter.last_index = ladder().partitions[slot].appended_index;
  waiter.records = records;
  waiter.slot = slot;
  waiter.done = std::move(done);
}

absl::Status Coordinator::Admit(PartitionId partition, size_t slot, const Offer& offer) const {
  if (poisoned()) return Poisoned();
  if (!IsOpen(slot)) {
    return absl::NotFoundError(absl::StrCat(partition.ToString(), " does not exist; create it first"));
  }
  return dispatcher_.Admit(slot, offer, OldestUnapplied(slot), ladder(), AdmissionTime());
}

RaftIndex Coordinator::OldestUnapplied(size_t slot) const {
  const PartitionLadder& p = ladder().partitions[slot];
  const PartitionIndex next = p.applied_index.Next();
  if (next > p.appended_index) return RaftIndex(0);
  // One that has left the log is older than all that is in it.
  return OutstandingOf(slot).Holds(next) ? OutstandingOf(slot).At(next).raft_index
                                         : std::max(ladder().truncated, RaftIndex(1));
}

absl::Status Coordinator::Take(size_t slot, ByteSpan payload) {
  RETURN_IF_ERROR(StartTerm());
  const PartitionId partition = partitions_[slot].id;
  const PartitionIndex index = ladder().partitions[slot].appended_index.Next();
  ASSIGN_OR_RETURN(const RaftIndex raft_index,
                   log_->Append(EntryHeader{term_, partition, index, RecordKind::kData, promise()}, payload));
  const OutstandingRecord record = {raft_index, static_cast<uint32_t>(payload.size()), env_.tracer.PayloadCrc(payload)};
  watermarks_->SetAppended(slot, index, 1, [&](uint64_t) { return record; });
  OnTaken(slot, index, payload.size());
  return absl::OkStatus();
}

absl::Status Coordinator::TakeAll(size_t slot, absl::Span<const ByteSpan> payloads, const Offer& offer) {
  RETURN_IF_ERROR(StartTerm());
  const PartitionId partition = partitions_[slot].id;
  const PartitionIndex first = ladder().partitions[slot].appended_index.Next();
  ASSIGN_OR_RETURN(const RaftIndex raft_index,
                   log_->AppendAll(EntryHeader{term_, partition, first, RecordKind::kData, promise()}, payloads));
  watermarks_->SetAppended(slot, first, offer.records, [raft_index, payloads, &tracer = env_.tracer](uint64_t i) {
    return OutstandingRecord{raft_index.Plus(i), static_cast<uint32_t>(payloads[i].size()),
                             tracer.PayloadCrc(payloads[i])};
  });
  OnTaken(slot, first, offer.payload_bytes);
  return absl::OkStatus();
}

// The partition's records from `first` on, with so many bytes of payload.
void Coordinator::OnTaken(size_t slot, PartitionIndex first, uint64_t payload_bytes) {
  const PartitionIndex last = ladder().partitions[slot].appended_index;
  dispatcher_.OnAppended(slot, last, payload_bytes, AdmissionTime());
  if (!env_.tracer.wants_events()) return;
  for (PartitionIndex index = first; index <= last; index = index.Next()) {
    const OutstandingRecord& record = OutstandingOf(slot).At(index);
    Emit(TraceKind::kAppended, partitions_[slot].id,
         {record.raft_index.value(), index.value(), record.payload_bytes, record.payload_crc});
  }
}

// Before the first record of a life: terms tell lives apart. A life that takes nothing leaves no trace.
absl::Status Coordinator::StartTerm() {
  if (term_started_) return absl::OkStatus();
  RETURN_IF_ERROR(TakeControl(RecordKind::kTermStarted, ByteSpan()).status());
  term_started_ = true;
  return absl::OkStatus();
}

absl::StatusOr<RaftIndex> Coordinator::TakeControl(RecordKind kind, ByteSpan payload) {
  const PartitionIndex index = control_.next();
  ASSIGN_OR_RETURN(const RaftIndex raft_index, log_->AppendControl(term_, index, kind, payload, promise()));
  control_.Add(raft_index);
  watermarks_->SetAppended(raft_index);
  Emit(TraceKind::kAppended, kSystemPartition,
       {raft_index.value(), index.value(), payload.size(), env_.tracer.PayloadCrc(payload)});
  return raft_index;
}

// --- it is durable: committed, acknowledged, forwarded -------------------------------------------------------

void Coordinator::OnLogDurable(RaftIndex through) {
  if (poisoned() || through <= ladder().durable) return;
  watermarks_->SetDurable(through);
  control_.Settle(through);
  QueueForwarding(through);
  Commit();
  if (!std::exchange(forward_posted_, true)) Later([this] { ForwardDurable(); });
}

// Of the last call only the first records may be durable: they need not wait for the others.
void Coordinator::QueueForwarding(RaftIndex through) {
  while (durable_waiters_ < waiters_.size() && waiters_[durable_waiters_].first_raft_index() <= through) {
    const size_t ahead = durable_waiters_ + kTogether;
    if (ahead < waiters_.size()) tidemark::Prefetch(&partitions_[waiters_[ahead].slot]);
    const Waiter& waiter = waiters_[durable_waiters_];
    if (!std::exchange(partitions_[waiter.slot].forward_queued, true)) to_forward_.push_back(waiter.slot);
    if (waiter.last_raft_index > through) break;
    ++durable_waiters_;
  }
}

// A sole voter commits what it may acknowledge: what every later recovery keeps.
void Coordinator::Commit() {
  const RaftIndex through = rolls_back() ? ladder().safe : ladder().durable;
  if (through <= ladder().committed) return;
  watermarks_->SetCommitted(through);
  Acknowledge(through);
  while (!creations_.empty() && creations_.front().raft_index <= through) to_make_.PushBack(creations_.TakeFront());
  MakeFiles();
  while (!drops_.empty() && drops_.front().raft_index <= through) StartDrop(drops_.TakeFront());
  for (size_t slot : std::exchange(barrier_slots_, {})) {
    partitions_[slot].barriers_queued = false;
    PassBarriers(slot);
  }
}

// In a task of its own: what the acknowledged clients append next is on its way to the disk meanwhile.
void Coordinator::ForwardDurable() {
  forward_posted_ = false;
  if (poisoned()) return;
  const std::vector<size_t> slots = std::exchange(to_forward_, {});
  for (size_t i = 0; i < slots.size(); ++i) {
    if (i % kTogether == 0) PrefetchFiles(absl::MakeSpan(slots).subspan(i, kTogether));
    partitions_[slots[i]].forward_queued = false;
    PumpForward(slots[i]);
  }
  Progress();
}

void Coordinator::Acknowledge(RaftIndex through) {
  std::vector<size_t> forwarded;  // slots whose records have waited for this to be applied
  const auto commit = [&](const Waiter& waiter) {
    partitions_[waiter.slot].committed = waiter.LastThrough(through);
    if (rolls_back() && (forwarded.empty() || forwarded.back() != waiter.slot)) forwarded.push_back(waiter.slot);
  };
  while (!waiters_.empty() && waiters_.front().last_raft_index <= through) {
    Waiter waiter = waiters_.TakeFront();
    --durable_waiters_;
    commit(waiter);
    if (env_.tracer.wants_events()) EmitAcknowledged(waiter);
    waiter.done(AppendResult{waiter.last_raft_index, waiter.last_index});
  }
  if (!waiters_.empty() && waiters_.front().first_raft_index() <= through) commit(waiters_.front());
  for (size_t slot : forwarded) MayApply(slot);
}

void Coordinator::EmitAcknowledged(const Waiter& waiter) const {
  for (uint64_t left = waiter.records; left-- > 0;) {
    Emit(TraceKind::kAcknowledged, partitions_[waiter.slot].id,
         {waiter.last_raft_index.value() - left, waiter.last_index.value() - left});
  }
}

void Coordinator::MayApply(size_t slot) {
  pipeline_->MayApply(slot, std::min(ladder().partitions[slot].forwarded_index, partitions_[slot].committed));
}

bool Coordinator::CanForward(size_t slot) const {
  const Partition& p = partitions_[slot];
  return !poisoned() && p.log != nullptr && !p.log->full() && ladder().partitions[slot].stopped == ErrorKind::kNone;
}

// Whether the partition's window takes so much more. If not, its file writes now: there is nothing more to gather.
bool Coordinator::MakeRoom(size_t slot, uint64_t payload_bytes) {
  const Partition& p = partitions_[slot];
  const uint64_t bytes = PartitionLog::FrameBytes(payload_bytes);
  if (p.window_bytes == 0 || p.window_bytes + bytes <= options_.partition_window_bytes) return true;
  p.log->WriteNow();
  return false;
}

// Hands over the partition's durable records while its file takes them. Goes on when the file has synced or has
// space again, or when the record was read back from the log.
void Coordinator::PumpForward(size_t slot) {
  if (partitions_[slot].log == nullptr) return;  // dropped since its turn was set
  while (CanForward(slot) && !partitions_[slot].fetching) {
    const PartitionIndex index = ladder().partitions[slot].forwarded_index.Next();
    if (!OutstandingOf(slot).Holds(index)) break;
    const OutstandingRecord& record = OutstandingOf(slot).At(index);
    if (record.raft_index > ladder().durable) break;
    if (!MakeRoom(slot, record.payload_bytes)) break;
    EntryView entry;
    if (!log_->FindInMemory(record.raft_index, &entry)) {
      IsOnlySpilled(slot, index) ? FetchSpilled(slot, index) : FetchToForward(slot, record.raft_index);
      break;
    }
    if (!Forward(slot, index, entry.header, entry.payload)) break;
  }
  PartitionLog* const file = partitions_[slot].log.get();
  if (rolls_back() && file != nullptr) file->WriteNow();  // acknowledgements wait for it
  MayApply(slot);
}

// After a while in which its file took nothing, or nothing could be read for it.
void Coordinator::ForwardAgain(size_t slot) {
  if (poisoned()) return;
  PumpForward(slot);
  Progress();
}

// The machine may append, and create partitions: slots may be elsewhere afterwards.
void Coordinator::Precommit(size_t slot, PartitionIndex index, RaftIndex raft_index, ByteSpan payload) {
  HoldRecords();
  machine_.Precommit({partitions_[slot].id, index, raft_index, payload});
  LetGoOfRecords();
}

bool Coordinator::Forward(size_t slot, PartitionIndex index, const EntryHeader& header, ByteSpan payload) {
  Partition& p = partitions_[slot];
  const RaftIndex raft_index = OutstandingOf(slot).At(index).raft_index;
  CHECK(header.partition == p.id && header.partition_index == index)
      << "the log's " << raft_index << " is " << header.partition << "/" << header.partition_index << ", not " << p.id
      << "/" << index;
  if (!p.log->Forward(index, {raft_index, header.term, header.kind}, payload).ok()) return false;
  p.window_bytes += PartitionLog::FrameBytes(payload.size());
  watermarks_->SetForwarded(slot, index);
  if (index > p.machine_has) {
    Precommit(slot, index, raft_index, payload);
    return true;
  }
  if (index > ladder().partitions[slot].applied_index) {
    const OutstandingRecord& record = OutstandingOf(slot).At(index);
    CompleteApply(slot, index, raft_index, record.payload_bytes, record.payload_crc);
    ServeWaitersSoon(slot);
  }
  return true;
}

// --- it is durable in the partition's file -----------------------------------------------------------------------

void Coordinator::OnPartitionDurable(size_t slot, PartitionIndex through) {
  if (poisoned()) return;
  const PartitionIndex from = ladder().partitions[slot].durable_index;
  if (through <= from) return;
  for (PartitionIndex i = from.Next(); i <= through; i = i.Next()) {
    partitions_[slot].window_bytes -= PartitionLog::FrameBytes(OutstandingOf(slot).At(i).payload_bytes);
  }
  watermarks_->SetPartitionDurable(slot, through);
  if (spill_ != nullptr) spill_->ForgetThrough(partitions_[slot].id, through);
  Commit();
  PumpForward(slot);
  MaybeSnapshot(slot);
  Progress();
}

// --- it is applied -----------------------------------------------------------------------------------------------

bool Coordinator::FindRecord(size_t slot, PartitionIndex index, ApplyPipeline::Record* record) {
  if (!OutstandingOf(slot).Holds(index)) return false;
  const OutstandingRecord& outstanding = OutstandingOf(slot).At(index);
  EntryView entry;
  if (!log_->FindInMemory(outstanding.raft_index, &entry)) return false;
  *record = {outstanding.raft_index, outstanding.payload_crc, entry.payload};
  return true;
}

void Coordinator::OnApplied(size_t slot, PartitionIndex index, RaftIndex raft_index, uint32_t payload_bytes,
                            uint32_t payload_crc) {
  if (poisoned()) return;
  CompleteApply(slot, index, raft_index, payload_bytes, payload_crc);
  PassBarriers(slot);
  ServeFollowers(slot);
  Progress();
}

void Coordinator::CompleteApply(size_t slot, PartitionIndex index, RaftIndex raft_index, uint32_t payload_bytes,
                                uint32_t payload_crc) {
  dispatcher_.OnApplied(slot, index, payload_bytes);
  watermarks_->SetApplied(slot, index, raft_index, payload_crc);
}

// --- nobody needs it any more ----------------------------------------------------------------------------------------

void Coordinator::Progress() {
  const bool moved = watermarks_->UpdateMinRequired();
  const bool released = ReleaseStuck();
  MaybeSpill();
  if (moved || released || truncate_again_) log_->ReleaseMemory(ladder().min_required);
  if (!options_.auto_truncate || truncating_) return;
  const RaftIndex boundary = log_->FileBoundaryAtOrBelow(ladder().min_required);
  if (boundary.Prev() > ladder().truncated) StartTruncation(boundary);
}

// A partition that does not apply must not make the log grow without end: its own file has the records too. Nor must
// one whose file cannot be made: the head of the log's next file tells of it, and recovery makes what it tells of.
bool Coordinator::ReleaseStuck() {
  for (bool any = false;; any = true) {
    const bool creating = ladder().reason == NeedReason::kCreate;
    if (!creating && ladder().reason != NeedReason::kApply) return any;
    if (ladder().appended.value() - ladder().min_required.value() < options_.max_hold_records) return any;
    if (creating && log_->FileBoundaryAtOrBelow(ladder().committed) <= ladder().min_required) return any;
    const size_t slot = SlotOf(ladder().holder);
    creating ? watermarks_->ReleaseCreation(slot) : watermarks_->Release(slot);
    if (!watermarks_->UpdateMinRequired()) return true;
  }
}

void Coordinator::StartTruncation(RaftIndex new_first) {
  truncating_ = true;
  log_->TruncatePrefix(new_first, [this, new_first](const absl::Status& status) { OnTruncated(new_first, status); });
}

// Files that could not be removed cost space only: the new floor is durable unless the log has failed.
void Coordinator::OnTruncated(RaftIndex new_first, const absl::Status& status) {
  truncating_ = false;
  if (!log_->poisoned()) watermarks_->SetTruncated(new_first.Prev());
  const absl::Status answer = log_->poisoned() ? status : absl::OkStatus();
  for (ParkedRead& read : std::exchange(parked_reads_, {})) ReadEntry(read.raft_index, std::move(read.done));
  for (TruncateDone& done : std::exchange(truncate_waiters_, {})) {
    if (answer.ok()) {
      done(ladder().truncated);
    } else {
      done(answer);
    }
  }
  if (poisoned() || log_->poisoned()) {
    for (TruncateDone& done : std::exchange(truncate_next_waiters_, {})) done(poisoned() ? Poisoned() : status);
    return;
  }
  for (Partition& p : partitions_) {
    if (p.log != nullptr && p.log->full()) p.log->RetryNow();
  }
  for (TruncateDone& done : std::exchange(truncate_next_waiters_, {})) TruncateNow(std::move(done));
  truncate_again_ = true;
  Progress();
  truncate_again_ = false;
}

// --- small change ---------------------------------------------------------------------------------------------------

bool Coordinator::IsOpen(size_t slot) const {
  return slot != kNoSlot && partitions_[slot].log != nullptr && !partitions_[slot].dropping;
}

void Coordinator::Emit(TraceKind kind, PartitionId partition, std::array<uint64_t, 4> args) const {
  env_.tracer.Emit({.kind = kind, .partition = partition, .args = args});
}

absl::Status Coordinator::FileFailed(size_t slot) const {
  return MakeError(ErrorKind::kPoisoned,
                   absl::StrCat(partitions_[slot].id.ToString(), ": its file has failed; restart the engine"));
}

absl::Status Coordinator::Poisoned() const {
  return MakeError(ErrorKind::kPoisoned, absl::StrCat("the engine has failed; restart it: ", failure_.message()));
}

}  // namespace tidemark
