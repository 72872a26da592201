// Creating a partition: its record in the log first, then its file, then it takes records. A crash in between: the
// record is durable, so recovery makes the file; or it is not, and the partition was never there. A file that cannot be
// made holds the log at that record by max_hold_records at most; behind it the heads of the log's files say the same.
//
// Dropping one: its record in the log first, then its files go, then that record is no longer needed. A crash in
// between: the record is durable, so recovery removes what is left; or it is not, and the partition lives on.

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/coding.h"
#include "engine/base/status.h"
#include "engine/node/coordinator.h"
#include "engine/node/file_options.h"
#include "engine/node/partition_files.h"

namespace tidemark {

absl::Status Coordinator::MayCreate(PartitionId partition) const {
  if (poisoned()) return Poisoned();
  if (partition == kSystemPartition) {
    return MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
                     "partition 0 holds control records; use 1 or more");
  }
  if (partition.value() == kSpillLogId) {
    return MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
                     absl::StrCat("partition ", kSpillLogId, " is reserved; use a lower number"));
  }
  if (SlotOf(partition) != kNoSlot) return absl::AlreadyExistsError(absl::StrCat(partition.ToString(), " exists"));
  const uint64_t most = MaxPartitions(options_);
  if (slots_.size() >= most) {
    return MakeError(ErrorKind::kRefused,
                     absl::StrCat(partition.ToString(), ": the store has ", slots_.size(),
                                  " partitions, and max_partitions and log_segment_bytes allow ", most));
  }
  return absl::OkStatus();
}

void Coordinator::CreatePartition(PartitionId partition, CreateDone done) {
  absl::Status status = MayCreate(partition);
  if (status.ok()) status = StartTerm();
  uint8_t bytes[8];
  PutFixed64(bytes, partition.value());
  const absl::StatusOr<RaftIndex> taken =
      status.ok() ? TakeControl(RecordKind::kCreatePartition, ByteSpan(bytes, sizeof(bytes))) : status;
  if (!taken.ok()) {
    Later([done = std::move(done), status = taken.status()]() mutable { done(status); });
    return;
  }
  const size_t slot = watermarks_->AddPartition(partition, *taken);
  if (slot == partitions_.size()) {
    partitions_.emplace_back();
    pipeline_->AddSlot(partition, PartitionIndex(0));
    dispatcher_.AddSlot(PartitionIndex(1), PartitionIndex(0), 0, env_.clock.Now());
  } else {
    pipeline_->ReuseSlot(slot, partition);
  }
  partitions_[slot].id = partition;
  partitions_[slot].created_at = *taken;
  slots_.Set(partition, slot);
  Emit(TraceKind::kPartitionCreating, partition, {taken->value()});
  creations_.PushBack({*taken, slot, std::move(done)});
}

void Coordinator::MakeFiles() {
  while (making_ < options_.open_concurrency && !to_make_.empty()) {
    ++making_;
    OpenCreated(to_make_.TakeFront());
  }
}

void Coordinator::OpenCreated(Creation creation) {
  aof::Options options = PartitionFileOptions(options_, partitions_[creation.slot].id, shared_);
  options.mode = aof::Options::Mode::kCreateIfMissing;
  PartitionLog::Open(env_, options,
                     [this, alive = std::weak_ptr<char>(alive_),
                      creation = std::move(creation)](absl::StatusOr<PartitionLog::Opened> opened) mutable {
                       if (!alive.expired()) OnCreated(std::move(creation), std::move(opened));
                     });
}

void Coordinator::OnCreated(Creation creation, absl::StatusOr<PartitionLog::Opened> opened) {
  if (poisoned()) return creation.Answer(Poisoned());
  --making_;
  MakeFiles();
  if (!opened.ok()) return OnNotCreated(std::move(creation), opened.status());
  partitions_[creation.slot].log = std::move(opened->log);
  partitions_[creation.slot].log->SetListener(*this, creation.slot);
  watermarks_->FinishCreation(creation.slot);
  Emit(TraceKind::kPartitionCreated, partitions_[creation.slot].id, {creation.raft_index.value()});
  creation.Answer(absl::OkStatus());
  Progress();
}

