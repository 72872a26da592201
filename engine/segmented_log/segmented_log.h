#pragma once

// The segmented log: every record of every partition in one total order, in one AOF whose sequence numbers
// are the raft indices. Partition files are filled from here; recovery trusts this and redoes the rest.
//
//   Append   encodes the record into the AOF's next batch and the cache; the raft index is the answer
//   (sync)   LogListener::OnLogDurable: acknowledged, forwarded, applied from then on
//   TruncatePrefix  removes what no partition needs any more, whole files at a time
//
// The head of each file repeats term, vote and roster, so that files before it may go. After a failed write or
// sync the log is poisoned; after a full disk only appends wait. Single-threaded; callbacks are tasks of the executor.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/aof/aof.h"
#include "engine/aof/listener.h"
#include "engine/aof/options.h"
#include "engine/aof/report.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/ring.h"
#include "engine/env/disk.h"
#include "engine/env/env.h"
#include "engine/segmented_log/entry.h"
#include "engine/segmented_log/entry_cache.h"
#include "engine/segmented_log/log_listener.h"
#include "engine/segmented_log/term_history.h"

namespace tidemark {

class SegmentedLog : private aof::Listener {
 public:
  struct Opened {
    std::unique_ptr<SegmentedLog> log;
    aof::OpenReport report;
  };
  using OpenDone = absl::AnyInvocable<void(absl::StatusOr<Opened>)>;
  using EntryDone = absl::AnyInvocable<void(absl::StatusOr<Entry>)>;
  using EntriesDone = absl::AnyInvocable<void(absl::StatusOr<std::vector<Entry>>)>;

  // `visitor` hears what the log holds and is not touched after `done` ran. `listener` lives until
  // SetListener names another. When `done` gets OK, all that was visited and not cut is durable.
  // Errors: those of aof::Aof::Open, and the visitor's.
  static void Open(const Env& env, const aof::Options& options, uint64_t cache_bytes, LogVisitor& visitor,
                   LogListener& listener, OpenDone done);
  ~SegmentedLog() override;
  void SetListener(LogListener& listener) { listener_ = &listener; }

  // Takes the next raft index. Volatile until OnLogDurable reaches it. `header.term` is not below the last one's.
  // kDiskFull: not taken, as long as full(). kPoisoned. kRefused: too large.
  absl::StatusOr<RaftIndex> Append(const EntryHeader& header, ByteSpan payload);
  // A record of the system partition: its next index there is the caller's to know.
  absl::StatusOr<RaftIndex> AppendControl(Term term, PartitionIndex index, RecordKind kind, ByteSpan payload);

  // False: not in memory. `entry` is valid until the next Append.
  bool FindCached(RaftIndex index, EntryView* entry) const;
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
  // The highest index at or below `limit` at which a file begins and truncation would remove at least one file
  // before it; 0 when there is none.
  RaftIndex FileBoundaryAtOrBelow(RaftIndex limit) const;
  // Entries below `index` need not stay in memory.
  void ReleaseCache(RaftIndex index) { cache_.DropBelow(index); }
  void RetryNow() { aof_->RetryNow(); }

  // Invariant: first() - 1 <= durable() <= last().
  RaftIndex first() const { return RaftIndex(aof_->first().value()); }
  RaftIndex last() const { return RaftIndex(aof_->appended().value()); }
  RaftIndex durable() const { return RaftIndex(aof_->durable().value()); }
  bool poisoned() const { return aof_->poisoned(); }
  bool full() const { return aof_->full(); }

 private:
  class Visit;
  SegmentedLog(uint64_t cache_bytes, LogListener& listener);

  // aof::Listener
  void OnDurable(Sequence through) override;
  void OnFailed(const absl::Status& why) override;
  void OnFull(bool full) override;
  std::string HeadNote(Sequence base) override;
  void OnRotated(uint64_t file_id, Sequence base) override;
  // A file begun after a suffix was cut may start below the ones before it.
  void AddFileBase(RaftIndex base);

  LogListener* listener_;
  EntryCache cache_;
  TermHistory terms_;
  // First index of each file, oldest first. Invariant: ascending; the front's file is the oldest that is left.
  Ring<RaftIndex> file_bases_;
  // Last, so that it is destroyed first: nothing calls back into a half-destroyed log.
  std::unique_ptr<aof::Aof> aof_;
};

}  // namespace tidemark
