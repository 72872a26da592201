#pragma once

// The running Aof. One chain of device operations at a time (`busy_`): write a batch, sync it; or make a
// segment file. Whatever is accepted meanwhile gathers in the queue.
//
//   core.cc           what the owner calls: append, note, cut, flush
//   core_write.cc     the chain: place, write, sync, rotate; full disk; poison
//   core_truncate.cc  prefix truncation: floor first, then files; the spare
//   core_restart.cc   starting again at a later record, with nothing
//   core_read.cc      reads, from memory or disk; the places of records in sealed files, found again and let go
//
// Three histories of the log's end are kept apart: what the owner sees (index_.last()), what the placed batches
// say (written_last_), and what is synced (durable_).

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/types/optional.h"
#include "engine/aof/aof.h"
#include "engine/aof/batch.h"
#include "engine/aof/batch_pool.h"
#include "engine/aof/log_state.h"
#include "engine/aof/open_files.h"
#include "engine/aof/recent_batches.h"
#include "engine/aof/sealed_index.h"
#include "engine/aof/segment_ahead.h"
#include "engine/aof/segment_maker.h"
#include "engine/aof/turns.h"
#include "engine/base/prefetch.h"

namespace tidemark::aof {

class alignas(kCacheLineBytes) Core : public std::enable_shared_from_this<Core>, private OpenFiles::Owner {
 public:
  Core(const Env& env, Options options, Listener& listener, LogState state);
  ~Core() override = default;
  // Once, after construction.
  void Start();
  // The owner is gone: nothing more is started or told.
  void Close();

  absl::StatusOr<Sequence> Append(absl::Span<const ByteSpan> parts);
  absl::StatusOr<Sequence> AppendAll(const NewRecords& records);
  absl::Status AppendNote(ByteSpan note);
  absl::Status TruncateSuffix(Sequence new_end);
  void TruncatePrefix(Sequence new_first, DiskDone done);
  void Restart(Sequence base, DiskDone done);
  void WriteNow();
  void Flush(DiskDone done);
  void RetryNow();
  void ReadRange(Sequence from, uint64_t max_records, uint64_t max_bytes, ReadRangeDone done);
  bool FindInMemory(Sequence sequence, ByteSpan* payload) const;
  void PinMemory() { recent_.Pin(); }
  void UnpinMemory() { recent_.Unpin(); }
  void ReleaseMemory(Sequence first) { recent_.DropBelow(first); }
  // As in Aof, counted from this.
  void Prefetch(int steps) const;
  void CheckSkipped(DiskDone done) { CheckSkippedFrom(first(), std::move(done)); }

  Sequence DamagedThrough(Sequence sequence) const;

  Sequence first() const { return index_.first(); }
  Sequence appended() const { return index_.last(); }
  Sequence durable() const { return durable_; }
  bool poisoned() const { return !poison_.ok(); }
  bool full() const { return full_; }
  uint64_t pending_bytes() const;
  uint64_t file_bytes() const { return table_.total_bytes(); }

 private:
  // A batch in the queue, and who waits for it to be durable.
  struct Queued {
    std::shared_ptr<Batch> batch;
    std::vector<DiskDone> waiters;
  };
  // Of one batch, nearly always.
  using Queue = absl::InlinedVector<Queued, 1>;
  // Records of one call that go to one batch.
  struct Run {
    size_t end;      // the first one that does not
    uint64_t bytes;  // of their frames
  };
  struct Truncation {
    Sequence floor;
    DiskDone done;
  };

  // How a new file gets its space.
  enum class Room {
    kUsual,
    kSpare,  // it is the spare
    kLeast,  // no more than its head takes, and what has no frames
  };

  // Everything is forgotten, and the file that says so is not there yet.
  struct Restarting {
    Sequence base;
    uint64_t asked = 0;             // so many times
    uint64_t making = 0;            // of those, as many as the file under way knows of
    std::vector<DiskDone> waiters;  // for what was accepted before
    std::vector<DiskDone> done;
  };

  template <typename Result>
  absl::AnyInvocable<void(Result)> Then(void (Core::*step)(Result)) {
    return [weak = weak_from_this(), step](Result result) {
      if (auto self = weak.lock(); self != nullptr && !self->closed_) (self.get()->*step)(std::move(result));
    };
  }

