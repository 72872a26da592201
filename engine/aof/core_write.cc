#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "engine/aof/core.h"
#include "engine/aof/file_names.h"
#include "engine/aof/let_go.h"
#include "engine/aof/segment_maker.h"
#include "engine/aof/transfer.h"
#include "engine/base/status.h"

namespace tidemark::aof {
namespace {

// Of a new batch. What is never written is never resident.
constexpr uint64_t kRoomBytes = 16u << 10;

}  // namespace

// --- when ------------------------------------------------------------------------------------------------

// Posted, not called: what the running task still appends goes with the same batch.
void Core::Schedule() {
  if (scheduled_) return;
  scheduled_ = true;
  env_.executor.Post([weak = weak_from_this()] {
    auto self = weak.lock();
    if (self == nullptr) return;
    self->scheduled_ = false;
    self->Pump();
  });
}

bool Core::DueAtOnce() const {
  if (FloorPending()) return true;
  if (queue_.empty()) return false;
  const Queued& front = queue_.front();
  if (write_now_ || queue_.size() > 1 || front.batch->cut().has_value() || !front.waiters.empty()) return true;
  return queued_bytes_ >= flush_bytes_ || flush_delay_ == Duration();
}

bool Core::Due() const { return DueAtOnce() || (!queue_.empty() && env_.clock.Now() >= oldest_ + flush_delay_); }

void Core::ArmFlushTimer() {
  if (queue_.empty() || flush_timer_ != 0) return;
  const Duration left = oldest_ + flush_delay_ - env_.clock.Now();
  flush_timer_ = env_.executor.ScheduleAfter(std::max(left, Duration()), [weak = weak_from_this()] {
    auto self = weak.lock();
    if (self == nullptr) return;
    self->flush_timer_ = 0;
    self->Pump();
  });
}

// A batch that is copied as it grows is read again when nothing of it is in the caches any more. One that will be kept
// in memory grows as it needs to: buffers that are mostly empty are not kept.
Core::Queued Core::NewBatch() {
  Queued queued{.batch = pool_.Take(), .waiters = {}};
  if (options_.recent_bytes == 0) queued.batch->Reserve(std::min<uint64_t>(options_.max_batch_bytes, kRoomBytes));
  return queued;
}

// Starts the next device operation, if one is due and none is under way.
void Core::Pump() {
  if (closed_ || poisoned() || busy_) return;
  if (restart_.has_value()) return PumpRestart();
  if (waiting_for_space_) {
    if (!flying_placed_ && ControlPending()) PlaceControl();
    return;
  }
  if (flying_placed_) return Write();
  if (full_ && queue_.empty()) SetFull(false);  // what found the disk full was taken back
  if (!Due()) return ArmFlushTimer();
  if (options_.turns != nullptr && !turn_.has_value()) return RequestTurn();
  if (queue_.empty()) queue_.push_back(NewBatch());
  const Batch& front = *queue_.front().batch;
  const bool below_file = NextEnd().Next() < table_.back().base;
  if (!Fits(front) || (below_file && !front.empty())) return Rotate(Room::kUsual);
  PlaceFront();
}

// One turn is one batch, with the new file that it may need. What is gathered while waiting goes along. A request that
// becomes urgent is made again as such: whichever is granted second finds nothing to do, and gives its turn back.
void Core::RequestTurn() {
  const bool urgent = FloorPending() || write_now_ || queue_.size() > 1 || queued_bytes_ >= flush_bytes_ ||
                      !queue_.front().waiters.empty() || queue_.front().batch->cut().has_value();
  if (urgent_turn_requested_ || (turn_requested_ && !urgent)) return;
  (urgent ? urgent_turn_requested_ : turn_requested_) = true;
  options_.turns->Request(urgent, [weak = weak_from_this(), urgent](Turns::Turn turn) {
    auto self = weak.lock();
    if (self == nullptr || self->closed_) return;
    (urgent ? self->urgent_turn_requested_ : self->turn_requested_) = false;
    if (self->busy_ || self->turn_.has_value()) return;
    self->turn_.emplace(std::move(turn));
    self->Pump();
    self->Rest();
  });
}

// --- a batch -----------------------------------------------------------------------------------------------

// What the last file takes. A batch of frames leaves room for a cut, which its copy carries where a crash leaves it
// unproven: no copy needs a larger file. The options may allow longer records than the file's header, which its readers
// go by.
bool Core::Fits(const Batch& batch) const {
  const FileGeometry& geometry = table_.back().geometry;
  if (batch.largest_payload() > geometry.max_record_bytes) return false;
  const uint64_t reserved = batch.has_frames() ? kReservedBlocks * geometry.block_bytes : 0;
  const bool cut = batch.has_frames() || void_from_ < next_offset_;
  const uint64_t more = cut && !batch.cut().has_value() ? kCutFrameBytes : 0;
  return next_offset_ + BatchBytes(batch.frame_bytes() + more, geometry.block_bytes) + reserved <= geometry.limit;
}

void Core::PlaceFront() {
  CHECK(!flying_placed_);
  flying_ = std::move(queue_.front());
  queue_.erase(queue_.begin());
  if (queue_.empty()) write_now_ = false;
  flying_placed_ = true;
  queued_bytes_ = 0;
  for (const Queued& queued : queue_) queued_bytes_ += queued.batch->frame_bytes();
  Batch& batch = *flying_.batch;
  const FileGeometry& geometry = table_.back().geometry;
  const Sequence before = batch.cut().has_value() ? batch.cut()->new_end : written_last_;
  CHECK(!batch.has_frames() || before.Next() >= table_.back().base)
      << before << " in the file from " << table_.back().base;
  if (void_from_ < next_offset_) batch.SetCut({.new_end = before, .void_from = void_from_});
  CHECK(!batch.has_records() || batch.first_record() == before.Next()) << batch.first_record() << " follows " << before;
  const Sequence last = before.Plus(batch.records());
  const uint64_t moved = batch.Place({.salt = geometry.salt,
                                      .offset = next_offset_,
                                      .block_bytes = geometry.block_bytes,
                                      .promised_offset = void_from_,
                                      .promised_sequence = written_last_,
                                      .last = last,
                                      .first = first()});
  if (batch.has_records()) index_.Move(batch.first_record(), batch.records(), moved);
  written_last_ = last;
  written_floor_ = first();
  Write();
}

// The disk is full and records wait; a cut or a floor does not: it goes alone, into the reserved blocks or the spare.
// Without a spare the smallest file may just fit the disk.
void Core::PlaceControl() {
  const bool has_cut = !queue_.empty() && queue_.front().batch->cut().has_value();
  if (queue_.empty() || queue_.front().batch->has_frames()) {
    Queued control = NewBatch();
    if (has_cut) control.batch->SetCut(queue_.front().batch->TakeCut());
    queue_.insert(queue_.begin(), std::move(control));
  }
  if (Fits(*queue_.front().batch)) return PlaceFront();
  if (has_spare_ && !making_spare_) return Rotate(Room::kSpare);
  if (MayTryLeast()) return Rotate(Room::kLeast);
  WaitForSpace();
}

void Core::Write() {
  busy_ = true;
  open_.Used();
  if (file_ == nullptr) return OpenAgain();
  const std::shared_ptr<Batch> batch = flying_.batch;
  WriteAllAndSync(*file_, batch->offset(), batch->bytes(),
                  [batch, next = Then(&Core::OnSynced)](absl::Status status) mutable { next(std::move(status)); });
}

// All that was written to it is synced: nothing is lost with the old handle. Where no other one is free it waits for
// one.
void Core::OpenAgain() {
  env_.disk.Open(JoinPath(options_.directory, SegmentName(table_.back().file_id)),
                 {.mode = OpenOptions::Mode::kExisting, .direct = options_.direct}, Then(&Core::OnOpenedAgain));
}

void Core::OnOpenedAgain(absl::StatusOr<std::unique_ptr<File>> file) {
  if (absl::IsResourceExhausted(file.status())) {
    env_.executor.ScheduleAfter(options_.full_retry, [weak = weak_from_this()] {
      if (auto self = weak.lock(); self != nullptr && !self->closed_) self->OpenAgain();
    });
    return;
  }
  if (!file.ok()) return Poison(Annotate(file.status(), "opening its last file again"));
  file_ = *std::move(file);
  Write();
}

// Whether or not something is under way now, the files may be too many.
void Core::Rest() {
  if (busy_) return;
  turn_.reset();
  open_.Idle();
}

bool Core::CloseFiles() {
  if (busy_ || flying_placed_ || reader_->busy() || sealed_->busy()) return false;
  file_.reset();
  reader_->Close();
  sealed_->LetGo();
  if (!restart_.has_value()) LetGoOfSealed(table_, options_.log_id, 0, env_.tracer, index_);
  pool_.Clear();
  return true;
}

void Core::OnSynced(absl::Status status) {
  if (KindOf(status) == ErrorKind::kDiskFull) {
    busy_ = false;
    write_blocked_ = true;
    SetFull(true);
    return WaitForSpace();
  }
  // A second sync may answer OK although the data is lost: the kernel marks failed pages clean. Never try again.
  if (!status.ok()) return Poison(Annotate(status, "write and sync"));
  if (std::exchange(write_blocked_, false)) SetFull(false);
  Queued flown = std::exchange(flying_, {.batch = nullptr, .waiters = {}});
  flying_placed_ = false;
  next_offset_ += flown.batch->bytes().size();
  void_from_ = next_offset_;
  recent_.Add(std::move(flown.batch));
  Sequence through = written_last_;
  if (!queue_.empty() && queue_.front().batch->cut().has_value()) {
    through = std::min(through, queue_.front().batch->cut()->new_end);
  }
  recent_.DropAbove(through);
  durable_floor_ = written_floor_;
  if (std::exchange(durable_, through) != through) listener_.OnDurable(through);
  for (DiskDone& waiter : flown.waiters) {
    if (!closed_) waiter(absl::OkStatus());
  }
  busy_ = false;
  turn_.reset();
  if (closed_) return;
  RemoveDeadFiles();
  Pump();
  PrepareNextFile();
  Rest();
}

// --- a new file ----------------------------------------------------------------------------------------------

// What the log's last record is before the queue's records.
Sequence Core::NextEnd() const {
  const bool has_cut = !queue_.empty() && queue_.front().batch->cut().has_value();
  return has_cut ? queue_.front().batch->cut()->new_end : written_last_;
}

// Nothing is flying: all of the old file up to void_from_ is synced, and nothing behind it counts. A cut that waits is
// carried out by the new file: it begins below the end of the old one. That is how records that replace others from
// before the last file's begin always get a file of their own, whose head tells what holds before them.
void Core::Rotate(Room room) {
  const uint64_t now = table_.back().segment_bytes;
  const uint64_t bytes = room == Room::kSpare   ? BytesOfSpare()
                         : room == Room::kLeast ? 0
                                                : NextSegmentBytes(*queue_.front().batch);
  least_tried_ = room == Room::kLeast;
  if (options_.first_segment_bytes != 0 && bytes > now && bytes > spare_bytes_) {
    // The head-room grows first: a crash may come in between.
    busy_ = rotation_wants_spare_ = true;
    if (!making_spare_) MakeSpareOf(bytes);
    return;
  }
  MakeNextFile(NextEnd().Next(), written_floor_, bytes, room, Then(&Core::OnRotated));
}

// No file that is made of it takes more.
uint64_t Core::BytesOfSpare() const {
  if (options_.first_segment_bytes != 0) return table_.back().segment_bytes;
  return std::min(AlignDown(spare_bytes_, kSegmentAlignment), options_.segment_bytes);
}

// Where files grow: twice the last file's, no less than the first one's, and enough for the batch that comes first.
uint64_t Core::NextSegmentBytes(const Batch& first) const {
  if (options_.first_segment_bytes == 0) return options_.segment_bytes;
  const uint64_t twice = std::max(2 * table_.back().segment_bytes, options_.first_segment_bytes);
  const uint64_t usual = std::min(twice, options_.segment_bytes);
  const uint64_t least = SmallestSegment(options_.max_head_note_bytes, first.frame_bytes(), options_.block_bytes);
  return std::max(usual, least);
}

SegmentPlan Core::PlanOfNext(uint64_t segment_bytes) const {
  SegmentPlan plan;
  plan.directory = options_.directory;
  plan.file_id = table_.back().file_id + 1;
  plan.segment_bytes = segment_bytes;
  plan.block_bytes = options_.block_bytes;
  plan.direct = options_.direct;
  return plan;
}

// Of segment_bytes, or what Room::kLeast says if that is more.
void Core::MakeNextFile(Sequence base, Sequence floor, uint64_t segment_bytes, Room room, SegmentMade made) {
  CHECK(!flying_placed_);
  busy_ = true;
  room_ = room;
  rotating_to_ = FileHeader();
  rotating_to_.store_id = options_.store_id;
  rotating_to_.log_id = options_.log_id;
  rotating_to_.file_id = table_.back().file_id + 1;
  rotating_to_.block_bytes = options_.block_bytes;
  rotating_to_.max_record_bytes = options_.max_record_bytes;
  rotating_to_.base = base;
  rotating_to_.previous_end = void_from_;
  rotating_to_.first = floor;
  rotating_to_.note = listener_.HeadNote(base);
  CHECK_LE(rotating_to_.note.size(), options_.max_head_note_bytes) << "head note of " << options_.directory;
  rotating_to_.segment_bytes =
      std::max(segment_bytes, SmallestSegment(rotating_to_.note.size(), 0, options_.block_bytes));
  SegmentPlan plan = PlanOfNext(rotating_to_.segment_bytes);
  plan.from_spare = room == Room::kSpare;
  EncodeHeader(rotating_to_, plan.content);
  ahead_->Make(std::move(plan), std::move(made));
}

// The file of rotating_to_ is durable: batches go there from now on.
void Core::TakeNextFile(std::shared_ptr<File> file) {
  file_ = std::move(file);
  open_.Used();
  next_offset_ = void_from_ = rotating_to_.header_bytes;
  table_.Add(rotating_to_);
  env_.tracer.Emit({.kind = TraceKind::kRotated,
                    .partition = PartitionId(options_.log_id),
                    .args = {rotating_to_.file_id, rotating_to_.base.value(), 0, 0}});
}

// No file handle is free, or no memory, and nothing was made. What is under way stays so until then.
void Core::TryAgainLater() {
  env_.executor.ScheduleAfter(options_.full_retry, [weak = weak_from_this()] {
    auto self = weak.lock();
    if (self == nullptr || self->closed_) return;
    self->busy_ = false;
    self->Pump();
  });
}

// Files that still grow are small, and soon made.
bool Core::MayPrepareNext() const {
  if (!options_.prepare_ahead || full_ || poisoned() || restart_.has_value()) return false;
  return options_.first_segment_bytes == 0 || table_.back().segment_bytes == options_.segment_bytes;
}

// Half of the file is left: time enough to write the next one's zeros.
void Core::PrepareNextFile() {
  if (!MayPrepareNext() || next_offset_ < table_.back().segment_bytes / 2) return;
  ahead_->MayPrepare(PlanOfNext(options_.segment_bytes));
}

void Core::OnRotated(absl::StatusOr<std::shared_ptr<File>> file) {
  if (ahead_->used_spare()) SpareIsGone();
  if (KindOf(file.status()) == ErrorKind::kDiskFull) {
    busy_ = false;
    SetFull(true);
    WaitForSpace();
    return Pump();
  }
  if (absl::IsResourceExhausted(file.status())) return TryAgainLater();
  if (!file.ok()) return Poison(file.status());
  TakeNextFile(*std::move(file));
  if (!restart_.has_value()) {
    written_last_ = rotating_to_.base.Prev();
    Batch* const front = queue_.empty() ? nullptr : queue_.front().batch.get();
    if (front != nullptr && front->cut().has_value()) {
      table_.CutTo(front->cut()->new_end);
      if (front->cut()->new_end == written_last_) front->TakeCut();
    }
    // Not while the log starts again: the table does not say yet where its records will be.
    LetGoOfSealed(table_, options_.log_id, options_.max_known_records, env_.tracer, index_);
  }
  // A file of a log that is forgotten meanwhile means nothing to the owner: it asked for another one.
  if (!restart_.has_value()) listener_.OnRotated(rotating_to_.file_id, rotating_to_.base);
  busy_ = false;
  StopWaitingForSpace();
  if (room_ != Room::kLeast) SetFull(false);  // records may still find none
  MakeSpareIfMissing();
  Pump();
  Rest();
}

// --- a full disk -----------------------------------------------------------------------------------------------

void Core::SetFull(bool full) {
  if (std::exchange(full_, full) == full) return;
  env_.tracer.Emit({.kind = full ? TraceKind::kFull : TraceKind::kSpaceAgain,
                    .partition = PartitionId(options_.log_id),
                    .args = {}});
  listener_.OnFull(full);
  if (!full && !closed_) MakeSpareIfMissing();
}

void Core::WaitForSpace() {
  waiting_for_space_ = true;
  turn_.reset();
  if (retry_timer_ != 0) return;
  retry_timer_ = env_.executor.ScheduleAfter(options_.full_retry, [weak = weak_from_this()] {
    auto self = weak.lock();
    if (self == nullptr) return;
    self->retry_timer_ = 0;
    self->waiting_for_space_ = false;
    self->Pump();
  });
}

void Core::StopWaitingForSpace() {
  waiting_for_space_ = false;
  if (retry_timer_ != 0) env_.executor.Cancel(std::exchange(retry_timer_, 0));
}

void Core::RetryNow() {
  if (!waiting_for_space_) return;
  StopWaitingForSpace();
  Schedule();
}

// --- the end -----------------------------------------------------------------------------------------------------

void Core::Poison(const absl::Status& why) {
  poison_ = Annotate(why, absl::StrCat("aof ", options_.directory));
  busy_ = false;
  turn_.reset();
  env_.tracer.Emit({.kind = TraceKind::kPoisoned,
                    .partition = PartitionId(options_.log_id),
                    .args = {static_cast<uint64_t>(KindOf(why)), 0, 0, 0}});
  std::vector<DiskDone> waiters = std::move(flying_.waiters);
  for (Queued& queued : queue_) {
    for (DiskDone& waiter : queued.waiters) waiters.push_back(std::move(waiter));
    queued.waiters.clear();
  }
  if (restart_.has_value()) {
    std::move(restart_->waiters.begin(), restart_->waiters.end(), std::back_inserter(waiters));
    std::move(restart_->done.begin(), restart_->done.end(), std::back_inserter(waiters));
  }
  restart_.reset();
  for (Truncation& truncation : std::exchange(truncations_, {})) waiters.push_back(std::move(truncation.done));
  listener_.OnFailed(poison_);
  for (DiskDone& waiter : waiters) {
    if (!closed_) waiter(Accept(0));
  }
}

void Core::Close() {
  closed_ = true;
  StopWaitingForSpace();
  if (flush_timer_ != 0) env_.executor.Cancel(std::exchange(flush_timer_, 0));
}

}  // namespace tidemark::aof
