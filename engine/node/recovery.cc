#include "engine/node/recovery.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/check.h"
#include "engine/base/status.h"
#include "engine/node/coordinator.h"
#include "engine/node/file_options.h"

namespace tidemark {

Recovery::Recovery(const Env& env, const EngineOptions& options, StateMachine& machine, Done done)
    : env_(env),
      options_(options),
      machine_(machine),
      done_(std::move(done)),
      roster_(RosterRoom(options), env.tracer.wants_payload_crc()) {}

void Recovery::Start() {
  env_.tracer.Emit({.kind = TraceKind::kRecoveryStarted, .partition = kSystemPartition, .args = {}});
  phase_began_ = env_.clock.Now();
  if (absl::Status status = options_.Validate(); !status.ok()) {
    env_.executor.Post([self = shared_from_this(), status] { self->Fail(status); });
    return;
  }
  store_.shared.turns = std::make_shared<aof::Turns>(env_, options_.partition_syncs, options_.partition_sync_gap);
  store_.shared.open_files = std::make_shared<aof::OpenFiles>(options_.max_open_partitions);
  keep_alive_ = env_.executor.ScheduleAfter(Duration::Max(), [self = shared_from_this()] {});
  env_.disk.LockDirectory("", Then(&Recovery::OnLocked));
}

// --- what is there -------------------------------------------------------------------------------------------

void Recovery::OnLocked(absl::StatusOr<std::unique_ptr<DirectoryLock>> lock) {
  if (!lock.ok()) return Fail(Annotate(lock.status(), "locking the store"));
  store_.lock = *std::move(lock);
  env_.disk.SyncDirectory("", Then(&Recovery::OnNamesSynced));
}

// A process that died between a removal and its sync left a partition's directory gone, and power loss may bring it
// back: what is not there stays away from here on, so that the log may forget why.
void Recovery::OnNamesSynced(absl::Status status) {
  if (!status.ok()) return Fail(Annotate(status, "syncing the store's directory"));
  env_.disk.List("", Then(&Recovery::OnListed));
}

void Recovery::OnListed(absl::StatusOr<std::vector<DirectoryEntry>> entries) {
  if (!entries.ok()) return Fail(Annotate(entries.status(), "listing the store"));
  bool has_log = false;
  for (const DirectoryEntry& entry : *entries) {
    const PartitionId partition = PartitionLog::PartitionOf(entry.name);
    if (entry.is_directory && partition != kSystemPartition) to_open_.push_back(partition);
    if (entry.is_directory && entry.name == kLogDirectory) has_log = true;
    if (entry.is_directory && entry.name == kSpillDirectory) has_spill_ = true;
  }
  if (options_.mode == EngineOptions::Mode::kCreate && (has_spill_ || !to_open_.empty())) {
    return Fail(MakeError(ErrorKind::kStoreExists, absl::StrCat("the store holds ", to_open_.size(), " partition files",
                                                                has_spill_ ? " and a spill" : "")));
  }
  if (!has_log && !to_open_.empty()) {
    return Fail(MakeError(ErrorKind::kLostRecords,
                          absl::StrCat("the store holds ", to_open_.size(), " partition files, but its directory \"",
                                       kLogDirectory, "\" is gone")));
  }
  std::sort(to_open_.rbegin(), to_open_.rend());
  Enter(RecoveryPhase::kPartitions, to_open_.size());
  OpenPartitions();
}

// --- partition files -------------------------------------------------------------------------------------------

void Recovery::OpenPartitions() {
  while (!to_open_.empty() && opening_ < options_.open_concurrency) {
    const PartitionId partition = to_open_.back();
    to_open_.pop_back();
    ++opening_;
    PartitionLog::Open(env_, PartitionFileOptions(options_, partition, store_.shared),
                       [weak = weak_from_this(), partition](absl::StatusOr<PartitionLog::Opened> opened) {
                         if (auto self = weak.lock()) self->OnPartitionOpened(partition, std::move(opened));
                       });
  }
  if (to_open_.empty() && opening_ == 0) OpenSpill();
}

// Damage is judged when it is known what the log has.
void Recovery::OnPartitionOpened(PartitionId partition, absl::StatusOr<PartitionLog::Opened> opened) {
  --opening_;
  if (!failure_.ok()) {
    opened = failure_;  // nobody's
    if (opening_ == 0) GiveUp();
    return;
  }
  const ErrorKind kind = KindOf(opened.status());
  if (opened.ok()) {
    found_[partition] = {std::move(opened->log), std::move(opened->report), absl::OkStatus()};
  } else if (kind == ErrorKind::kCorruption || kind == ErrorKind::kLostRecords) {
    found_[partition] = {nullptr, {}, opened.status()};
  } else if (kind == ErrorKind::kNoStore) {
    empty_directories_.push_back(partition);
  } else {
    return Fail(opened.status());
  }
  OpenPartitions();
}

// --- the segmented log ------------------------------------------------------------------------------------------

void Recovery::OpenLog() {
  Enter(RecoveryPhase::kLog, 0);
  aof::Options options = LogFileOptions(options_);
  roster_.SetMend([this](const LogGap& gap, LogGapDone done) { Mend(gap, std::move(done)); });
  if (options_.mode == EngineOptions::Mode::kCreate) options.mode = aof::Options::Mode::kCreateIfMissing;
  SegmentedLog::Open(env_, options, roster_, *this, Then(&Recovery::OnLogOpened));
}

void Recovery::OnLogOpened(absl::StatusOr<SegmentedLog::Opened> opened) {
  if (!opened.ok()) {
    const bool lost = KindOf(opened.status()) == ErrorKind::kNoStore && !found_.empty();
    return Fail(lost ? MakeError(ErrorKind::kLostRecords, opened.status().message()) : opened.status());
  }
  store_.log = std::move(opened->log);
  report_.log = opened->report;
  report_.created_store = options_.mode == EngineOptions::Mode::kCreate;
  if (report_.created_store && roster_.used()) {
    return Fail(
        MakeError(ErrorKind::kStoreExists, absl::StrCat("the store has ", roster_.partitions().size(), " partitions")));
  }
  CheckSkipped();
}

bool Recovery::InLogWhole(PartitionId partition) const {
  const LogRoster::Partition* known = InRoster(partition);
  return known != nullptr && known->in_log.first == PartitionIndex(1);
}

// No more than the log holds, which has been read. Before it is decided what stays: a file that will be made anew says
// nothing of what is safe.
void Recovery::CheckSkipped() {
  for (auto next = found_.upper_bound(current_); next != found_.end(); ++next) {
    const auto& [partition, found] = *next;
    if (found.log == nullptr || found.report.skipped_files == 0 || !InLogWhole(partition)) continue;
    current_ = partition;
    return found.log->CheckSkipped(Then(&Recovery::OnSkippedChecked));
  }
  TakeFromSpill();
  FindEnd();
}

void Recovery::OnSkippedChecked(absl::Status status) {
  Found& found = found_[current_];
  if (!status.ok() && KindOf(status) != ErrorKind::kCorruption) return Fail(status);
  found.report.skipped_files = 0;
  found.report.skipped_to = found.report.first.Prev();
  found.damage = status;
  if (!status.ok()) found.log.reset();
  CheckSkipped();
}

void Recovery::Align() {
  store_.watermarks = std::make_unique<Watermarks>(env_.tracer);
  store_.watermarks->Recover(store_.log->last(), store_.log->first().Prev());
  for (const auto& [partition, found] : found_) to_align_.push_back(partition);
  for (const auto& [partition, known] : roster_.partitions()) {
    if (!found_.contains(partition)) to_align_.push_back(partition);
  }
  // Its removals may not be durable.
  for (PartitionId partition : empty_directories_) {
    if (roster_.dropped(partition)) to_align_.push_back(partition);
  }
  std::sort(to_align_.rbegin(), to_align_.rend());
  Enter(RecoveryPhase::kAlign, to_align_.size());
  AlignNext();
}

// --- the end ------------------------------------------------------------------------------------------------------

void Recovery::Resume() {
  Enter(RecoveryPhase::kResume, report_.redo_records);
  if (!log_failure_.ok()) return Fail(log_failure_);
  store_.watermarks->UpdateMinRequired();
  store_.next_control = roster_.next_control();
  const Ladder& ladder = store_.watermarks->ladder();
  env_.tracer.Emit({.kind = TraceKind::kRecovered,
                    .partition = kSystemPartition,
                    .args = {ladder.appended.value(), ladder.durable.value(), ladder.truncated.value(), 0}});
  auto coordinator = std::make_unique<Coordinator>(env_, options_, machine_, std::move(store_));
  coordinator->Start();
  Finish(std::unique_ptr<Engine>(new Engine(std::move(coordinator))));
}

void Recovery::Enter(RecoveryPhase phase, uint64_t count) {
  const Instant now = env_.clock.Now();
  report_.phase_duration[static_cast<int>(report_.reached)] = now - phase_began_;
  report_.reached = phase;
  phase_began_ = now;
  env_.tracer.Emit({.kind = TraceKind::kRecoveryPhase,
                    .partition = kSystemPartition,
                    .args = {static_cast<uint64_t>(phase), count, 0, 0}});
}

// Not before the last of the files that are being opened is: each of them may be writing its tail again.
void Recovery::Fail(absl::Status status) {
  if (done_ == nullptr || !failure_.ok()) return;
  failure_ = std::move(status);
  to_open_.clear();
  if (opening_ == 0) GiveUp();
}

void Recovery::GiveUp() {
  // Given back before anybody hears: whoever tries again finds the store free.
  found_.clear();
  store_ = Store();
  env_.tracer.Emit({.kind = TraceKind::kRecoveryRefused,
                    .partition = kSystemPartition,
                    .args = {static_cast<uint64_t>(KindOf(failure_)), 0, 0, 0}});
  Finish(failure_);
}

void Recovery::Finish(absl::StatusOr<std::unique_ptr<Engine>> engine) {
  report_.phase_duration[static_cast<int>(report_.reached)] = env_.clock.Now() - phase_began_;
  Done done = std::exchange(done_, nullptr);
  const auto self = shared_from_this();
  env_.executor.Cancel(keep_alive_);
  done({std::move(engine), std::move(report_)});
}

PartitionRecovery& Recovery::ReportOf(PartitionId partition) {
  if (report_.partitions.empty() || report_.partitions.back().partition != partition) {
    report_.partitions.emplace_back();
    report_.partitions.back().partition = partition;
  }
  return report_.partitions.back();
}

const LogRoster::Partition* Recovery::InRoster(PartitionId partition) const {
  const auto found = roster_.partitions().find(partition);
  return found == roster_.partitions().end() ? nullptr : &found->second;
}

}  // namespace tidemark
