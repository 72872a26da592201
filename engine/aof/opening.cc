#include "engine/aof/opening.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/aof/file_names.h"
#include "engine/aof/file_scan.h"
#include "engine/aof/gap_mender.h"
#include "engine/aof/let_go.h"
#include "engine/aof/segment_maker.h"
#include "engine/base/status.h"

namespace tidemark::aof {

void Opening::Start() {
  if (absl::Status status = options_.Validate(); !status.ok()) {
    env_.executor.Post([self = shared_from_this(), status] { self->Finish(status); });
    return;
  }
  env_.disk.List(options_.directory, Then(&Opening::OnListed));
}

// --- what is there -----------------------------------------------------------------------------------

void Opening::OnListed(absl::StatusOr<std::vector<DirectoryEntry>> entries) {
  const bool may_create = options_.mode != Options::Mode::kExisting;
  if (absl::IsNotFound(entries.status()) && may_create) {
    return env_.disk.MakeDirectory(options_.directory, Then(&Opening::OnDirectoryMade));
  }
  if (absl::IsNotFound(entries.status())) return Fail(MakeError(ErrorKind::kNoStore, "there is no such directory"));
  if (!entries.ok()) return Fail(entries.status());
  for (const DirectoryEntry& entry : *entries) {
    if (const auto id = ParseSegmentName(entry.name); id.has_value()) ids_.push_back(*id);
    if (IsUnderConstruction(entry.name)) {
      to_remove_.push_back(entry.name);
      ++report_.unfinished_files;
    }
    if (entry.name == kSpareName) state_.has_spare = true;
  }
  std::sort(ids_.begin(), ids_.end());
  if (ids_.empty() && !may_create) return Fail(MakeError(ErrorKind::kNoStore, "it holds no segment file"));
  if (!ids_.empty() && options_.mode == Options::Mode::kCreate) {
    return Fail(MakeError(ErrorKind::kStoreExists, absl::StrCat("it holds ", ids_.size(), " segment files")));
  }
  // Where files grow, the spare is never smaller than the last one.
  const bool measure = state_.has_spare && options_.first_segment_bytes == 0;
  then_ = ids_.empty() ? &Opening::SyncParent : measure ? &Opening::MeasureSpare : &Opening::SyncNames;
  RemoveNext(absl::OkStatus());
}

// Removes to_remove_, front to back, then goes on to then_.
void Opening::RemoveNext(absl::Status status) {
  if (!status.ok() && !absl::IsNotFound(status)) return Fail(status);
  if (to_remove_.empty()) return (this->*then_)();
  const std::string path = JoinPath(options_.directory, to_remove_.front());
  to_remove_.erase(to_remove_.begin());
  ++report_.removed_files;
  env_.disk.Remove(path, Then(&Opening::RemoveNext));
}

// --- a new log -----------------------------------------------------------------------------------------

void Opening::OnDirectoryMade(absl::Status status) {
  if (!status.ok() && !absl::IsAlreadyExists(status)) return Fail(status);
  SyncParent();
}

// Also when the directory is there: who made it may have died before its name was durable.
void Opening::SyncParent() { env_.disk.SyncDirectory(ParentPath(options_.directory), Then(&Opening::Create)); }

// The spare first: where there is a log, there is head-room.
void Opening::Create(absl::Status status) {
  if (!status.ok()) return Fail(status);
  report_.created = true;
  if (state_.has_spare) return MakeFirstFile();
  MakeSpare(env_.disk, weak_from_this(), options_.directory, options_.FirstSegmentBytes(), Then(&Opening::OnSpareMade));
}

void Opening::OnSpareMade(absl::Status status) {
  if (!status.ok()) return Fail(status);
  state_.has_spare = true;
  state_.spare_bytes = options_.FirstSegmentBytes();
  MakeFirstFile();
}

void Opening::MakeFirstFile() {
  FileHeader& header = tail_.header;
  header.store_id = options_.store_id;
  header.log_id = options_.log_id;
  header.file_id = 1;
  header.segment_bytes = options_.FirstSegmentBytes();
  header.block_bytes = options_.block_bytes;
  header.max_record_bytes = options_.max_record_bytes;
  header.base = Sequence(1);
  header.first = Sequence(1);
  header.note = HeadNote(header.base);
  SegmentPlan plan;
  plan.directory = options_.directory;
  plan.file_id = header.file_id;
  plan.segment_bytes = header.segment_bytes;
  plan.block_bytes = header.block_bytes;
  plan.direct = options_.direct;
  EncodeHeader(header, plan.content);
  MakeSegment(env_.disk, weak_from_this(), std::move(plan), Then(&Opening::OnFirstFileMade));
}

void Opening::OnFirstFileMade(absl::StatusOr<std::shared_ptr<File>> file) {
  if (!file.ok()) return Fail(file.status());
  state_.file = *std::move(file);
  state_.table.Add(tail_.header);
  state_.next_offset = state_.void_from = tail_.header.header_bytes;
  Serve();
}

// --- which files are needed: from the last one back to the one where the floor is ------------------------

// It may have been made for smaller files than those that the options ask for now. One that cannot be looked at is as
// good as none: nothing is in it, and another one takes its place.
void Opening::MeasureSpare() {
  const OpenOptions options{.mode = OpenOptions::Mode::kExisting, .direct = options_.direct};
  env_.disk.Open(JoinPath(options_.directory, kSpareName), options, Then(&Opening::OnSpareOpened));
}

void Opening::OnSpareOpened(absl::StatusOr<std::unique_ptr<File>> spare) {
  if (!spare.ok()) return OnSpareMeasured(spare.status());
  std::shared_ptr<File> file = *std::move(spare);
  File* const measured = file.get();
  measured->Size([self = shared_from_this(), file = std::move(file)](absl::StatusOr<uint64_t> size) {
    self->OnSpareMeasured(std::move(size));
  });
}

void Opening::OnSpareMeasured(absl::StatusOr<uint64_t> size) {
  state_.has_spare = size.ok();
  state_.spare_bytes = size.value_or(0);
  SyncNames();
}

// A process that died between a rename and its sync left a name that is there, but may be gone after a power loss:
// nothing may be promised in such a file.
void Opening::SyncNames() { env_.disk.SyncDirectory(options_.directory, Then(&Opening::OpenLast)); }

void Opening::OpenLast(absl::Status status) {
  if (!status.ok()) return Fail(status);
  OpenFile(ids_.back());
}

void Opening::OpenFile(uint64_t id) {
  opening_id_ = id;
  const OpenOptions options{.mode = OpenOptions::Mode::kExisting, .direct = options_.direct};
  env_.disk.Open(JoinPath(options_.directory, SegmentName(id)), options, Then(&Opening::OnFileOpened));
}

void Opening::OnFileOpened(absl::StatusOr<std::unique_ptr<File>> file) {
  if (!file.ok()) return FailAt(opening_id_, file.status());
  files_.push_front({.file = *std::move(file), .header = {}});
  ReadHeader(files_.front().file, Then(&Opening::OnHeader));
}

void Opening::OnHeader(absl::StatusOr<FileHeader> header) {
  if (!header.ok()) return FailAt(opening_id_, header.status());
  if (header->store_id != options_.store_id || header->log_id != options_.log_id) {
    return FailAt(opening_id_,
                  MakeError(ErrorKind::kWrongStore,
                            absl::StrCat("it belongs to store ", header->store_id.ToString(), " log ", header->log_id,
                                         ", not to store ", options_.store_id.ToString(), " log ", options_.log_id)));
  }
  if (header->file_id != opening_id_) {
    return FailAt(opening_id_,
                  MakeError(ErrorKind::kCorruption, absl::StrCat("its header says that it is file ", header->file_id)));
  }
  files_.front().header = *std::move(header);
  const bool is_last = files_.size() == 1;
  if (!is_last && MaySkipOldest()) files_.front().file.reset();
  if (!is_last) return WalkBack();
  const FileHeader& last = files_.front().header;
  if (const size_t alignment = files_.front().file->alignment(); last.block_bytes % alignment != 0) {
    return FailAt(opening_id_, MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
                                         absl::StrCat("aof option direct: its blocks are of ", last.block_bytes,
                                                      " bytes, and here it can only be written in multiples of ",
                                                      alignment, "; open it without, until the next file is begun")));
  }
  state_.floor = last.first;
  if (last.base <= state_.floor) return WalkBack();
  ProbeFloor();
}

