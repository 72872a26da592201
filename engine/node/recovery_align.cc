// Holds one partition's file after another against the segmented log; see recovery.h for the cases.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/check.h"
#include "engine/base/status.h"
#include "engine/node/file_options.h"
#include "engine/node/partition_files.h"
#include "engine/node/recovery.h"

namespace tidemark {
namespace {

constexpr size_t kAlignedInOneTask = 64;

}  // namespace

void Recovery::AlignNext() {
  if (to_align_.empty()) return DiscardSpill();
  current_ = to_align_.back();
  to_align_.pop_back();
  read_places_.clear();
  Found& found = found_[current_];
  if (roster_.dropped(current_)) return FinishDrop(found);
  PartitionRecovery& report = ReportOf(current_);
  report.file = found.report;
  if (const auto rolled_back = rolled_back_.find(current_); rolled_back != rolled_back_.end()) {
    report.rolled_back_records = rolled_back->second;
  }
  if (found.log != nullptr) {
    report.found_last = found.log->last_index();
    report.found_last_raft_index = found.log->last_raft_index();
    report.checkpoint_durable = found.log->found_checkpoint().durable;
    report.checkpoint_applied = found.log->found_checkpoint().applied;
    return AlignFile(found);
  }
  Remake(found);
}

// The log says that it was dropped; the removal of its files was interrupted.
void Recovery::FinishDrop(Found& found) {
  ReportOf(current_).dropped = true;
  machine_.Drop(current_);
  found.log.reset();
  RemoveFiles(/*keep_directory=*/false);
}

// --- a file that can be read -------------------------------------------------------------------------------------

void Recovery::AlignFile(Found& found) {
  if (absl::Status lost = LostTail(current_, found); !lost.ok()) {
    return options_.accept_lost_tail ? CutBack(found) : Fail(lost);
  }
  const LogRoster::Partition& known = *InRoster(current_);
  const PartitionIndex last = found.log->last_index();
  if (last.Next() < known.in_log.first) {
    return Fail(MakeError(
        ErrorKind::kLostRecords,
        absl::StrCat("the file of ", current_.ToString(), " ends at ", last.ToString(),
                     ", and the log has its records only from ", known.in_log.first.ToString(),
                     " on: those between were durable in the file, or in the spill, and are gone",
                     report_.spill_damage.ok() ? "" : "; the spill cannot be read: ", report_.spill_damage.message())));
  }
  if (known.in_log.Holds(last) && found.log->last_raft_index() != RaftIndex(0) &&
      known.in_log.At(last).raft_index != found.log->last_raft_index()) {
    return Fail(MakeError(
        ErrorKind::kCorruption,
        absl::StrCat(current_.ToString(), "/", last.ToString(), " is ", found.log->last_raft_index().ToString(),
                     " in the partition's file and ", known.in_log.At(last).raft_index.ToString(), " in the log")));
  }
  FindPlaces();
}

// Records reach a partition's file, and the state machine, only after the log has made them durable.
absl::Status Recovery::LostTail(PartitionId partition, const Found& found) const {
  const LogRoster::Partition* known = InRoster(partition);
  const RaftIndex log_end = store_.log->last();
  const auto lost = [&](const std::string& what) {
    return MakeError(ErrorKind::kLostRecords, absl::StrCat("the log has lost records that it had promised: it ends at ",
                                                           log_end.ToString(), ", but ", what));
  };
  if (known == nullptr)
    return lost(absl::StrCat("there is a file of ", partition.ToString(), ", whose creation it does not know"));
  if (found.log->last_index() > known->last()) {
    return lost(absl::StrCat("the file of ", partition.ToString(), " holds ", found.log->last_index().ToString(),
                             ", and the log knows only ", known->last().ToString()));
  }
  if (found.log->found_checkpoint().durable > log_end) {
    return lost(absl::StrCat("a checkpoint of ", partition.ToString(), " names ",
                             found.log->found_checkpoint().durable.ToString()));
  }
  return absl::OkStatus();
}

absl::Status Recovery::LostByMachine(PartitionId partition, const LogRoster::Partition& known) {
  const PartitionIndex applied = MachineHas(partition);
  if (applied <= known.last()) return absl::OkStatus();
  return MakeError(ErrorKind::kLostRecords,
                   absl::StrCat("the state machine of ", partition.ToString(), " has applied ", applied.ToString(),
                                ", and the log knows only ", known.last().ToString()));
}

// The options accept it: the partition goes on from what the log has.
void Recovery::CutBack(Found& found) {
  const LogRoster::Partition* known = InRoster(current_);
  PartitionRecovery& report = ReportOf(current_);
  if (known == nullptr) {  // the partition was never created, as far as the log goes
    report.cut_records = found.log->last_index().value();
    found.log.reset();
    return RemoveFiles(/*keep_directory=*/false);
  }
  const PartitionIndex end = std::min(found.log->last_index(), known->last());
  report.cut_records = found.log->last_index().value() - end.value();
  if (end.Next() < found.log->first_index()) return StartAgain(found, end);
  CutFile(current_, end, Then(&Recovery::OnCutBack));
}

// All that the file holds comes after what the log knows: there is nothing in it to go on from.
void Recovery::StartAgain(Found& found, PartitionIndex end) {
  if (!InLogWhole(current_)) {
    return Fail(
        MakeError(ErrorKind::kLostRecords,
                  absl::StrCat("the log has lost records that it had promised, and cannot do without: it knows ",
                               current_.ToString(), " only to ", end.ToString(), ", has its records only from ",
                               InRoster(current_)->in_log.first.ToString(), " on, and the partition's file begins at ",
                               found.log->first_index().ToString())));
  }
  ReportOf(current_).rebuilt = true;
  found.log.reset();
  RemoveFiles(/*keep_directory=*/true);
}

void Recovery::OnCutBack(absl::Status status) {
  if (!status.ok()) return Fail(status);
  FindPlaces();
}

// --- a file that is missing or damaged ------------------------------------------------------------------------------

void Recovery::Remake(Found& found) {
  const bool complete = InLogWhole(current_);
  if (!found.damage.ok() && !complete) return Fail(found.damage);
  if (!complete) {
    return Fail(MakeError(ErrorKind::kLostRecords, absl::StrCat("the file of ", current_.ToString(),
                                                                " is missing, and the log has its records only from ",
                                                                InRoster(current_)->in_log.first.ToString(), " on")));
  }
  PartitionRecovery& report = ReportOf(current_);
  report.created = found.damage.ok();
  report.rebuilt = !found.damage.ok();
  report.damage = found.damage;
  if (report.rebuilt) return RemoveFiles(/*keep_directory=*/true);
  OnFilesRemoved(absl::OkStatus());
}

void Recovery::RemoveFiles(bool keep_directory) {
  RemovePartitionFiles(env_.disk, weak_from_this(), current_, keep_directory, Then(&Recovery::OnFilesRemoved));
}

void Recovery::OnFilesRemoved(absl::Status status) {
  if (!status.ok()) return Fail(status);
  if (InRoster(current_) == nullptr) {
    found_.erase(current_);
    return AlignNext();
  }
  aof::Options options = PartitionFileOptions(options_, current_, store_.shared);
  options.mode = aof::Options::Mode::kCreateIfMissing;
  PartitionLog::Open(env_, options, Then(&Recovery::OnRemade));
}

void Recovery::OnRemade(absl::StatusOr<PartitionLog::Opened> opened) {
  if (!opened.ok()) return Fail(opened.status());
  found_[current_].log = std::move(opened->log);
  ReportOf(current_).file = opened->report;
  FindPlaces();
}

// --- where its rungs stand ------------------------------------------------------------------------------------------

bool Recovery::KnownPlace(PartitionIndex index, RaftIndex* place) const {
  const OutstandingRecords& in_log = InRoster(current_)->in_log;
  const Found& found = found_.at(current_);
  const auto read = read_places_.find(index);
  if (index == PartitionIndex(0)) {
    *place = RaftIndex(0);
  } else if (in_log.Holds(index)) {
    *place = in_log.At(index).raft_index;
  } else if (index == found.log->last_index() && found.log->last_raft_index() != RaftIndex(0)) {
    *place = found.log->last_raft_index();
  } else if (read != read_places_.end()) {
    *place = read->second;
  } else if (index < found.log->first_index()) {
    return PlaceBeforeFile(place);
  } else {
    return false;
  }
  return true;
}

// A machine may have no more than its snapshot, whose last record the file does not hold any more. The place just
// below the file's first record says the same: no record of the partition lies between.
bool Recovery::PlaceBeforeFile(RaftIndex* place) const {
  const PartitionLog& file = *found_.at(current_).log;
  if (file.last_index() < file.first_index() && !InRoster(current_)->in_log.Holds(file.first_index())) {
    *place = store_.log->last();
    return true;
  }
  if (!KnownPlace(file.first_index(), place)) return false;
  *place = place->Prev();
  return true;
}

// The raft indices of the file's end and of the last applied record: the log knows them, or the file does.
void Recovery::FindPlaces() {
  PartitionRecovery& report = ReportOf(current_);
  report.applied = MachineHas(current_);
  const PartitionIndex known = InRoster(current_)->last();
  const PartitionIndex first = found_[current_].log->first_index();
  if (report.applied.Next() < first) {
    return Fail(MakeError(ErrorKind::kLostRecords,
                          absl::StrCat("the state machine of ", current_.ToString(), " has applied ",
                                       report.applied.ToString(), ", and the partition's file begins at ",
                                       first.ToString(), ": the snapshot that had the records between is gone")));
  }
  if (absl::Status lost = LostByMachine(current_, *InRoster(current_)); !lost.ok() && !options_.accept_lost_tail) {
    return Fail(lost);
  }
  report.applied = std::min(report.applied, known);
  PlacePartition();
}

void Recovery::OnPlaceRead(absl::StatusOr<std::vector<Entry>> entries) {
  if (!entries.ok()) return Fail(entries.status());
  read_places_[wanted_place_] = entries->front().raft_index;
  PlacePartition();
}

// What the file still lacks must go there, whatever clients may append from now on.
absl::Status Recovery::FitsOptions(const OutstandingRecords& in_log, PartitionIndex durable) const {
  for (PartitionIndex i = std::max(in_log.first, durable.Next()); in_log.Holds(i); i = i.Next()) {
    if (in_log.At(i).payload_bytes <= options_.max_payload_bytes) continue;
    return MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
                     absl::StrCat("max_payload_bytes = ", options_.max_payload_bytes, ": ", current_.ToString(), "/",
                                  i.ToString(), ", which is acknowledged and not yet in the partition's file, has ",
                                  in_log.At(i).payload_bytes, " bytes; allow as many until the file has it"));
  }
  return absl::OkStatus();
}

