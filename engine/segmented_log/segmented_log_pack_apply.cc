// Taking a bulk copy: whatever it says, the log afterwards is one that could have been written record by record. That
// it is sound in itself, DecodeLogPack says; here, that it is of this log, goes on where this one ends, and has the
// same partitions. All is checked before anything is taken.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/check.h"
#include "engine/base/status.h"
#include "engine/segmented_log/log_pack.h"
#include "engine/segmented_log/segmented_log.h"

namespace tidemark {
namespace {

// The first partition that one roster has and the other has not, or has at another place; "" for none. `told` may have
// 1 for the place of a partition that is dropped before its next record: RosterBehind.
std::string Difference(const std::vector<RosterEntry>& told, const std::vector<RosterEntry>& own) {
  size_t at = 0;
  for (const RosterEntry& mine : own) {
    const bool missing = at == told.size() || mine.partition < told[at].partition;
    if (missing) return absl::StrCat("it lacks ", mine.partition.ToString(), ", which is here");
    const RosterEntry& its = told[at++];
    if (its.partition < mine.partition) return absl::StrCat("it has ", its.partition.ToString(), ", which is not here");
    if (its.next_index == mine.next_index || its.next_index == PartitionIndex(1)) continue;
    return absl::StrCat("its next record of ", its.partition.ToString(), " is ", its.next_index.ToString(),
                        ", and here that is ", mine.next_index.ToString());
  }
  if (at < told.size()) return absl::StrCat("it has ", told[at].partition.ToString(), ", which is not here");
  return "";
}

}  // namespace

// Of the same log up to where this one ends: the term before it, and those of the records that both have.
std::string SegmentedLog::WhereTermsPart(const LogPack& pack) const {
  if (pack.first > last().Next()) {
    return absl::StrCat("it begins beyond the end: take one from ", last().Next().ToString(), " on, or a snapshot");
  }
  const RaftIndex before = pack.first.Prev();
  const Term own_before = terms_.At(before);
  const Term its_before = pack.before.term;
  // Where this log begins, a snapshot stands for all before: that is committed, and cannot be another one's.
  if (pack.first == last().Next() && before >= first() && its_before == Term(0)) {
    return absl::StrCat("it does not tell the term before it, so nothing shows that it goes on from ",
                        before.ToString(), ": take one that begins there or earlier, or a snapshot");
  }
  std::string parts;
  const auto compare = [&](RaftIndex index, Term its, Term own) {
    if (!parts.empty() || own == Term(0) || its == Term(0) || own == its) return;
    parts = absl::StrCat(index.ToString(), " is of term ", its.value(), " there and of ", own.value(),
                         " here: find where the logs agree, and overwrite from there on");
  };
  compare(before, its_before, own_before);
  pack.ForEach([&](RaftIndex index, const EntryView& entry) {
    if (index >= first() && index <= last()) compare(index, entry.header.term, terms_.At(index));
  });
  return parts;
}

// The same partitions where this log ends, each new record the next one of its partition, and never more of them than
// the head of a file can tell.
std::string SegmentedLog::WherePartitionsPart(const LogPack& pack) const {
  const RaftIndex next = last().Next();
  RosterAhead own(listener_->RosterAt(next));
  RosterAhead told(pack.before.roster);
  pack.ForEach([&](RaftIndex index, const EntryView& entry) {
    if (index < next) told.Apply(entry.header, entry.payload);
  });
  if (const std::string parts = Difference(told.Entries(), own.Entries()); !parts.empty()) {
    return absl::StrCat("it is of other partitions than this log has before ", next.ToString(), ", ", parts,
                        ": take one of a replica that has the same log, or a snapshot");
  }
  std::string parts;
  pack.ForEach([&](RaftIndex index, const EntryView& entry) {
    if (index < next || !parts.empty()) return;
    if (const absl::Status follows = own.Check(entry.header, entry.payload); !follows.ok()) {
      parts = absl::StrCat(index.ToString(), " does not follow what this log has: ", follows.message(),
                           "; take one of a replica that has the same log, or a snapshot");
      return;
    }
    own.Apply(entry.header, entry.payload);
    const uint64_t note_bytes = kHeadNoteBytes + own.size() * kRosterEntryBytes;
    if (note_bytes <= max_head_note_bytes_) return;
    parts = absl::StrCat("with ", index.ToString(), " the head of a file would have ", note_bytes,
                         " bytes, and max_head_note_bytes is ", max_head_note_bytes_, ": open the log with more");
  });
  return parts;
}

absl::StatusOr<uint64_t> SegmentedLog::ApplyPack(ByteSpan bytes, Take take) {
  ASSIGN_OR_RETURN(const LogPack pack, DecodeLogPack(bytes));
  if (pack.store_id != store_id_) {
    return MakeError(ErrorKind::kWrongStore, absl::StrCat("log pack: it is of store ", pack.store_id.ToString(),
                                                          ", not of ", store_id_.ToString()));
  }
  const auto refused = [&](const std::string& why) {
    return MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
                     absl::StrCat("log pack of ", pack.first.ToString(), " to ", pack.last.ToString(),
                                  ", where the log has ", first().ToString(), " to ", last().ToString(), ": ", why));
  };
  if (const std::string parts = WhereTermsPart(pack); !parts.empty()) return refused(parts);
  if (pack.last <= last()) return 0;
  if (const std::string parts = WherePartitionsPart(pack); !parts.empty()) return refused(parts);
  std::vector<NewEntry> entries;
  pack.ForEach([&](RaftIndex index, const EntryView& entry) {
    if (index > last()) entries.push_back({entry.header, entry.payload});
  });
  RETURN_IF_ERROR(CheckNew(entries, terms_.At(last())));
  for (const NewEntry& entry : entries) {
    const absl::StatusOr<RaftIndex> taken = Append(entry.header, entry.payload);
    CHECK(taken.ok()) << "an entry that was checked is not taken: " << taken.status().message();
    take(*taken, {entry.header, entry.payload});
  }
  return entries.size();
}

}  // namespace tidemark