// The floor may have risen since the last file was made: its batches tell. Files below need not be read, nor be whole.
void Opening::ProbeFloor() {
  const FileHeader& header = files_.back().header;
  Probe(header.header_bytes, header.base.Prev());
}

void Opening::Probe(uint64_t from, Sequence last) {
  const OpenFileState& file = files_.back();
  scanner_ = std::make_shared<Scanner>(
      file.header, Scanner::Range{.from = from, .limit = file.header.segment_bytes, .sealed = false}, last,
      state_.floor);
  ScanFile(
      file.file, scanner_, file.header.segment_bytes, [](const BatchView&) { return true; }, Then(&Opening::OnProbed));
}

// Damage is for the scan proper to judge, and to repair: the floor is looked for behind it too. One that is not seen
// may be the reason why earlier files seem to be missing.
void Opening::OnProbed(absl::Status status) {
  if (!status.ok() && KindOf(status) != ErrorKind::kCorruption) return FailAt(ids_.back(), status);
  state_.floor = std::max(state_.floor, scanner_->floor());
  probed_last_ = scanner_->last();
  if (!status.ok() && probe_damage_.ok()) probe_damage_ = status;
  if (!status.ok() && scanner_->resume_offset() != 0) {
    return Probe(scanner_->resume_offset(), scanner_->resume_last());
  }
  WalkBack();
}

