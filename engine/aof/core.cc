#include "engine/aof/core.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "engine/aof/let_go.h"
#include "engine/base/status.h"

namespace tidemark::aof {

Core::Core(const Env& env, Options options, Listener& listener, LogState state)
    : max_record_bytes_(options.max_record_bytes),
      max_batch_bytes_(options.max_batch_bytes),
      flush_bytes_(options.flush_bytes),
      flush_delay_(options.flush_delay),
      index_(std::move(state.index)),
      written_floor_(state.floor),
      env_(env),
      options_(std::move(options)),
      listener_(listener),
      table_(std::move(state.table)),
      reader_(std::make_shared<RecordReader>(env_.disk, options_.directory, options_.direct)),
      sealed_(std::make_shared<SealedIndex>(env_, options_)),
      last_skipped_file_(state.skipped_to >= state.floor ? table_.Holding(state.skipped_to).file_id : 0),
      pool_(options_.recent_bytes + 2 * (options_.max_batch_bytes + 2 * uint64_t{options_.block_bytes})),
      recent_(options_.recent_bytes, pool_),
      ahead_(std::make_shared<SegmentAhead>(env_.disk, options_.turns, /*keep_open=*/options_.open_files == nullptr)),
      written_last_(state.last),
      durable_(state.last),
      durable_floor_(state.floor),
      next_offset_(state.next_offset),
      void_from_(state.void_from),
      has_spare_(state.has_spare),
      spare_bytes_(!state.has_spare                    ? 0
                   : options_.first_segment_bytes != 0 ? table_.back().segment_bytes
                                                       : state.spare_bytes),
      file_(std::move(state.file)),
      open_(options_.open_files, *this) {
  CHECK_EQ(index_.first(), state.floor);
  CHECK_EQ(index_.last(), state.last);
  CHECK_LE(void_from_, next_offset_);
}

void Core::Start() {
  open_.Used();
  LetGoOfSealed(table_, options_.log_id, options_.max_known_records, env_.tracer, index_);
  MakeSpareIfMissing();
}

// --- accepting -----------------------------------------------------------------------------------------

absl::Status Core::Accept(uint64_t payload_bytes) const {
  if (poisoned()) {
    return MakeError(ErrorKind::kPoisoned,
                     absl::StrCat("aof ", options_.directory, " is poisoned, reopen it: ", poison_.message()));
  }
  if (full_) {
    return MakeError(ErrorKind::kDiskFull,
                     absl::StrCat("aof ", options_.directory, ": the disk is full; free space and try again"));
  }
  if (payload_bytes > max_record_bytes_) {
    return MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
                     absl::StrCat("aof ", options_.directory, ": payload of ", payload_bytes,
                                  " bytes is larger than max_record_bytes = ", options_.max_record_bytes));
  }
  return absl::OkStatus();
}

// For so many bytes of frames together. One without frames takes one frame of any size.
bool Core::HasRoom(const Batch& batch, uint64_t frame_bytes) const {
  return !batch.has_frames() || batch.frame_bytes() + frame_bytes <= max_batch_bytes_;
}

// The batch that the next frame goes to: the last one while it has room.
Batch& Core::BatchFor(uint64_t frame_bytes) {
  if (queue_.empty() || !HasRoom(*queue_.back().batch, frame_bytes)) queue_.push_back(NewBatch());
  return *queue_.back().batch;
}

absl::StatusOr<Sequence> Core::Append(absl::Span<const ByteSpan> parts) {
  uint64_t bytes = 0;
  for (ByteSpan part : parts) bytes += part.size();
  RETURN_IF_ERROR(Accept(bytes));
  const Sequence sequence = appended().Next();
  Gathering(FrameBytes(bytes));
  const uint64_t at = BatchFor(FrameBytes(bytes)).AddRecord(sequence, parts);
  index_.Add(sequence, at, static_cast<uint32_t>(bytes));
  Gathered();
  return sequence;
}

void Core::Prefetch(int steps) const {
  if (steps == 0) return tidemark::Prefetch(this, kAppendBytes);
  if (steps == 1) index_.PrefetchEnd();
  if (queue_.empty()) return;
  const Batch& last = *queue_.back().batch;
  steps == 1 ? tidemark::Prefetch(&last) : last.PrefetchEnd();
}

absl::StatusOr<Sequence> Core::AppendAll(const NewRecords& records) {
  CHECK_GT(records.size(), 0u);
  uint64_t longest = 0;
  uint64_t frame_bytes = 0;
  for (size_t i = 0; i < records.size(); ++i) {
    longest = std::max(longest, records.LengthOf(i));
    frame_bytes += FrameBytes(records.LengthOf(i));
  }
  RETURN_IF_ERROR(Accept(longest));
  const Sequence first = appended().Next();
  Gathering(frame_bytes);
  for (size_t from = 0; from < records.size();) {
    Batch& batch = BatchFor(FrameBytes(records.LengthOf(from)));
    const Run run = RunFor(batch, records, from, frame_bytes);
    index_.AddAll(first.Plus(from), batch.end(), records, from, run.end);
    batch.AddRecords(first.Plus(from), records, from, run.end, run.bytes);
    frame_bytes -= run.bytes;
    from = run.end;
  }
  Gathered();
  return first;
}

