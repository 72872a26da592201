#pragma once

// The append-only file: a log of records in a directory of segment files (docs/formats/aof.md).
//
//   Append     lays the record out in memory and returns its sequence number
//   (task)     writes all that gathered as one batch, syncs it, tells Listener::OnDurable
//   Open       scans what is there, keeps what counts, writes the unproven tail again, then serves
//
// A failed write or sync poisons the Aof: it promises nothing more, and whoever opens the directory
// again gets everything that was promised. A full disk only refuses appends until there is space.
//
// One Aof serves one directory; the owner sees to that (Disk::LockDirectory). Single-threaded: every call and
// callback is a task of env.executor. No callback runs inside the call that asked for it. Destroying an Aof
// drops its callbacks unrun and loses what was not yet durable, as a crash would.

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/aof/listener.h"
#include "engine/aof/new_records.h"
#include "engine/aof/options.h"
#include "engine/aof/record_reader.h"
#include "engine/aof/replay.h"
#include "engine/aof/report.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/env/env.h"

namespace tidemark::aof {

class Aof;
class Core;

struct Opened {
  std::unique_ptr<Aof> aof;
  OpenReport report;
};
using OpenDone = absl::AnyInvocable<void(absl::StatusOr<Opened>)>;

using ReadDone = absl::AnyInvocable<void(absl::StatusOr<std::string>)>;

class Aof {
 public:
  // Opens or creates the log in options.directory. `replay` hears what it holds and is not touched after
  // `done` ran; `listener` lives as long as the Aof. When `done` gets OK, every record that was replayed
  // (and not cut or below the floor) is durable. Destroying the executor's tasks abandons it cleanly.
  // Errors: kCorruption, kLostRecords, kWrongStore, kNoStore, kStoreExists, kNotSupported, kDiskFull, kIoError,
  // kRefused. After an error the directory holds what it held; opening again is always allowed.
  static void Open(const Env& env, Options options, Replay& replay, Listener& listener, OpenDone done);
  ~Aof();
  Aof(const Aof&) = delete;
  Aof& operator=(const Aof&) = delete;

  // Accepts one record: the parts one after another. Volatile until OnDurable reaches it.
  // kRefused: larger than max_record_bytes. kDiskFull: while full(). kPoisoned.
  absl::StatusOr<Sequence> Append(absl::Span<const ByteSpan> payload_parts);
  // Accepts records with consecutive numbers, at least one, all or none. Returns the first one's. Errors as Append.
  absl::StatusOr<Sequence> AppendAll(const NewRecords& records);
  // Accepts bytes that take no sequence number and come back in Replay::OnNote. Durable with the records
  // around it, or after Flush. It goes when the file it is in goes, that is, at the earliest when the last record
  // before it is below first(): what must stay longer belongs into Listener::HeadNote. Errors as Append.
  absl::Status AppendNote(ByteSpan note);
  // Makes void every record above `new_end` (first() - 1 <= new_end <= appended()); at once for readers,
  // durably after Flush. Appending goes on at new_end + 1. Allowed while full. kRefused, kPoisoned.
  absl::Status TruncateSuffix(Sequence new_end);
  // Drops every record below `new_first` (<= durable() + 1); at once for readers. `done`: the new floor is
  // durable and the files that were wholly below it are gone. Allowed while full. A lower one than first() is done
  // already.
  void TruncatePrefix(Sequence new_first, DiskDone done);
  // Forgets every record and note; at once for readers, whose first() is then `base` (not below first()), and appending
  // goes on there. `done`: durably so, and the old files are gone; until then a crash brings back what was there
  // before, all of it that was durable, and nothing newer. Allowed while full. Of several under way the last one
  // counts, for all. Listener::HeadNote(base) is asked for what the new first file repeats. kRefused, kPoisoned.
  void Restart(Sequence base, DiskDone done);
  // What was accepted so far need not wait for flush_delay.
  void WriteNow();
  // `done`: everything accepted before this call is durable. Waits while full. kPoisoned.
  void Flush(DiskDone done);
  // Tries again now what the full disk stopped (the owner freed space). Nothing when not full.
  void RetryNow();
  // An Append will come soon: asks for the memory that it takes, of it what is `steps` pointers away, 0 to 3, once what
  // is nearer has come (engine/base/prefetch.h).
  void Prefetch(int steps) const;

  // The record's payload, its checksum verified; from memory while it is not yet on disk. The answer is of the log as
  // it is when `done` runs: never a record that was cut, or dropped, while it was read.
  // kTruncated: below first() or above appended(). kCorruption: it was there, and is damaged now. The first read in a
  // sealed file whose places are not held scans that file (Options::max_known_records).
  void Read(Sequence sequence, ReadDone done);
  // `from` and those after it: at least one, at most max_records, no further one that would exceed max_bytes of
  // payload. May be fewer: one read of the device, and none behind a record that is damaged. Errors as Read, of `from`.
  void ReadRange(Sequence from, uint64_t max_records, uint64_t max_bytes, ReadRangeDone done);

  // The record's payload where memory has it: while it is on its way, and while it is one of the newest
  // (Options::recent_bytes). False: it has not, or there is no such record. `payload` is valid until the next call that
  // is not a question; that of a durable record, while pinned, until it is unpinned.
  bool FindInMemory(Sequence sequence, ByteSpan* payload) const;
  // Around a call to somebody who may use this log meanwhile. Nests.
  void PinMemory();
  void UnpinMemory();
  // Records below `first` need not stay in memory.
  void ReleaseMemory(Sequence first);

  // After a read of `sequence` answered kCorruption: the last record that is damaged with it. Where a whole file did
  // not check out that is the file's last one, else `sequence`.
  Sequence DamagedThrough(Sequence sequence) const;

  // Scans the files that opening skipped (Options::scan_sealed), as reads of them would. `done`: all that is still live
  // in them is sound; else the first error, as of Read.
  void CheckSkipped(DiskDone done);

  // Invariant: first() - 1 <= durable() <= appended().
  Sequence first() const;     // the floor: the lowest record that may be read. 1 in a new log
  Sequence appended() const;  // the last accepted; first() - 1 when there is none
  Sequence durable() const;   // survives power loss
  bool poisoned() const;
  bool full() const;
  uint64_t pending_bytes() const;  // frames accepted, not yet durable
  uint64_t file_bytes() const;     // of all live segment files, the spare not counted

 private:
  explicit Aof(std::shared_ptr<Core> core);
  std::shared_ptr<Core> core_;
};

}  // namespace tidemark::aof
