#pragma once

#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/base/ids.h"
#include "engine/segmented_log/entry.h"
#include "engine/segmented_log/head_note.h"

namespace tidemark {

// What an open segmented log tells its owner: from tasks of the executor, never inside a call of the owner, but for
// RosterAt, which ApplyPack asks.
class LogListener {
 public:
  virtual ~LogListener() = default;
  // Every record up to `through` survives power loss.
  virtual void OnLogDurable(RaftIndex through) = 0;
  // Once: nothing more is written or acknowledged; what was durable is. Reopen.
  virtual void OnLogFailed(const absl::Status& why) = 0;
  virtual void OnLogFull(bool full) = 0;
  // The partitions that existed before the record `base`, and their next indices then, ascending.
  virtual std::vector<RosterEntry> RosterAt(RaftIndex base) = 0;
};

// Damage below a promise. It held the records first..last, all of this term and no control record, if they are found
// elsewhere: the records before and after it are of that term too.
struct LogGap {
  RaftIndex first;
  RaftIndex last;
  Term term;
};
// All records of the gap, in order; their promise is not looked at. Or why not.
using LogGapDone = absl::AnyInvocable<void(absl::StatusOr<std::vector<Entry>>)>;

// Who hears, while the log is opened, what it holds: in log order. A record may come again after an OnCut
// below it; then the later one counts. An error ends the opening with it.
class LogVisitor {
 public:
  virtual ~LogVisitor() = default;
  virtual absl::Status OnHeadNote(const HeadNote& note, RaftIndex base) = 0;
  virtual absl::Status OnEntry(RaftIndex index, const EntryView& entry) = 0;
  virtual void OnCut(RaftIndex new_end) = 0;
  // Records below `first` are gone; they are visited nevertheless where they follow a head note. The last OnFloor comes
  // after all entries.
  virtual void OnFloor(RaftIndex first) = 0;
  // Asked, after the entries before the gap were heard, for another copy of what it held. With it the gap is put back
  // durably, and its entries are heard next. `done` may run in the call.
  virtual void OnGap(const LogGap&, LogGapDone done) { done(absl::UnimplementedError("there is no other copy")); }
  // Asked when all was heard, before anything is written: an error ends the opening with it.
  virtual absl::Status Verdict() { return absl::OkStatus(); }
};

}  // namespace tidemark