void Opening::WalkBack() {
  const FileHeader& oldest = files_.front().header;
  if (oldest.base <= state_.floor) return ScanAll();
  const uint64_t wanted = oldest.file_id - 1;
  if (!std::binary_search(ids_.begin(), ids_.end(), wanted)) {
    if (!probe_damage_.ok()) return FailAt(ids_.back(), probe_damage_);
    return FailAt(wanted, MakeError(ErrorKind::kLostRecords,
                                    absl::StrCat("the file is missing; it, or files before it, held records from ",
                                                 state_.floor.value(), " to ", oldest.base.value() - 1)));
  }
  OpenFile(wanted);
}

// --- what need not be read ----------------------------------------------------------------------------------

// All of a sealed file was promised, so nothing in there is to be judged or repaired; where it ends and which of its
// records count, later heads say. The last record stands in the latest file that begins at it or before: that one is
// read, and all behind it. Nothing is skipped where the last file is damaged, for then its end is not known.
bool Opening::MaySkipOldest() const {
  const OpenFileState& next = files_[1];
  return !options_.scan_sealed && probe_damage_.ok() && (next.file == nullptr || next.header.base <= probed_last_);
}

// False: it failed.
bool Opening::Skip() {
  for (; files_.front().file == nullptr; files_.pop_front()) {
    const FileHeader& header = files_.front().header;
    if (!CheckEnd(header, files_[1].header.previous_end)) return false;
    state_.table.CutTo(header.base.Prev());
    state_.table.Add(header);
    ++report_.skipped_files;
  }
  if (report_.skipped_files == 0) return true;
  state_.table.CutTo(files_.front().header.base.Prev());
  state_.index.SkipTo(files_.front().header.base);
  state_.skipped_to = files_.front().header.base.Prev();
  return true;
}

// What the next file's head says of where this one ends.
bool Opening::CheckEnd(const FileHeader& header, uint64_t end) {
  if (end >= header.header_bytes && end <= header.segment_bytes && IsAligned(end, header.block_bytes)) return true;
  FailAt(header.file_id + 1,
         MakeError(ErrorKind::kCorruption, absl::StrCat("its header says that file ", header.file_id,
                                                        " ends at offset ", end, ", which cannot be")));
  return false;
}

// --- what they hold, in log order -------------------------------------------------------------------------

void Opening::ScanAll() {
  state_.index.DropBelow(state_.floor);
  if (!Skip()) return;
  state_.last = files_.front().header.base.Prev();
  ScanNext();
}

void Opening::ScanNext() {
  const OpenFileState& scanned = files_.front();
  const FileHeader& header = scanned.header;
  if (header.base <= state_.last) {
    // The file replaces records of the ones before it.
    const Sequence new_end = header.base.Prev();
    state_.last = new_end;
    CutTo(new_end);
  }
  if (header.base != state_.last.Next()) {
    return FailAt(header.file_id, MakeError(ErrorKind::kCorruption,
                                            absl::StrCat("it begins at record ", header.base.value(),
                                                         ", but the file before it ends at ", state_.last.value())));
  }
  const bool sealed = files_.size() > 1;
  const uint64_t limit = sealed ? files_[1].header.previous_end : header.segment_bytes;
  if (!CheckEnd(header, limit)) return;
  state_.table.Add(header);
  LetGoOfSealed(state_.table, options_.log_id, options_.max_known_records, env_.tracer, state_.index);
  replay_->OnHeadNote(AsBytes(header.note), header.base);
  scanner_ = std::make_shared<Scanner>(
      header, Scanner::Range{.from = header.header_bytes, .limit = limit, .sealed = sealed}, state_.last, header.first);
  scan_limit_ = limit;
  scan_sealed_ = sealed;
  mended_to_ = 0;
  Scan();
}