  // core.cc
  absl::Status Accept(uint64_t payload_bytes) const;
  bool HasRoom(const Batch& batch, uint64_t frame_bytes) const;
  Batch& BatchFor(uint64_t frame_bytes);
  Run RunFor(const Batch& batch, const NewRecords& records, size_t from, uint64_t left) const;
  void Gathering(uint64_t frame_bytes);
  void Gathered();
  std::vector<DiskDone> DropQueuedAbove(Sequence new_end);
  void CompleteLater(DiskDone done, absl::Status status);

  // core_write.cc
  void Schedule();
  void ArmFlushTimer();
  void RequestTurn();
  void Pump();
  bool FloorPending() const { return index_.first() > written_floor_; }
  bool ControlPending() const { return FloorPending() || (!queue_.empty() && queue_.front().batch->cut().has_value()); }
  // Something is, whatever the time. If not, the flush timer tells when.
  bool DueAtOnce() const;
  bool Due() const;
  bool Fits(const Batch& batch) const;
  Queued NewBatch();
  void PlaceFront();
  void PlaceControl();
  void Write();
  void OpenAgain();
  void OnOpenedAgain(absl::StatusOr<std::unique_ptr<File>> file);
  void Rest();
  bool CloseFiles() override;
  void OnSynced(absl::Status status);
  Sequence NextEnd() const;
  void Rotate(Room room);
  uint64_t BytesOfSpare() const;
  uint64_t NextSegmentBytes(const Batch& first) const;
  bool MayTryLeast() const { return !has_spare_ && !making_spare_ && !least_tried_; }
  void MakeNextFile(Sequence base, Sequence floor, uint64_t segment_bytes, Room room, SegmentMade made);
  void TakeNextFile(std::shared_ptr<File> file);
  void OnRotated(absl::StatusOr<std::shared_ptr<File>> file);
  void TryAgainLater();
  SegmentPlan PlanOfNext(uint64_t segment_bytes) const;
  bool MayPrepareNext() const;
  void PrepareNextFile();
  void SetFull(bool full);
  void WaitForSpace();
  void StopWaitingForSpace();
  void Poison(const absl::Status& why);

  // core_truncate.cc
  void RemoveDeadFiles();
  void RemoveNext();
  void RemoveFile();
  bool MayReuse(const Segment& dead) const;
  void OnReused(absl::Status status);
  void OnRemoved(absl::Status status);
  void OnRemovalsSynced(absl::Status status);
  void FinishTruncations(absl::Status status);
  void MakeSpareIfMissing();
  void MakeSpareOf(uint64_t bytes);
  void SpareIsGone() {
    has_spare_ = false;
    spare_bytes_ = 0;
  }
  void OnSpareMade(absl::Status status);

  // core_restart.cc
  void PumpRestart();
  void MakeRestartFile(Room room);
  void DropBlocked();
  void OnRestartFileMade(absl::StatusOr<std::shared_ptr<File>> file);

  // core_read.cc
  const Batch* InMemory(Sequence sequence) const;
  bool IsInFile(Sequence sequence, uint64_t file_id) const;
  uint64_t BeginRead();
  void VoidReadsAbove(Sequence new_end);
  void EndRead(uint64_t read, Sequence from, uint64_t max_records, uint64_t max_bytes, ReadRangeDone done,
               absl::StatusOr<std::vector<Record>> result);
  void EndReadLater(Sequence from, uint64_t max_records, uint64_t max_bytes, ReadRangeDone done,
                    absl::StatusOr<std::vector<Record>> result);
  void ReadMemory(Sequence from, Sequence end, uint64_t max_bytes, ReadRangeDone done);
  void ReadFile(const Segment& segment, const RecordIndex& places, Sequence from, Sequence end, uint64_t max_bytes,
                ReadRangeDone done);
  absl::Status NotThere(Sequence sequence) const;
  absl::Status NotInItsFile(Sequence sequence, const Segment& segment, const RecordIndex& places) const;
  void Load(const Segment& segment, Sequence from, absl::AnyInvocable<void(absl::Status)> loaded);
  void CheckSkippedFrom(Sequence next, DiskDone done);

