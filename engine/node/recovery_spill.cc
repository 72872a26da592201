// What a partition's file lacks and the log has let go of is in the spill: a copy was durable there before the log let
// go. Such records are held like those in the log, and are forwarded from the spill.
//
// A copy counts only between the end of the partition's file and the beginning of its records in the log; where one is
// missing there, records are lost. A spill of which nothing counts is removed, be it damaged or not.

#include <utility>
#include <vector>

#include "engine/base/status.h"
#include "engine/node/file_options.h"
#include "engine/node/partition_files.h"
#include "engine/node/recovery.h"

namespace tidemark {

void Recovery::OpenSpill() {
  if (!has_spill_) return OpenLog();
  Spill::Open(env_, SpillFileOptions(options_), Then(&Recovery::OnSpillOpened));
}

// Damage matters only if something is missed.
void Recovery::OnSpillOpened(absl::StatusOr<std::unique_ptr<Spill>> opened) {
  if (done_ == nullptr) return;
  if (opened.ok()) {
    store_.spill = *std::move(opened);
    return OpenLog();
  }
  switch (KindOf(opened.status())) {
    case ErrorKind::kCorruption:
    case ErrorKind::kLostRecords:
    case ErrorKind::kNoStore:
    case ErrorKind::kWrongStore: report_.spill_damage = opened.status(); break;
    default: return Fail(opened.status());
  }
  OpenLog();
}

// Also of what was dropped: where the log is rolled back, that may come to life again.
void Recovery::TakeFromSpill() {
  if (store_.spill == nullptr) return;
  for (const auto& [partition, found] : found_) {
    if (found.log != nullptr && roster_.NewestOf(partition) != nullptr) TakeFromSpill(partition, *found.log);
  }
}

// All between the file and the log, or none.
void Recovery::TakeFromSpill(PartitionId partition, const PartitionLog& file) {
  const PartitionIndex first = roster_.NewestOf(partition)->in_log.first;
  RaftIndex before = file.last_raft_index();
  std::vector<OutstandingRecord> records;
  for (PartitionIndex index = file.last_index().Next(); index < first; index = index.Next()) {
    const OutstandingRecord* record = store_.spill->Find(partition, index);
    if (record == nullptr || record->raft_index <= before || record->raft_index >= store_.log->first()) return;
    before = record->raft_index;
    records.push_back(*record);
  }
  if (records.empty()) return;
  roster_.PutBefore(partition, records);
  spilled_[partition] = {file.last_index().Next(), first.Prev()};
}

PartitionIndex Recovery::SpilledThrough(PartitionId partition) const {
  const auto found = spilled_.find(partition);
  return found == spilled_.end() ? PartitionIndex(0) : found->second.last;
}

// Once every partition is served: what their files have by now survives power loss.
void Recovery::DiscardSpill() {
  if (!has_spill_) return Resume();
  absl::erase_if(spilled_, [this](const auto& spilled) { return InRoster(spilled.first) == nullptr; });
  if (!spilled_.empty()) {
    store_.spill->KeepOnly([this](PartitionId partition, PartitionIndex index) {
      const auto range = spilled_.find(partition);
      return range != spilled_.end() && index >= range->second.first && index <= range->second.last;
    });
    return Resume();
  }
  store_.spill.reset();
  // A crash that came while it was made leaves a directory without a file.
  if (KindOf(report_.spill_damage) == ErrorKind::kNoStore) report_.spill_damage = absl::OkStatus();
  RemoveLogDirectory(env_.disk, weak_from_this(), kSpillDirectory, /*keep_directory=*/false,
                     Then(&Recovery::OnSpillRemoved));
}

void Recovery::OnSpillRemoved(absl::Status status) {
  if (!status.ok()) return Fail(Annotate(status, "removing the spill, of which nothing is needed"));
  Resume();
}

}  // namespace tidemark