void Opening::Scan() {
  auto take = [self = shared_from_this()](const BatchView& batch) {
    self->TakeBatch(batch);
    return true;
  };
  ScanFile(files_.front().file, scanner_, scan_limit_, std::move(take), Then(&Opening::OnScanned));
}

void Opening::CutTo(Sequence new_end) {
  state_.table.CutTo(new_end);
  state_.index.CutTo(std::max(new_end, state_.index.first().Prev()));
  state_.skipped_to = std::min(state_.skipped_to, new_end);
  replay_->OnCut(new_end);
}

void Opening::TakeBatch(const BatchView& batch) {
  ++report_.batches;
  if (batch.cut.has_value()) CutTo(batch.cut->new_end);
  batch.ForEachFrame([this](const FrameView& frame) {
    if (frame.type == FrameType::kNote) return replay_->OnNote(frame.payload, frame.sequence);
    // Below the floor too, where the file still has it: the owner's state may have begun there.
    if (frame.sequence >= state_.floor)
      state_.index.Add(frame.sequence, frame.offset, static_cast<uint32_t>(frame.payload.size()));
    replay_->OnRecord(frame.sequence, frame.payload,
                      Location{.file_id = files_.front().header.file_id, .offset = frame.offset});
  });
  if (batch.commit.first > state_.floor) {
    state_.floor = batch.commit.first;
    state_.index.DropBelow(state_.floor);
    replay_->OnFloor(state_.floor);
  }
}

void Opening::OnScanned(absl::Status status) {
  const uint64_t file_id = files_.front().header.file_id;
  if (KindOf(status) == ErrorKind::kCorruption) return OnDamage(status);
  if (!status.ok()) return FailAt(file_id, status);
  if (files_.size() == 1 && scanner_->floor() < state_.floor) {
    // After a failed sync the page cache may show a batch that the device does not have, until the page goes.
    return FailAt(
        file_id, MakeError(ErrorKind::kIoError, absl::StrCat("its floor read differently twice, ", state_.floor.value(),
                                                             " and then ", scanner_->floor().value(), "; open again")));
  }
  state_.last = scanner_->last();
  report_.bytes_scanned += scanner_->end();
  if (files_.size() > 1) {
    files_.pop_front();
    return ScanNext();
  }
  Settle();
}

// --- damage below a promise: the owner may have another copy ---------------------------------------------------

void Opening::OnDamage(absl::Status damage) {
  const OpenFileState& scanned = files_.front();
  Trace(TraceKind::kCorruptionFound, scanned.header.file_id, scanner_->corrupt_offset(), scanner_->corrupt_promise());
  const DamagedRange range{.from = scanner_->corrupt_offset(),
                           .to = scanner_->resume_offset(),
                           .limit = scan_limit_,
                           .before = scanner_->last(),
                           .last = scanner_->resume_last(),
                           .floor = scanner_->floor()};
  // What was put back and reads damaged again is beyond repair.
  if (range.to == 0 || range.from < mended_to_) return FailAt(scanned.header.file_id, damage);
  MendGap(weak_from_this(), scanned.file, scanned.header, range, *replay_,
          [self = shared_from_this(), damage = std::move(damage)](absl::Status mended) mutable {
            self->OnMended(std::move(damage), std::move(mended));
          });
}

void Opening::OnMended(absl::Status damage, absl::Status mended) {
  const OpenFileState& scanned = files_.front();
  const uint64_t file_id = scanned.header.file_id;
  const uint64_t from = scanner_->corrupt_offset();
  if (KindOf(mended) != ErrorKind::kNone && KindOf(mended) != ErrorKind::kCorruption) return FailAt(file_id, mended);
  if (!mended.ok()) {
    return FailAt(file_id, MakeError(ErrorKind::kCorruption,
                                     absl::StrCat(damage.message(), "; it cannot be repaired: ", mended.message())));
  }
  const uint64_t records = scanner_->resume_last().value() - scanner_->last().value();
  mended_to_ = scanner_->resume_offset();
  report_.mended.push_back({.file_id = file_id,
                            .offset = from,
                            .bytes = mended_to_ - from,
                            .first = scanner_->last().Next(),
                            .records = records});
  Trace(TraceKind::kGapMended, file_id, from, mended_to_ - from, records);
  scanner_ = std::make_shared<Scanner>(scanned.header,
                                       Scanner::Range{.from = from, .limit = scan_limit_, .sealed = scan_sealed_},
                                       scanner_->last(), scanner_->floor());
  Scan();
}

// --- what of it is proven -----------------------------------------------------------------------------------

