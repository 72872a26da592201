// Creating a partition: its record in the log first, then its file, then it takes records. A crash in between: the
// record is durable, so recovery makes the file; or it is not, and the partition was never there.

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/coding.h"
#include "engine/base/status.h"
#include "engine/node/coordinator.h"
#include "engine/node/file_options.h"

namespace tidemark {

absl::Status Coordinator::MayCreate(PartitionId partition) const {
  if (poisoned()) return Poisoned();
  if (partition == kSystemPartition) {
    return MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument, "partition 0 holds control records; use 1 or more");
  }
  if (SlotOf(partition) != kNoSlot) return absl::AlreadyExistsError(absl::StrCat(partition.ToString(), " exists"));
  const uint64_t most = MaxPartitions(options_);
  if (partitions_.size() >= most) {
    return MakeError(ErrorKind::kRefused, absl::StrCat(partition.ToString(), ": the store has ", partitions_.size(),
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
  CHECK_EQ(slot, partitions_.size());
  slots_[partition] = slot;
  partitions_.push_back({partition, *taken, nullptr, PartitionIndex(0)});
  pipeline_->AddSlot(partition, PartitionIndex(0));
  dispatcher_.AddSlot(0);
  creations_.PushBack({*taken, slot, std::move(done)});
}

void Coordinator::OpenCreated(Creation creation) {
  aof::Options options = PartitionFileOptions(options_, partitions_[creation.slot].id);
  options.mode = aof::Options::Mode::kCreateIfMissing;
  PartitionLog::Open(env_, options,
                     [this, alive = std::weak_ptr<char>(alive_),
                      creation = std::move(creation)](absl::StatusOr<PartitionLog::Opened> opened) mutable {
                       if (!alive.expired()) OnCreated(std::move(creation), std::move(opened));
                     });
}

void Coordinator::OnCreated(Creation creation, absl::StatusOr<PartitionLog::Opened> opened) {
  if (poisoned()) return creation.done(Poisoned());
  if (KindOf(opened.status()) == ErrorKind::kDiskFull) {
    env_.executor.ScheduleAfter(options_.full_retry, [this, alive = std::weak_ptr<char>(alive_),
                                                      creation = std::move(creation)]() mutable {
      if (!alive.expired()) OpenCreated(std::move(creation));
    });
    return;
  }
  if (!opened.ok()) {
    OnPartitionFailed(creation.slot, opened.status());
    return creation.done(MakeError(ErrorKind::kPoisoned,
                                   absl::StrCat(partitions_[creation.slot].id.ToString(),
                                                " is created, but its file is not; restart the engine: ",
                                                opened.status().message())));
  }
  partitions_[creation.slot].log = std::move(opened->log);
  partitions_[creation.slot].log->SetListener(*this, creation.slot);
  watermarks_->FinishCreation(creation.slot);
  creation.done(absl::OkStatus());
  Progress();
}

}  // namespace tidemark