  // --- what an append looks at, side by side: a thousand logs that take turns do not fit the processor's caches ---
  absl::Status poison_;
  bool closed_ = false;
  bool busy_ = false;               // a chain of device operations is under way
  bool full_ = false;               // the last attempt to get space failed
  bool waiting_for_space_ = false;  // until the retry timer or RetryNow
  bool scheduled_ = false;          // a task that pumps is posted
  bool write_now_ = false;          // what is queued is due
  bool turn_requested_ = false;
  bool urgent_turn_requested_ = false;
  const uint32_t max_record_bytes_;  // these four as in options_
  const uint32_t max_batch_bytes_;
  const uint64_t flush_bytes_;
  const Duration flush_delay_;
  uint64_t queued_bytes_ = 0;
  Instant oldest_;  // when the oldest queued frame came
  Executor::TimerId flush_timer_ = 0;
  Queue queue_;             // a cut can only be in the front one
  RecordIndex index_;       // first() is the floor that readers see, last() the last accepted record
  Sequence written_floor_;  // the floor that the placed batches tell

  // So many bytes from the begin of the object on.
  static constexpr size_t kAppendBytes = 3 * kCacheLineBytes;

  // --- all else ---
  const Env env_;
  const Options options_;
  Listener& listener_;

  SegmentTable table_;
  std::shared_ptr<RecordReader> reader_;
  // Of the records that index_ has no places of. Invariant: a segment file's are all in one of the two, or none is.
  std::shared_ptr<SealedIndex> sealed_;
  const uint64_t last_skipped_file_;  // the last one that opening left unread; 0: none
  uint64_t next_read_ = 1;
  absl::btree_map<uint64_t, Sequence> reads_;  // under way: no record up to here was voided since it began

  absl::optional<Turns::Turn> turn_;
  BatchPool pool_;
  RecentBatches recent_;  // Invariant: all that it keeps is durable.

  bool write_blocked_ = false;  // what waits for space is the flying batch itself
  Executor::TimerId retry_timer_ = 0;
  Queued flying_;  // if flying_placed_: being written and synced; its records count as accepted only
  bool flying_placed_ = false;
  FileHeader rotating_to_;
  Room room_ = Room::kUsual;  // of rotating_to_
  bool least_tried_ = false;  // since the last attempt at a usual file
  const std::shared_ptr<SegmentAhead> ahead_;

  Sequence written_last_;     // the last live record as the placed batches tell it
  Sequence durable_;          // Invariant: first() - 1 <= durable_ <= appended()
  Sequence durable_floor_;    // Invariant: durable_floor_ <= written_floor_ <= first()
  uint64_t next_offset_ = 0;  // where the next batch goes
  // All below is synced unless a batch is flying. From here to next_offset_ opening found a seal that may not be: the
  // next batch makes it void. Invariant: void_from_ <= next_offset_.
  uint64_t void_from_ = 0;

  // While set, nothing is placed: the queue waits for the new file, whose first record is its base. written_last_ is
  // base - 1 already.
  absl::optional<Restarting> restart_;

  std::vector<Truncation> truncations_;  // not yet done
  bool removing_ = false;
  uint64_t being_removed_ = 0;
  absl::Status removal_;             // the first error of the removals under way
  std::vector<uint64_t> to_remove_;  // files that an earlier truncation could not remove; from the back
  std::vector<uint64_t> unremoved_;  // likewise, for the next truncation. None of these is in table_.
  bool has_spare_ = false;
  // What it has at least. Invariant, where files grow: with a spare, spare_bytes_ >= table_.back().segment_bytes.
  uint64_t spare_bytes_ = 0;
  bool making_spare_ = false;
  uint64_t wanted_spare_bytes_ = 0;  // by the one that is being made
  // A rotation waits for a spare as large as the file that it will make.
  bool rotation_wants_spare_ = false;

  // The last segment file; null while it is closed. Gone before the buffers that a write may still need.
  std::shared_ptr<File> file_;
  OpenFiles::Place open_;  // last
};

}  // namespace tidemark::aof