void Opening::Settle() {
  if (state_.floor > Sequence(1)) replay_->OnFloor(state_.floor);
  if (absl::Status verdict = replay_->Verdict(); !verdict.ok()) return Fail(verdict);
  if (state_.floor > state_.last.Next()) {
    return FailAt(files_.front().header.file_id,
                  MakeError(ErrorKind::kLostRecords, absl::StrCat("the log ends at record ", state_.last.value(),
                                                                  ", below its floor ", state_.floor.value())));
  }
  tail_.header = files_.front().header;
  tail_.promised_offset = scanner_->promised_offset();
  tail_.promised_sequence = scanner_->promised_sequence();
  tail_.end = scanner_->end();
  tail_.junk_end = scanner_->junk_end();
  tail_.silent_from = scanner_->silent_from();
  state_.file = files_.front().file;
  state_.next_offset = tail_.end;
  state_.void_from = tail_.promised_offset;  // if clean; else the repair moves both
  report_.proven = std::min(tail_.promised_sequence, state_.last);
  files_.clear();
  if (tail_.junk_end > 0) {
    report_.torn_file_id = tail_.header.file_id;
    report_.torn_offset = tail_.end;
    report_.torn_bytes = tail_.junk_end - tail_.end;
    Trace(TraceKind::kTornTailCut, report_.torn_file_id, report_.torn_offset, report_.torn_bytes);
  }
  if (tail_.clean()) return RemoveDead();
  RepairTail(
      env_, weak_from_this(), options_, tail_, state_, [this](Sequence base) { return HeadNote(base); },
      Then(&Opening::OnRepaired));
}

void Opening::OnRepaired(absl::StatusOr<Repaired> repaired) {
  if (!repaired.ok()) return FailAt(tail_.header.file_id, repaired.status());
  report_.reappended_records = repaired->records;
  report_.reappended_notes = repaired->notes;
  report_.used_spare = repaired->used_spare;
  if (repaired->records > 0) Trace(TraceKind::kTailReappended, state_.table.back().file_id, repaired->records);
  if (repaired->new_file_id != 0) {
    Trace(TraceKind::kRotated, repaired->new_file_id, state_.table.back().base.value());
    listener_.OnRotated(repaired->new_file_id, state_.table.back().base);
  }
  RemoveDead();
}

// Finishes a prefix truncation that was interrupted; the floor that allows it is durable by now.
void Opening::RemoveDead() {
  while (state_.table.OldestIsBelow(state_.floor)) state_.table.TakeOldest();
  for (uint64_t id : ids_) {
    if (id < state_.table.front().file_id) to_remove_.push_back(SegmentName(id));
  }
  if (to_remove_.empty()) return Serve();
  then_ = &Opening::SyncRemoved;
  RemoveNext(absl::OkStatus());
}

void Opening::SyncRemoved() { env_.disk.SyncDirectory(options_.directory, Then(&Opening::OnRemovedSynced)); }

void Opening::OnRemovedSynced(absl::Status status) {
  if (!status.ok()) return Fail(status);
  Serve();
}

// --- the end ----------------------------------------------------------------------------------------------

void Opening::Serve() {
  report_.files = state_.table.size();
  report_.first_file_id = state_.table.front().file_id;
  report_.last_file_id = state_.table.back().file_id;
  report_.first = state_.floor;
  report_.last = state_.last;
  report_.skipped_to = std::max(state_.skipped_to, state_.floor.Prev());
  report_.records = state_.last.value() + 1 - state_.floor.value();
  if (report_.created) report_.proven = state_.last;
  Finish(absl::OkStatus());
}

std::string Opening::HeadNote(Sequence base) {
  std::string note = listener_.HeadNote(base);
  // The log may have had more to repeat at `base` than it has at its end, under options that allowed more.
  CHECK_LE(note.size(), kMaxHeadNoteBytes) << "head note of " << options_.directory;
  return note;
}

void Opening::Trace(TraceKind kind, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
  env_.tracer.Emit({.kind = kind, .partition = PartitionId(options_.log_id), .args = {a, b, c, d}});
}

void Opening::FailAt(uint64_t file_id, const absl::Status& status) { Fail(Annotate(status, SegmentName(file_id))); }

void Opening::Fail(const absl::Status& status) {
  Finish(Annotate(status, absl::StrCat("aof directory ", options_.directory)));
}

void Opening::Finish(const absl::Status& status) {
  auto done = std::exchange(done_, nullptr);
  if (!status.ok()) return done(status, nullptr);
  done(report_, std::make_unique<LogState>(std::move(state_)));
}

}  // namespace tidemark::aof
