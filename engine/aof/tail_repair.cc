#include "engine/aof/tail_repair.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/aof/file_scan.h"
#include "engine/aof/segment_maker.h"
#include "engine/aof/transfer.h"
#include "engine/base/status.h"

namespace tidemark::aof {
namespace {

class Repair : public std::enable_shared_from_this<Repair> {
 public:
  Repair(const Env& env, std::weak_ptr<void> alive, const Options& options, const Tail& tail, LogState& state,
         absl::AnyInvocable<std::string(Sequence)> head_note, absl::AnyInvocable<void(absl::StatusOr<Repaired>)> done)
      : env_(env),
        alive_(std::move(alive)),
        options_(options),
        tail_(tail),
        state_(state),
        head_note_(std::move(head_note)),
        done_(std::move(done)),
        cut_to_(tail.promised_sequence) {}

  // Reads the unproven batches again and collects what is live of them.
  void Start() {
    if (tail_.promised_offset == tail_.end) return Write();
    auto scanner = std::make_shared<Scanner>(
        tail_.header, Scanner::Range{.from = tail_.promised_offset, .limit = tail_.end, .sealed = true},
        tail_.promised_sequence, tail_.header.first);
    auto collect = [self = shared_from_this()](const BatchView& batch) {
      self->Collect(batch);
      return true;
    };
    ScanFile(state_.file, scanner, tail_.end, collect, [self = shared_from_this()](absl::Status status) {
      if (self->alive_.expired()) return;
      if (KindOf(status) == ErrorKind::kCorruption) status = Unsteady(status);
      if (!status.ok()) return self->Finish(Annotate(status, "reading the unproven tail again"));
      self->Write();
    });
  }

 private:
  // It was sound a moment ago, perhaps in the page cache only: after a failed sync the kernel may drop pages that it
  // calls clean. What the next opening reads is what the device has.
  static absl::Status Unsteady(const absl::Status& status) {
    return MakeError(ErrorKind::kIoError, absl::StrCat("it read differently twice; open again: ", status.message()));
  }

  void Collect(const BatchView& unproven) {
    if (unproven.cut.has_value()) {
      // The copy of an opening that came so far: it has all of what was unproven, notes too.
      if (unproven.cut->void_from <= tail_.promised_offset) {
        copy_.Clear();
        repaired_.notes = 0;
      }
      copy_.DropRecordsAbove(unproven.cut->new_end);
      cut_to_ = std::min(cut_to_, unproven.cut->new_end);
    }
    unproven.ForEachFrame([this](const FrameView& frame) {
      if (frame.type == FrameType::kNote) {
        copy_.AddNote(frame.sequence, frame.payload);
        ++repaired_.notes;
        return;
      }
      const ByteSpan parts[] = {frame.payload};
      places_.resize(copy_.records());
      places_.push_back(
          {.offset = copy_.AddRecord(frame.sequence, parts), .length = static_cast<uint32_t>(frame.payload.size())});
    });
  }

  void Write() {
    places_.resize(copy_.records());
    repaired_.records = copy_.records();
    const FileHeader& header = tail_.header;
    const uint64_t at = std::max(tail_.end, AlignUp(tail_.junk_end, header.block_bytes));
    const uint64_t reserved = copy_.has_frames() ? kReservedBlocks * header.block_bytes : 0;
    const uint64_t end = at + BatchBytes(kCutFrameBytes + copy_.frame_bytes(), header.block_bytes);
    const bool below_file = copy_.has_frames() && cut_to_.Next() < header.base;
    if (end + reserved > header.segment_bytes || below_file) return WriteToNewFile();
    Place(header, at, /*void_from=*/tail_.promised_offset, /*promised_offset=*/tail_.promised_offset,
          tail_.promised_sequence);
    WriteAll(*state_.file, copy_.offset(), copy_.bytes(), [self = shared_from_this()](absl::Status status) {
      if (self->alive_.expired()) return;
      if (!status.ok()) return self->Finish(Annotate(status, "writing the unproven tail again"));
      self->Sync();
    });
  }

  void Sync() {
    state_.file->SyncData([self = shared_from_this()](absl::Status status) {
      if (self->alive_.expired()) return;
      if (!status.ok()) return self->Finish(Annotate(status, "syncing the unproven tail"));
      self->MoveOn();
    });
  }

  // No room, or the copy replaces records from before the file's begin: a new file whose header says that the old one
  // ends at the promise, and by its base, which of its records count. The copy is in it before it gets its name, so
  // that here too the old batches count, or the copy does.
  void WriteToNewFile() {
    const FileHeader& old = tail_.header;
    header_.store_id = old.store_id;
    header_.log_id = old.log_id;
    header_.file_id = old.file_id + 1;
    header_.block_bytes = options_.block_bytes;
    header_.max_record_bytes = std::max(options_.max_record_bytes, old.max_record_bytes);
    header_.base = cut_to_.Next();
    header_.previous_end = tail_.promised_offset;
    header_.first = std::min(state_.floor, header_.base);
    header_.note = head_note_(header_.base);
    // Where files grow, the spare is as large as the old file, not more.
    SetBytes(options_.first_segment_bytes != 0 ? old.segment_bytes : options_.segment_bytes);
    const uint64_t at = HeaderBytes(header_.note.size(), header_.block_bytes);
    const bool says_something = copy_.has_frames() || cut_to_ != tail_.promised_sequence ||
                                state_.floor != header_.first;
    if (says_something) Place(header_, at, /*void_from=*/at, /*promised_offset=*/at, header_.base.Prev());
    MakeFile(/*from_spare=*/false);
  }