void Recovery::PlacePartition() {
  Found& found = found_[current_];
  PartitionRecovery& report = ReportOf(current_);
  RecoveredPartition recovered;
  recovered.partition = current_;
  recovered.durable_index = found.log->last_index();
  recovered.truncated_index = found.log->first_index().Prev();
  recovered.spilled_index = SpilledThrough(current_);
  recovered.applied_index = std::min(report.applied, recovered.durable_index);
  for (const auto& [index, place] : {std::make_pair(recovered.durable_index, &recovered.durable),
                                     std::make_pair(recovered.applied_index, &recovered.applied)}) {
    if (KnownPlace(index, place)) continue;
    wanted_place_ = std::max(index, found.log->first_index());
    return found.log->Entries(wanted_place_, 1, 0, Then(&Recovery::OnPlaceRead));
  }
  const LogRoster::Partition& known = *InRoster(current_);
  if (absl::Status fits = FitsOptions(known.in_log, recovered.durable_index); !fits.ok()) return Fail(fits);
  report.redo_records = known.last().value() - recovered.durable_index.value();
  report_.redo_records += report.redo_records;
  if (recovered.spilled_index > recovered.durable_index) {
    report.spilled_records = recovered.spilled_index.value() - recovered.durable_index.value();
  }
  StorePartition partition;
  partition.partition = current_;
  partition.created_at = known.created_at;
  partition.log = std::move(found.log);
  partition.machine_has = report.applied;
  recovered.in_log = roster_.TakeRecords(current_);
  store_.watermarks->RecoverPartition(std::move(recovered));
  store_.partitions.push_back(std::move(partition));
  // A task of its own now and then: the stack stays flat however many partitions there are.
  if (store_.partitions.size() % kAlignedInOneTask != 0) return AlignNext();
  env_.executor.Post([self = shared_from_this()] { self->AlignNext(); });
}

}  // namespace tidemark
