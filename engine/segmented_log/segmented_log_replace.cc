// What a follower does to its log: a suffix gives way to the leader's, a snapshot takes the place of a prefix or of
// all.

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/check.h"
#include "engine/base/status.h"
#include "engine/segmented_log/segmented_log.h"

namespace tidemark {
namespace {

absl::Status Refused(const std::string& why) {
  return MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument, absl::StrCat("segmented log: ", why));
}

}  // namespace

// After this, appending them cannot fail.
absl::Status SegmentedLog::CheckNew(absl::Span<const NewEntry> entries, Term before) const {
  if (aof_->poisoned()) return MakeError(ErrorKind::kPoisoned, "segmented log: it is poisoned, reopen it");
  if (aof_->full()) return MakeError(ErrorKind::kDiskFull, "segmented log: the disk is full; free space and try again");
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].payload.size() > max_payload_bytes_) {
      return Refused(
          absl::StrCat("entry ", i, " has ", entries[i].payload.size(), " bytes, more than ", max_payload_bytes_));
    }
    if (entries[i].header.term == Term::Max()) {
      return Refused(absl::StrCat("entry ", i, " has a term after which none can come"));
    }
    if (entries[i].header.term < before) {
      return Refused(
          absl::StrCat("entry ", i, " has term ", entries[i].header.term.value(), " after ", before.value()));
    }
    before = entries[i].header.term;
  }
  return absl::OkStatus();
}

absl::StatusOr<RaftIndex> SegmentedLog::OverwriteFrom(RaftIndex index, absl::Span<const NewEntry> entries,
                                                      RaftIndex committed) {
  CHECK_GT(index, committed) << "overwriting a committed record: first " << first() << " durable " << durable()
                             << " last " << last();
  if (index < first() || index > last().Next()) {
    return Refused(absl::StrCat("cannot overwrite from ", index.ToString(), ": it holds ", first().ToString(), " to ",
                                last().ToString()));
  }
  RETURN_IF_ERROR(CheckNew(entries, terms_.At(index.Prev())));
  if (index <= last()) RETURN_IF_ERROR(TruncateSuffix(index.Prev()));
  for (const NewEntry& entry : entries) {
    const absl::StatusOr<RaftIndex> taken = Append(entry.header, entry.payload);
    CHECK(taken.ok()) << "an entry that was checked is not taken: " << taken.status().message();
  }
  return last();
}

void SegmentedLog::Compact(RaftIndex through, Term term, std::vector<RosterEntry> roster, RaftIndex committed,
                           DiskDone done) {
  CHECK_LT(term, Term::Max()) << "a snapshot's term";
  if (through < first()) return TruncatePrefix(through.Next(), std::move(done));
  const absl::StatusOr<Term> own = TermAt(through);
  if (!own.ok() || *own != term) return RestartAt(through.Next(), term, std::move(roster), committed, std::move(done));
  if (through <= durable()) return TruncatePrefix(through.Next(), std::move(done));
  // Once it is durable; should it be overwritten meanwhile, this begins anew.
  Flush([this, through, term, roster = std::move(roster), committed,
         done = std::move(done)](absl::Status status) mutable {
    if (!status.ok()) return done(status);
    Compact(through, term, std::move(roster), committed, std::move(done));
  });
}

void SegmentedLog::RestartAt(RaftIndex base, Term before, std::vector<RosterEntry> roster, RaftIndex committed,
                             DiskDone done) {
  CHECK_GE(base.Prev(), committed) << "forgetting committed records: first " << first() << " durable " << durable()
                                   << " last " << last();
  if (aof_->poisoned()) return Flush(std::move(done));
  terms_.Raise(before);
  std::string note = EncodeHeadNote({terms_.current(), NodeId(0), std::move(roster)});
  if (note.size() > max_head_note_bytes_) {
    // Answered in a task, as everything is.
    return aof_->Flush(
        [done = std::move(done), status = Refused(absl::StrCat("a head note of ", note.size(), " bytes"))](
            const absl::Status&) mutable { done(status); });
  }
  if (base.Prev() < last()) unsure_to_ = RaftIndex(0);
  Forget(RaftIndex(0));
  file_notes_.Clear();
  terms_.Add(base.Prev(), before);
  restart_note_ = FileNote{base, std::move(note)};
  aof_->Restart(Sequence(base.value()), std::move(done));
}

}  // namespace tidemark
