#pragma once

// The segmented log: every record of every partition in one total order, in one AOF whose sequence numbers
// are the raft indices. Partition files are filled from here; recovery trusts this and redoes the rest.
//
//   Append   encodes the record into the AOF's next batch; the raft index is the answer
//   (sync)   LogListener::OnLogDurable: acknowledged, forwarded, applied from then on
//   TruncatePrefix  removes what no partition needs any more, whole files at a time
//
// and for a replica that follows another one:
//
//   OverwriteFrom     replaces a suffix that was never committed
//   Pack, ApplyPack   copy a range in bulk
//   Compact           a snapshot stands for all up to an index, be that beyond the end
//   Verdicts          which records are here, which are damaged, which never were
//
// The head of each file repeats term, vote and roster, so that files before it may go. After a failed write or
// sync the log is poisoned; after a full disk only appends wait. Single-threaded; callbacks are tasks of the executor.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "engine/aof/aof.h"
#include "engine/aof/listener.h"
#include "engine/aof/options.h"
#include "engine/aof/report.h"
#include "engine/aof/store_id.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/ring.h"
#include "engine/env/disk.h"
#include "engine/env/env.h"
#include "engine/segmented_log/entry.h"
#include "engine/segmented_log/head_note.h"
#include "engine/segmented_log/log_listener.h"
#include "engine/segmented_log/roster_ahead.h"
#include "engine/segmented_log/term_history.h"
#include "engine/segmented_log/verdict_range.h"

namespace tidemark {

struct LogPack;

class SegmentedLog : private aof::Listener {
 public:
  struct Opened {
    std::unique_ptr<SegmentedLog> log;
    aof::OpenReport report;
  };
  using OpenDone = absl::AnyInvocable<void(absl::StatusOr<Opened>)>;
  using EntryDone = absl::AnyInvocable<void(absl::StatusOr<Entry>)>;
  using PackDone = absl::AnyInvocable<void(absl::StatusOr<std::string>)>;
  using EntriesDone = absl::AnyInvocable<void(absl::StatusOr<std::vector<Entry>>)>;
  using VerdictsDone = absl::AnyInvocable<void(absl::StatusOr<std::vector<VerdictRange>>)>;

  // `visitor` hears what the log holds and is not touched after `done` ran. `listener` lives until
  // SetListener names another. When `done` gets OK, all that was visited and not cut is durable.
  // Errors: those of aof::Aof::Open, and the visitor's.
  static void Open(const Env& env, const aof::Options& options, LogVisitor& visitor, LogListener& listener,
                   OpenDone done);
  ~SegmentedLog() override;
  void SetListener(LogListener& listener) { listener_ = &listener; }

  // Takes the next raft index. Volatile until OnLogDurable reaches it. `header.term` is not below the last one's.
  // kDiskFull: not taken, as long as full(). kPoisoned. kRefused: too large.
  absl::StatusOr<RaftIndex> Append(const EntryHeader& header, ByteSpan payload);
  // The same for records that follow each other in one partition, all or none: `first` is the first one's header. At
  // least one. Returns the first one's raft index; the others take those after it.
  absl::StatusOr<RaftIndex> AppendAll(const EntryHeader& first, absl::Span<const ByteSpan> payloads);
  // Voids the records from `index` on and appends these instead: at once for readers, durable with the
  // sync. A crash leaves the old suffix, or the new one as far as it was written, never a mixture. `index` is above
  // `committed` (CHECKed), at least first() and at most last() + 1; terms do not fall. Returns the last index. All or
  // nothing: kRefused saying which of these is broken or which entry is too large, kDiskFull, kPoisoned.
  absl::StatusOr<RaftIndex> OverwriteFrom(RaftIndex index, absl::Span<const NewEntry> entries, RaftIndex committed);
  // What was appended so far need not wait for flush_delay: the caller has nothing to add soon.
  void EndOfBatch() { aof_->WriteNow(); }
  // A record of the system partition: its next index there is the caller's to know.
  absl::StatusOr<RaftIndex> AppendControl(Term term, PartitionIndex index, RecordKind kind, ByteSpan payload,
                                          Promise promise = Promise::kAtDurable);

  // False: not in memory (Options::recent_bytes). `entry` is valid until the next call that is not a question; that of
  // a durable record, while pinned, until it is unpinned.
  bool FindInMemory(RaftIndex index, EntryView* entry) const;
  // Around a call to somebody who may append meanwhile. Nests.
  void PinMemory() { aof_->PinMemory(); }
  void UnpinMemory() { aof_->UnpinMemory(); }
  // kTruncated: below first() or above last(). kCorruption: it was there and is damaged now.
  void EntryAt(RaftIndex index, EntryDone done);
  // `from` and those after it: at least one, at most max_records, payload bytes not above max_bytes but for the first.
  // May be fewer.
  void Entries(RaftIndex from, uint64_t max_records, uint64_t max_bytes, EntriesDone done);
  // kTruncated for an index whose term is no longer known.
  absl::StatusOr<Term> TermAt(RaftIndex index) const;
  // The highest term seen in any record or head note.
  Term term() const { return terms_.current(); }

