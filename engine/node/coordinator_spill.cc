// A partition whose file does not make its records durable, because it hangs or has failed, must not make the log grow
// without end. Half of max_hold_records behind, its file is told to sync at once, without waiting for its turn among
// the others; once it holds the log by max_hold_records all the same, and a file of the log could go, its records are
// copied into the spill. The order of things:
//
//   copied -> durable in the spill -> the log may drop them -> its file takes them at last, from the spill
//
// A crash at any point leaves each record in the log or in the spill. What cannot be copied holds the log as before,
// and the ladder says so.

#include <utility>

#include "engine/base/status.h"
#include "engine/node/coordinator.h"
#include "engine/node/file_options.h"

namespace tidemark {
namespace {

// What is copied before it is synced.
constexpr uint64_t kSpillBytes = 1u << 20;

}  // namespace

void Coordinator::MaybeSpill() {
  if (rolls_back() || (ladder().reason != NeedReason::kForward && ladder().reason != NeedReason::kSync)) return;
  const uint64_t held = ladder().appended.value() - ladder().min_required.value();
  if (held >= options_.max_hold_records / 2) Hurry();
  if (held < options_.max_hold_records || spilling_ || !spill_failure_.ok()) return;
  if (log_->FileBoundaryAtOrBelow(ladder().committed) <= ladder().min_required) return;
  spilling_ = true;
  const size_t slot = SlotOf(ladder().holder);
  if (spill_ != nullptr) return SpillFrom(slot, partitions_[slot].tenant, 0);
  aof::Options options = SpillFileOptions(options_);
  options.mode = aof::Options::Mode::kCreateIfMissing;
  Spill::Open(env_, options,
              [this, alive = std::weak_ptr<char>(alive_)](absl::StatusOr<std::unique_ptr<Spill>> opened) {
                if (alive.expired()) return;
                if (!opened.ok()) return StopSpilling(opened.status());
                spill_ = *std::move(opened);
                spilling_ = false;
                Progress();
              });
}

// Once for each record that holds the log, and each thing that it may lack.
void Coordinator::Hurry() {
  const auto need = std::make_pair(ladder().min_required, ladder().reason);
  if (std::exchange(hurried_, need) == need) return;
  PartitionLog* const log = partitions_[SlotOf(ladder().holder)].log.get();
  if (log != nullptr) log->WriteNow();
}

// `copied`: bytes since the last sync.
void Coordinator::SpillFrom(size_t slot, uint64_t tenant, uint64_t copied) {
  if (poisoned()) return;
  // It was dropped meanwhile.
  if (partitions_[slot].tenant != tenant) return StopSpilling(absl::OkStatus());
  const PartitionIndex next = std::max(watermarks_->FirstNeeded(slot), partitions_[slot].spill_next);
  const bool more = OutstandingOf(slot).Holds(next) && OutstandingOf(slot).At(next).raft_index <= ladder().committed;
  if (!more || copied >= kSpillBytes) return SyncSpill(slot, tenant);
  log_->Entries(OutstandingOf(slot).At(next).raft_index, kFetchRecords, kFetchBytes,
                [this, slot, tenant, next, copied](const absl::StatusOr<std::vector<Entry>>& entries) {
                  if (poisoned()) return;
                  if (partitions_[slot].tenant != tenant) return StopSpilling(absl::OkStatus());
                  if (!entries.ok()) return StopSpilling(entries.status());
                  CopyToSpill(slot, next, copied, *entries);
                });
}

void Coordinator::CopyToSpill(size_t slot, PartitionIndex next, uint64_t copied, const std::vector<Entry>& entries) {
  Partition& p = partitions_[slot];
  for (const Entry& entry : entries) {
    if (!OutstandingOf(slot).Holds(next) || entry.raft_index > ladder().committed) break;
    if (entry.raft_index != OutstandingOf(slot).At(next).raft_index) continue;
    const absl::Status added = spill_->Add(entry.raft_index, {entry.header, AsBytes(entry.payload)});
    if (!added.ok()) return StopSpilling(added);
    copied += Spill::FrameBytes(entry.payload.size());
    next = p.spill_next = next.Next();
  }
  SpillFrom(slot, p.tenant, copied);
}

void Coordinator::SyncSpill(size_t slot, uint64_t tenant) {
  const PartitionIndex through = partitions_[slot].spill_next.Prev();
  spill_->Flush([this, slot, tenant, through](const absl::Status& status) {
    if (poisoned()) return;
    if (!status.ok()) return StopSpilling(status);
    spilling_ = false;
    if (partitions_[slot].tenant == tenant && through > ladder().partitions[slot].spilled_index) {
      watermarks_->SetSpilled(slot, through);
      // Its file may have been faster.
      spill_->ForgetThrough(partitions_[slot].id, ladder().partitions[slot].durable_index);
    }
    Progress();
  });
}

// A spill that has failed is of no use any more but to readers; anything else is tried again, also to open it where the
// disk had no room, no file handle was free, or an operation failed.
void Coordinator::StopSpilling(const absl::Status& why) {
  const bool may_open = absl::IsResourceExhausted(why) || KindOf(why) == ErrorKind::kIoError;
  const bool unopened = spill_ == nullptr && !may_open;
  if (unopened || KindOf(why) == ErrorKind::kPoisoned) spill_failure_ = why;
  if (!spill_failure_.ok()) return;
  env_.executor.ScheduleAfter(options_.full_retry, [this, alive = std::weak_ptr<char>(alive_)] {
    if (alive.expired()) return;
    spilling_ = false;
    Progress();
  });
}

// --- what was spilled is wanted again ---------------------------------------------------------------------------

bool Coordinator::IsSpilled(size_t slot, PartitionIndex index) const {
  return spill_ != nullptr && index <= ladder().partitions[slot].spilled_index &&
         spill_->Holds(partitions_[slot].id, index);
}

// The log goes in whole files: some of what is spilled it has still.
bool Coordinator::IsOnlySpilled(size_t slot, PartitionIndex index) const {
  return IsSpilled(slot, index) &&
         (!OutstandingOf(slot).Holds(index) || OutstandingOf(slot).At(index).raft_index < log_->first());
}

void Coordinator::FetchSpilled(size_t slot, PartitionIndex index) {
  partitions_[slot].fetching = true;
  spill_->Read(partitions_[slot].id, index, Guard(slot, [this, slot, index](absl::StatusOr<Entry> entry) {
                 if (!entry.ok()) return OnFetchedToForward(slot, index, entry.status());
                 OnFetchedToForward(slot, index, std::vector<Entry>{*std::move(entry)});
               }));
}

void Coordinator::FetchSpilledToApply(size_t slot, PartitionIndex index, ApplyPipeline::FetchDone done) {
  spill_->Read(partitions_[slot].id, index, [done = std::move(done)](absl::StatusOr<Entry> entry) mutable {
    if (!entry.ok()) return done(entry.status());
    done(std::vector<ApplyPipeline::Fetched>{
        {entry->header.partition_index, entry->raft_index, std::move(entry->payload)}});
  });
}

}  // namespace tidemark
