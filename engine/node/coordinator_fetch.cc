// Records that have left the memory come back: from the log, to be forwarded, and from the partition's file, or what
// else has them, to be applied.

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/status.h"
#include "engine/node/coordinator.h"

namespace tidemark {
namespace {

absl::StatusOr<std::vector<ApplyPipeline::Fetched>> ToFetched(absl::StatusOr<std::vector<Entry>> entries) {
  if (!entries.ok()) return entries.status();
  std::vector<ApplyPipeline::Fetched> fetched;
  fetched.reserve(entries->size());
  for (Entry& entry : *entries) {
    fetched.push_back({entry.header.partition_index, entry.raft_index, std::move(entry.payload)});
  }
  return fetched;
}

}  // namespace

// --- to be forwarded ---------------------------------------------------------------------------------------------

void Coordinator::FetchToForward(size_t slot, RaftIndex from) {
  partitions_[slot].fetching = true;
  const PartitionIndex index = ladder().partitions[slot].forwarded_index.Next();
  log_->Entries(from, kFetchRecords, kFetchBytes,
                Guard(slot, [this, slot, index](absl::StatusOr<std::vector<Entry>> entries) {
                  // The log may have let go of it since, because the spill has it now.
                  const ErrorKind error = KindOf(entries.status());
                  const bool is_lost = error == ErrorKind::kTruncated || error == ErrorKind::kCorruption;
                  if (is_lost && !poisoned() && IsSpilled(slot, index)) return FetchSpilled(slot, index);
                  OnFetchedToForward(slot, index, std::move(entries));
                }));
}

// Neighbours in the log may be just what other partitions wait for too. So this one's record may have been forwarded
// meanwhile, with another's: then the log need not have it any more.
void Coordinator::OnFetchedToForward(size_t slot, PartitionIndex index, absl::StatusOr<std::vector<Entry>> entries) {
  if (poisoned()) return;
  if (!entries.ok() && index <= ladder().partitions[slot].forwarded_index) {
    partitions_[slot].fetching = false;
    PumpForward(slot);
    return Progress();
  }
  if (KindOf(entries.status()) == ErrorKind::kCorruption) {
    partitions_[slot].fetching = false;
    return OnPartitionFailed(slot, entries.status());
  }
  if (!entries.ok()) {
    env_.executor.ScheduleAfter(options_.full_retry, Guard(slot, [this, slot] {
                                  partitions_[slot].fetching = false;
                                  ForwardAgain(slot);
                                }));
    return;
  }
  partitions_[slot].fetching = false;
  for (const Entry& entry : *entries) {
    const size_t owner = SlotOf(entry.header.partition);
    if (owner == kNoSlot || entry.raft_index > ladder().durable || !CanForward(owner)) continue;
    const PartitionIndex next = ladder().partitions[owner].forwarded_index.Next();
    // It may be of an earlier partition of the same id.
    if (!OutstandingOf(owner).Holds(next) || OutstandingOf(owner).At(next).raft_index != entry.raft_index) continue;
    if (!MakeRoom(owner, entry.payload.size())) continue;
    if (Forward(owner, next, entry.header, AsBytes(entry.payload))) {
      MayApply(owner);
    }
  }
  PumpForward(slot);
  Progress();  // a file that has now what held the log may have to hurry
}

// --- to be applied -----------------------------------------------------------------------------------------------

// From the partition's file; where that cannot be read and the log, or the spill, still has the record, from there.
void Coordinator::FetchRecords(size_t slot, PartitionIndex from, ApplyPipeline::FetchDone done) {
  const PartitionIndex forwarded = ladder().partitions[slot].forwarded_index;
  CHECK_LE(from, forwarded) << partitions_[slot].id << " would apply what is not forwarded";
  const uint64_t records = std::min(kFetchRecords, forwarded.value() + 1 - from.value());
  partitions_[slot].log->Entries(
      from, records, kFetchBytes,
      [this, slot, from, done = std::move(done)](absl::StatusOr<std::vector<Entry>> entries) mutable {
        if (entries.ok() || !OutstandingOf(slot).Holds(from)) return done(ToFetched(std::move(entries)));
        if (IsOnlySpilled(slot, from)) return FetchSpilledToApply(slot, from, std::move(done));
        log_->Entries(OutstandingOf(slot).At(from).raft_index, 1, kFetchBytes,
                      [this, slot, from, done = std::move(done)](absl::StatusOr<std::vector<Entry>> from_log) mutable {
                        if (from_log.ok() || !IsSpilled(slot, from)) return done(ToFetched(std::move(from_log)));
                        FetchSpilledToApply(slot, from, std::move(done));
                      });
      });
}

}  // namespace tidemark