  // `done`: everything accepted before survives power loss.
  void Flush(DiskDone done) { aof_->Flush(std::move(done)); }
  // Voids all above `new_end`; at once for readers, durably after Flush.
  absl::Status TruncateSuffix(RaftIndex new_end);
  // Removes all below `new_first` (<= durable() + 1); `done`: durably so, and whole files are gone.
  void TruncatePrefix(RaftIndex new_first, DiskDone done);
  // A snapshot that stands for all records up to `through`, the last of them of term `term`, takes their place. Where
  // the log has that record, the ones after it stay (TruncatePrefix once it is durable). Else the log is of no use: all
  // of it is forgotten, at once for readers, and goes on at through + 1, with `roster` (as of that record) in the head
  // of its first file; then `through` is not below `committed` (CHECKed). From here on `through` is committed. `done`:
  // durably so. Until then a crash brings back the log as it was, or leaves the new one (engine/aof/core_restart.cc
  // says why). Nothing to do below first(). TermAt(through) is `term` afterwards; after the next opening only the
  // snapshot knows it. Errors: kPoisoned, kRefused (a roster larger than the head of a file).
  void Compact(RaftIndex through, Term term, std::vector<RosterEntry> roster, RaftIndex committed, DiskDone done);

  // Records from `from` on as one block (log_pack.h), at least one, and no further one that would make it larger than
  // max_bytes (or kMaxLogPackBytes). kTruncated when `from` is not in the log, or is gone before all was read. The
  // first pack costs reading to the end of the file that `from` is in, for the roster; the ones that go on from there
  // do not.
  void Pack(RaftIndex from, uint64_t max_bytes, PackDone done);
  // Appends what the pack holds beyond last(); durable as appended records are. `take` hears each appended record, in
  // order. Returns how many. All or nothing: kCorruption, kNotSupported, kWrongStore (another store), kDiskFull,
  // kPoisoned; kRefused, where it does not fit this log: a gap; a term that falls, or differs from the log's own before
  // its first record or in one that both have; nothing that shows that it goes on here; other partitions than the
  // listener's before its first new record; a record that is not the next one of its partition, or is too large; more
  // partitions than the head of a file can tell.
  using Take = absl::FunctionRef<void(RaftIndex, const EntryView&)>;
  absl::StatusOr<uint64_t> ApplyPack(ByteSpan bytes, Take take);

  // Which of the records from..to are here: ranges without a gap from `from` on, to `to` or, where damage makes too
  // many ranges, less far; ask again from there on. None when `to` is below `from`. Reads all that is here, in pieces.
  // True of the log as it is when `done` runs, whatever was appended, voided, truncated or compacted since the call.
  // kHave above durable() is what a crash may still take. kDamaged above last(), until a record is there again or a
  // suffix gave way: this life began with a tail that was cut as torn, and nothing shows that it was not promised. The
  // next life does not know of it.
  // An error of the device is the call's (kIoError), never a verdict.
  void Verdicts(RaftIndex from, RaftIndex to, VerdictsDone done);

  // The highest index at or below `limit` at which a file begins and truncation would remove at least one file
  // before it; 0 when there is none.
  RaftIndex FileBoundaryAtOrBelow(RaftIndex limit) const;
  // Entries below `index` need not stay in memory.
  void ReleaseMemory(RaftIndex index) { aof_->ReleaseMemory(Sequence(index.value())); }
  void RetryNow() { aof_->RetryNow(); }

  // Invariant: first() - 1 <= durable() <= last().
  RaftIndex first() const { return RaftIndex(aof_->first().value()); }
  RaftIndex last() const { return RaftIndex(aof_->appended().value()); }
  RaftIndex durable() const { return RaftIndex(aof_->durable().value()); }
  bool poisoned() const { return aof_->poisoned(); }
  bool full() const { return aof_->full(); }

 private:
  class Visit;
  class Packing;
  class Judging;
  // The roster as of a file's first record, as the file's head has it.
  struct FileNote {
    RaftIndex base;
    std::string note;
  };
  SegmentedLog(const aof::Options& options, LogListener& listener);
  // Why the pack is not of this log, and what would do; "" for nothing.
  std::string WhereTermsPart(const LogPack& pack) const;
  std::string WherePartitionsPart(const LogPack& pack) const;
  absl::Status CheckNew(absl::Span<const NewEntry> entries, Term before) const;
  void RestartAt(RaftIndex base, Term before, std::vector<RosterEntry> roster, RaftIndex committed, DiskDone done);
  // The suffix above `new_end` is void.
  void Forget(RaftIndex new_end);

  // aof::Listener
  void OnDurable(Sequence through) override;
  void OnFailed(const absl::Status& why) override;
  void OnFull(bool full) override;
  std::string HeadNote(Sequence base) override;
  void OnRotated(uint64_t file_id, Sequence base) override;
  // A file begun after a suffix was cut may start below the ones before it.
  void AddFileBase(RaftIndex base);
  void AddFileNote(RaftIndex base, std::string note);

  const StoreId store_id_;
  const uint64_t max_payload_bytes_;
  const uint64_t max_head_note_bytes_;
  LogListener* listener_;
  TermHistory terms_;
  // First index of each file, oldest first. Invariant: ascending; the front's file is the oldest that is left.
  Ring<RaftIndex> file_bases_;
  // Of the files whose head tells the roster of the log as it is now: none whose base is above what was voided since.
  // Invariant: bases ascend.
  Ring<FileNote> file_notes_;
  FileNote made_note_;  // for the file that is being made, if its base is not 0
  uint64_t made_epoch_ = 0;
  // Set while the file that a restart makes is not there: what its head says.
  absl::optional<FileNote> restart_note_;
  uint64_t epoch_ = 0;  // counts the times that records were voided
  // Where the last Pack ended, and the roster there, valid in that epoch.
  RaftIndex packed_to_;
  uint64_t packed_epoch_ = 0;
  RosterAhead packed_roster_;
  // Above last() and up to here a record may have been cut as torn when the log was opened. 0: none. Invariant: last()
  // was not lowered since.
  RaftIndex unsure_to_;
  // Last, so that it is destroyed first: nothing calls back into a half-destroyed log.
  std::unique_ptr<aof::Aof> aof_;
};

}  // namespace tidemark