  void SetBytes(uint64_t usual) {
    header_.segment_bytes =
        std::max(usual, SmallestSegment(header_.note.size(), copy_.frame_bytes(), header_.block_bytes));
  }

  void MakeFile(bool from_spare) {
    // It may be of smaller files than are made now, and no more can be had.
    if (from_spare && state_.spare_bytes != 0) {
      SetBytes(std::min(options_.segment_bytes, AlignDown(state_.spare_bytes, kSegmentAlignment)));
    }
    SegmentPlan plan;
    plan.directory = options_.directory;
    plan.file_id = header_.file_id;
    plan.segment_bytes = header_.segment_bytes;
    plan.block_bytes = header_.block_bytes;
    plan.direct = options_.direct;
    plan.from_spare = from_spare;
    EncodeHeader(header_, plan.content);
    if (copy_.placed()) plan.content.Append(copy_.bytes());
    auto made = [self = shared_from_this(), from_spare](absl::StatusOr<std::shared_ptr<File>> file) {
      self->OnFileMade(from_spare, std::move(file));
    };
    MakeSegment(env_.disk, alive_, std::move(plan), std::move(made));
  }

  void OnFileMade(bool from_spare, absl::StatusOr<std::shared_ptr<File>> file) {
    if (from_spare) state_.has_spare = false;
    const bool full = KindOf(file.status()) == ErrorKind::kDiskFull;
    if (full && state_.has_spare) return MakeFile(/*from_spare=*/true);
    // The smallest file may just fit the disk.
    if (full && !std::exchange(least_tried_, true)) {
      SetBytes(0);
      return MakeFile(/*from_spare=*/false);
    }
    if (!file.ok()) return Finish(file.status());
    state_.file = *std::move(file);
    state_.table.Add(header_);
    state_.next_offset = header_.header_bytes;
    repaired_.new_file_id = header_.file_id;
    repaired_.used_spare = from_spare;
    MoveOn();
  }

  void Place(const FileHeader& header, uint64_t at, uint64_t void_from, uint64_t promised_offset,
             Sequence promised_sequence) {
    copy_.SetCut({.new_end = cut_to_, .void_from = void_from});
    moved_ = copy_.Place({.salt = FrameSalt(header.store_id, header.log_id, header.file_id),
                          .offset = at,
                          .block_bytes = header.block_bytes,
                          .promised_offset = promised_offset,
                          .promised_sequence = promised_sequence,
                          .last = state_.last,
                          .first = state_.floor});
  }

  // The copy is durable: it is what counts now.
  void MoveOn() {
    state_.table.CutTo(cut_to_);
    state_.index.CutTo(std::max(cut_to_, state_.floor.Prev()));
    state_.skipped_to = std::min(state_.skipped_to, cut_to_);
    for (size_t i = 0; i < places_.size(); ++i) {
      const Sequence sequence = cut_to_.Plus(1 + i);
      if (sequence >= state_.floor) state_.index.Add(sequence, moved_ + places_[i].offset, places_[i].length);
    }
    CHECK_EQ(state_.index.last(), state_.last);
    if (copy_.placed()) state_.next_offset = copy_.offset() + copy_.bytes().size();
    if (!copy_.placed()) return Finish(absl::OkStatus());
    Seal();
  }

  // Where there is no room (a cut in the reserved blocks), the next opening writes the copy again.
  void Seal() {
    const FileGeometry& geometry = state_.table.back().geometry;
    if (state_.next_offset + BatchBytes(0, geometry.block_bytes) > geometry.limit) return Finish(absl::OkStatus());
    seal_.Place({.salt = geometry.salt,
                 .offset = state_.next_offset,
                 .block_bytes = geometry.block_bytes,
                 .promised_offset = state_.next_offset,
                 .promised_sequence = state_.last,
                 .last = state_.last,
                 .first = state_.floor});
    WriteAll(*state_.file, seal_.offset(), seal_.bytes(), [self = shared_from_this()](absl::Status status) {
      if (self->alive_.expired()) return;
      if (!status.ok()) return self->Finish(Annotate(status, "writing that the tail is proven"));
      self->SyncSeal();
    });
  }

  void SyncSeal() {
    state_.file->SyncData([self = shared_from_this()](absl::Status status) {
      if (self->alive_.expired()) return;
      self->state_.next_offset += self->seal_.bytes().size();
      self->Finish(Annotate(status, "syncing that the tail is proven"));
    });
  }

  void Finish(const absl::Status& status) {
    if (!status.ok()) return done_(status);
    state_.void_from = state_.next_offset;
    done_(repaired_);
  }

  const Env& env_;
  std::weak_ptr<void> alive_;
  const Options& options_;
  const Tail tail_;
  LogState& state_;
  absl::AnyInvocable<std::string(Sequence)> head_note_;
  absl::AnyInvocable<void(absl::StatusOr<Repaired>)> done_;
  Batch copy_;
  Batch seal_;
  std::vector<RecordIndex::Entry> places_;  // of the copied records, from cut_to_ + 1 on
  Sequence cut_to_;                         // the lowest end that the log had within the tail
  uint64_t moved_ = 0;                      // from places_ to file offsets
  FileHeader header_;                       // of a new file
  bool least_tried_ = false;
  Repaired repaired_;
};

}  // namespace

void RepairTail(const Env& env, std::weak_ptr<void> alive, const Options& options, const Tail& tail, LogState& state,
                absl::AnyInvocable<std::string(Sequence)> head_note,
                absl::AnyInvocable<void(absl::StatusOr<Repaired>)> done) {
  std::make_shared<Repair>(env, std::move(alive), options, tail, state, std::move(head_note), std::move(done))->Start();
}

}  // namespace tidemark::aof