// The records from `from` on, whose frames have `left` bytes together, as far as `batch` has room: the first one
// always.
Core::Run Core::RunFor(const Batch& batch, const NewRecords& records, size_t from, uint64_t left) const {
  const uint64_t before = batch.frame_bytes();
  if (before + left <= max_batch_bytes_) return {records.size(), left};
  Run run{from + 1, FrameBytes(records.LengthOf(from))};
  for (; run.end < records.size(); ++run.end) {
    const uint64_t more = FrameBytes(records.LengthOf(run.end));
    if (before + run.bytes + more > max_batch_bytes_) break;
    run.bytes += more;
  }
  return run;
}

absl::Status Core::AppendNote(ByteSpan note) {
  RETURN_IF_ERROR(Accept(note.size()));
  Gathering(FrameBytes(note.size()));
  BatchFor(FrameBytes(note.size())).AddNote(appended(), note);
  Gathered();
  return absl::OkStatus();
}

// So many bytes are about to be added to the queue.
void Core::Gathering(uint64_t frame_bytes) {
  if (queued_bytes_ == 0) oldest_ = env_.clock.Now();
  queued_bytes_ += frame_bytes;
}

// Something was added to the queue: see that it is written in time.
void Core::Gathered() {
  if (busy_ || scheduled_ || waiting_for_space_) return;
  if (turn_requested_ && !write_now_ && queued_bytes_ < flush_bytes_) return;  // it goes along
  if (DueAtOnce()) return Schedule();
  ArmFlushTimer();
}

uint64_t Core::pending_bytes() const { return queued_bytes_ + (flying_placed_ ? flying_.batch->bytes().size() : 0); }

// --- taking back -----------------------------------------------------------------------------------------

absl::Status Core::TruncateSuffix(Sequence new_end) {
  if (poisoned()) return Accept(0);
  if (new_end.Next() < first() || new_end > appended()) {
    return MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
                     absl::StrCat("aof ", options_.directory, ": cannot cut to record ", new_end.value(), ": it holds ",
                                  first().value(), " to ", appended().value()));
  }
  if (new_end == appended()) return absl::OkStatus();
  std::vector<DiskDone> orphans = DropQueuedAbove(new_end);
  VoidReadsAbove(new_end);
  index_.CutTo(new_end);
  table_.CutTo(new_end);
  recent_.DropAbove(new_end);
  durable_ = std::min(durable_, new_end);
  // What the queue starts from, once its cut (if any) is applied.
  const bool has_cut = !queue_.empty() && queue_.front().batch->cut().has_value();
  const Sequence queue_start = has_cut ? queue_.front().batch->cut()->new_end : written_last_;
  if (new_end < queue_start) {
    if (queue_.empty()) queue_.push_back(NewBatch());
    queue_.front().batch->SetCut({.new_end = new_end, .void_from = Cut::kOwnStart});
    if (!busy_) Schedule();
  }
  // Who waited for what is void now waits for the cut that makes it void.
  for (DiskDone& orphan : orphans) Flush(std::move(orphan));
  return absl::OkStatus();
}

// Batches that become empty leave the queue; returns who waited for them.
std::vector<DiskDone> Core::DropQueuedAbove(Sequence new_end) {
  std::vector<DiskDone> orphans;
  Queue kept;
  queued_bytes_ = 0;
  for (Queued& queued : queue_) {
    queued.batch->DropRecordsAbove(new_end);
    if (!queued.batch->empty()) {
      queued_bytes_ += queued.batch->frame_bytes();
      kept.push_back(std::move(queued));
      continue;
    }
    std::move(queued.waiters.begin(), queued.waiters.end(), std::back_inserter(orphans));
  }
  queue_ = std::move(kept);
  if (queue_.empty()) write_now_ = false;
  return orphans;
}

// --- waiting ---------------------------------------------------------------------------------------------

void Core::Flush(DiskDone done) {
  if (poisoned()) return CompleteLater(std::move(done), Accept(0));
  if (queue_.empty() && restart_.has_value()) return restart_->waiters.push_back(std::move(done));
  if (queue_.empty() && !flying_placed_) return CompleteLater(std::move(done), absl::OkStatus());
  Queued& last = queue_.empty() ? flying_ : queue_.back();
  last.waiters.push_back(std::move(done));
  if (!busy_) Schedule();
}

void Core::WriteNow() {
  if (queue_.empty()) return;
  write_now_ = true;
  Gathered();
}

void Core::CompleteLater(DiskDone done, absl::Status status) {
  env_.executor.Post([weak = weak_from_this(), done = std::move(done), status = std::move(status)]() mutable {
    if (auto self = weak.lock(); self != nullptr && !self->closed_) done(status);
  });
}

}  // namespace tidemark::aof