// It is tried again until it works, for the creation is durable; opening again is always allowed, and begins with files
// of its own. Space or file handles may be short for a while. Damaged files are an earlier try's, or of no partition:
// nothing was handed to this one yet, so they go, as recovery would have it. What else stands in the way is not ours to
// take away: the client hears of it.
void Coordinator::OnNotCreated(Creation creation, const absl::Status& why) {
  const PartitionId id = partitions_[creation.slot].id;
  const ErrorKind kind = KindOf(why);
  if (kind == ErrorKind::kCorruption || kind == ErrorKind::kLostRecords) {
    return RemovePartitionFiles(
        env_.disk, alive_, id, /*keep_directory=*/true,
        [this, alive = std::weak_ptr<char>(alive_), creation = std::move(creation)](const absl::Status&) mutable {
          if (!alive.expired()) CreateAgain(std::move(creation));
        });
  }
  if (!absl::IsResourceExhausted(why) && kind != ErrorKind::kIoError) {
    creation.Answer(Annotate(why, absl::StrCat(id.ToString(), " is created, but its file cannot be made; it is tried ",
                                               "again until that is mended")));
  }
  CreateAgain(std::move(creation));
}

void Coordinator::CreateAgain(Creation creation) {
  env_.executor.ScheduleAfter(options_.full_retry,
                              [this, alive = std::weak_ptr<char>(alive_), creation = std::move(creation)]() mutable {
                                if (alive.expired()) return;
                                if (poisoned()) return creation.Answer(Poisoned());
                                to_make_.PushBack(std::move(creation));
                                MakeFiles();
                              });
}

// --- the end of a partition --------------------------------------------------------------------------------

void Coordinator::DropPartition(PartitionId partition, CreateDone done) {
  absl::Status status = poisoned() ? Poisoned() : absl::OkStatus();
  if (status.ok() && !HasPartition(partition)) {
    status = absl::NotFoundError(absl::StrCat(partition.ToString(), " does not exist, or is being dropped"));
  }
  if (status.ok()) status = StartTerm();
  uint8_t bytes[8];
  PutFixed64(bytes, partition.value());
  const absl::StatusOr<RaftIndex> taken =
      status.ok() ? TakeControl(RecordKind::kDropPartition, ByteSpan(bytes, sizeof(bytes))) : status;
  if (!taken.ok()) {
    Later([done = std::move(done), status = taken.status()]() mutable { done(status); });
    return;
  }
  const size_t slot = SlotOf(partition);
  partitions_[slot].dropping = true;
  partitions_[slot].dropped_at = *taken;
  watermarks_->PlanDrop(slot, *taken);
  drops_.PushBack({*taken, slot, std::move(done)});
}

// What becomes safe does so in a call of some partition's file, perhaps of this one's: that stays until it returns.
void Coordinator::StartDrop(Drop drop) {
  if (!rolls_back()) return ExecuteDrop(std::move(drop));
  Later([this, drop = std::move(drop)]() mutable {
    ExecuteDrop(std::move(drop));
    if (!poisoned()) Progress();
  });
}

void Coordinator::ExecuteDrop(Drop drop) {
  if (poisoned()) return drop.done(Poisoned());
  const size_t slot = drop.slot;
  const PartitionId id = partitions_[slot].id;
  ReleaseWaiters(slot, absl::NotFoundError(absl::StrCat(id.ToString(), " was dropped")));
  watermarks_->Drop(slot, drop.raft_index);
  if (spill_ != nullptr) spill_->ForgetFrom(id, PartitionIndex(0));
  pipeline_->DropSlot(slot);
  dispatcher_.DropSlot(slot);
  const uint64_t tenant = partitions_[slot].tenant + 1;
  partitions_[slot] = Partition();
  partitions_[slot].id = id;
  partitions_[slot].tenant = tenant;
  partitions_[slot].dropping = true;
  machine_.Drop(id);
  RemoveDropped(std::move(drop));
}

void Coordinator::RemoveDropped(Drop drop) {
  const PartitionId id = partitions_[drop.slot].id;
  RemovePartitionFiles(
      env_.disk, alive_, id, /*keep_directory=*/false,
      [this, alive = std::weak_ptr<char>(alive_), drop = std::move(drop)](const absl::Status& status) mutable {
        if (!alive.expired()) OnDropped(std::move(drop), status);
      });
}

// Files that cannot be removed now hold the log at the drop's record: it is tried again until they are gone.
void Coordinator::OnDropped(Drop drop, const absl::Status& status) {
  if (poisoned()) return drop.done(Poisoned());
  if (!status.ok()) {
    env_.executor.ScheduleAfter(options_.full_retry, Guard(drop.slot, [this, drop = std::move(drop)]() mutable {
                                  RemoveDropped(std::move(drop));
                                }));
    return;
  }
  slots_.Erase(partitions_[drop.slot].id);
  partitions_[drop.slot].dropping = false;
  Emit(TraceKind::kPartitionRemoved, partitions_[drop.slot].id, {drop.raft_index.value()});
  watermarks_->Retire(drop.slot);
  drop.done(absl::OkStatus());
  Progress();
}

}  // namespace tidemark
