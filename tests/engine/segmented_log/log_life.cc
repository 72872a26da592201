#include "tests/engine/segmented_log/log_life.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/base/coding.h"
#include "engine/base/status.h"
#include "engine/segmented_log/log_pack.h"
#include "tests/engine/segmented_log/log_rig.h"

namespace tidemark::tests {

LogLife::LogLife(uint64_t seed, aof::Options options)
    : options_(std::move(options)), world_(std::make_unique<MemoryWorld>(seed)) {}

LogLife::~LogLife() {
  log_.reset();
  world_->Kill();
}

void LogLife::Wrong(const std::string& what) {
  if (wrong_.empty()) wrong_ = what;
}

// The partition that a creation or a drop is about; the system partition for other records.
static PartitionId Concerned(const Entry& entry) {
  const bool concerns = entry.header.kind == RecordKind::kCreatePartition ||
                        entry.header.kind == RecordKind::kDropPartition;
  return concerns ? PartitionId(GetFixed64(AsBytes(entry.payload).data())) : kSystemPartition;
}

// --- the model -------------------------------------------------------------------------------------------------------

std::vector<RosterEntry> LogLife::Content::RosterAt(uint64_t base) const {
  std::map<PartitionId, PartitionIndex> next;
  for (const RosterEntry& entry : roster) next[entry.partition] = entry.next_index;
  for (const auto& [index, entry] : records) {
    if (index >= base) break;
    next[entry.header.partition] = entry.header.partition_index.Next();
    if (const PartitionId one = Concerned(entry); entry.header.kind == RecordKind::kCreatePartition) {
      next[one] = PartitionIndex(1);
    } else if (entry.header.kind == RecordKind::kDropPartition) {
      next.erase(one);
    }
  }
  std::vector<RosterEntry> answer;
  for (const auto& [partition, index] : next) answer.push_back({partition, index});
  return answer;
}

void LogLife::Carry(const Change& change, Content* content) {
  switch (change.kind) {
    case Kind::kAppend: content->records[change.index] = change.entry; return;
    case Kind::kCut: content->records.erase(content->records.upper_bound(change.index), content->records.end()); return;
    case Kind::kRestart: *content = Content{change.index, change.roster, {}}; return;
  }
}

void LogLife::Make(Change change) {
  const uint64_t end = change.kind == Kind::kRestart ? change.index - 1 : change.index;
  if (change.kind != Kind::kAppend && end < now_.last()) torn_ = false;
  Carry(change, &now_);
  changes_.push_back(std::move(change));
  if (changes_.back().kind == Kind::kAppend) change_of_[changes_.back().index] = changes_.size();
}

EntryHeader LogLife::NextHeader(PartitionId partition, RecordKind kind, uint64_t term) const {
  EntryHeader header{Term(term), partition, PartitionIndex(1), kind};
  for (const RosterEntry& entry : now_.RosterAt(~uint64_t{0})) {
    if (entry.partition == partition) header.partition_index = entry.next_index;
  }
  return header;
}

std::pair<EntryHeader, std::string> LogLife::NewRecord(uint64_t bytes, uint64_t term) const {
  const std::vector<RosterEntry> roster = now_.RosterAt(~uint64_t{0});
  const RosterEntry* const one = roster.empty() ? nullptr : &roster[bytes % roster.size()];
  const PartitionId partition = one == nullptr ? kSystemPartition : one->partition;
  const RecordKind kind = partition == kSystemPartition ? RecordKind::kNoOp : RecordKind::kData;
  return {NextHeader(partition, kind, term), absl::StrCat(payloads_, ":", std::string(bytes % 700, 'x'))};
}

// --- the calls ------------------------------------------------------------------------------------------------------

bool LogLife::IsRefusalFair(const absl::Status& status) const {
  return (KindOf(status) == ErrorKind::kDiskFull && log_->full()) ||
         (KindOf(status) == ErrorKind::kPoisoned && log_->poisoned());
}

void LogLife::Append(uint64_t bytes) {
  ++payloads_;
  const auto [header, payload] = NewRecord(bytes, term_);
  const absl::StatusOr<RaftIndex> taken = log_->Append(header, AsBytes(payload));
  if (!taken.ok())
    return IsRefusalFair(taken.status()) ? void() : Wrong(absl::StrCat("append: ", taken.status().ToString()));
  Make({Kind::kAppend, taken->value(), {*taken, header, payload}, {}});
  CheckLog();
}

void LogLife::Create() {
  const std::vector<RosterEntry> roster = now_.RosterAt(~uint64_t{0});
  if (roster.size() > 7) return;
  Control(RecordKind::kCreatePartition, PartitionId(roster.empty() ? 1 : roster.back().partition.value() + 1));
}

void LogLife::Drop(uint64_t which) {
  const std::vector<RosterEntry> roster = now_.RosterAt(~uint64_t{0});
  if (roster.size() < 2) return;
  Control(RecordKind::kDropPartition, roster[1 + which % (roster.size() - 1)].partition);
}

void LogLife::Control(RecordKind kind, PartitionId partition) {
  std::string payload(8, '\0');
  PutFixed64(reinterpret_cast<uint8_t*>(&payload[0]), partition.value());
  const EntryHeader header = NextHeader(kSystemPartition, kind, term_);
  const absl::StatusOr<RaftIndex> taken =
      log_->AppendControl(header.term, header.partition_index, header.kind, AsBytes(payload));
  if (taken.ok()) Make({Kind::kAppend, taken->value(), {*taken, header, payload}, {}});
}

void LogLife::Overwrite(uint64_t back, uint64_t count) {
  const uint64_t lowest = std::max(committed_ + 1, floor());
  const uint64_t end = now_.last() + 1;
  if (lowest > end) return;
  const uint64_t index = end - back % (end - lowest + 1);
  // Planned on the model as it would be, then asked for at once.
  const Content before = now_;
  std::vector<std::pair<EntryHeader, std::string>> records;
  std::vector<Change> planned;
  if (index < end) planned.push_back({Kind::kCut, index - 1, {}, {}});
  for (const Change& cut : planned) Carry(cut, &now_);
  for (uint64_t i = 0; i < count; ++i) {
    ++payloads_;
    records.push_back(NewRecord(back + 13 * i, term_ + 1));
    planned.push_back({Kind::kAppend, index + i, {RaftIndex(index + i), records[i].first, records[i].second}, {}});
    Carry(planned.back(), &now_);
  }
  std::vector<NewEntry> entries;
  for (const auto& [header, payload] : records) entries.push_back({header, AsBytes(payload)});
  const absl::StatusOr<RaftIndex> last = log_->OverwriteFrom(RaftIndex(index), entries, RaftIndex(committed_));
  now_ = before;
  if (!last.ok())
    return IsRefusalFair(last.status()) ? void() : Wrong(absl::StrCat("overwrite: ", last.status().ToString()));
  for (Change& change : planned) Make(std::move(change));
  ++term_;
  ++seen_.overwrites;
  if (last->value() != now_.last()) Wrong("overwriting ended elsewhere");
  CheckLog();
}

void LogLife::Cut(uint64_t back) {
  const uint64_t lowest = std::max(committed_, floor() - 1);
  if (lowest > now_.last()) return;
  const uint64_t end = now_.last() - back % (now_.last() - lowest + 1);
  const absl::Status status = log_->TruncateSuffix(RaftIndex(end));
  if (log_->poisoned()) return;
  if (!status.ok()) return Wrong(absl::StrCat("cut: ", status.ToString()));
  Make({Kind::kCut, end, {}, {}});
  ++term_;
  CheckLog();
}

void LogLife::TruncatePrefix(uint64_t records) {
  const uint64_t first = std::min(floor() + records, log_->durable().value() + 1);
  floor_asked_ = std::max(floor_asked_, first);
  committed_ = std::max(committed_, first - 1);
  log_->TruncatePrefix(RaftIndex(first), [this, first](absl::Status status) {
    if (status.ok()) floor_promised_ = std::max(floor_promised_, first);
  });
  CheckLog();
}

void LogLife::Compact(uint64_t which, uint64_t ahead) {
  if (log_->poisoned()) return;
  const uint64_t lowest = std::max(committed_, floor());
  uint64_t through = which % 3 == 2 ? now_.last() + ahead
                                    : lowest + ahead % (now_.last() + 2 - std::min(lowest, now_.last() + 1));
  if (through == 0) return;
  const auto own = now_.records.find(through);
  uint64_t term = own == now_.records.end() ? term_ : own->second.header.term.value();
  if (which % 3 == 1) term = ++term_;
  const bool within = through <= now_.last() && through >= floor() && own->second.header.term.value() == term;
  std::vector<RosterEntry> roster = {{kSystemPartition, PartitionIndex(9)},
                                     {PartitionId(1), PartitionIndex(1 + ahead)}};
  if (!within && through >= floor()) {
    Make({Kind::kRestart, through + 1, {}, roster});
    ++seen_.restarts;
  }
  floor_asked_ = std::max(floor_asked_, through + 1);
  log_->Compact(RaftIndex(through), Term(term), roster, RaftIndex(std::min(committed_, through)),
                [this, through, changes = within ? 0 : changes_.size()](absl::Status status) {
                  if (!status.ok()) return;
                  floor_promised_ = std::max(floor_promised_, through + 1);
                  promised_ = std::max<uint64_t>(promised_, changes);
                });
  committed_ = std::max(committed_, through);
  if (!within && through >= floor() && log_->TermAt(RaftIndex(through)).value_or(Term(0)) != Term(term)) {
    // Above last() nothing has a term, but this record has: it is in the snapshot.
    if (log_->last() == RaftIndex(through)) Wrong("the snapshot's last term is not known");
  }
  CheckLog();
}

bool LogLife::IsDroppedBeforeItsNextRecord(PartitionId partition, uint64_t from) const {
  for (auto it = now_.records.lower_bound(from); it != now_.records.end(); ++it) {
    if (it->second.header.partition == partition) return false;
    if (it->second.header.kind == RecordKind::kDropPartition && Concerned(it->second) == partition) return true;
  }
  return false;
}

// A partition that is dropped before its next record may be told with 1 for its next index.
bool LogLife::IsRosterAt(uint64_t from, std::vector<RosterEntry> told) const {
  const std::vector<RosterEntry> roster = now_.RosterAt(from);
  if (told.size() != roster.size()) return false;
  for (size_t i = 0; i < told.size(); ++i) {
    const bool left_open = told[i].next_index == PartitionIndex(1) &&
                           IsDroppedBeforeItsNextRecord(told[i].partition, from);
    if (left_open) told[i].next_index = roster[i].next_index;
  }
  return told == roster;
}

void LogLife::Pack(uint64_t from, uint64_t max_bytes) {
  if (now_.last() < floor()) return;
  from = floor() + from % (now_.last() - floor() + 1);
  absl::StatusOr<std::string> result = absl::UnknownError("packing did not finish");
  bool done = false;
  log_->Pack(RaftIndex(from), max_bytes, [&](absl::StatusOr<std::string> bytes) {
    result = std::move(bytes);
    done = true;
  });
  world_->RunUntil([&] { return done; });
  if (KindOf(result.status()) == ErrorKind::kTruncated && floor() > from) return;  // a truncation under way took it
  if (!result.ok()) return Wrong(absl::StrCat("pack from ", from, ": ", result.status().ToString()));
  const absl::StatusOr<LogPack> pack = DecodeLogPack(AsBytes(*result));
  if (!pack.ok()) return Wrong(absl::StrCat("packed a damaged pack: ", pack.status().ToString()));
  if (pack->first.value() != from || (pack->count() > 1 && result->size() > max_bytes)) Wrong("a pack of other limits");
  if (!IsRosterAt(from, pack->before.roster)) Wrong(absl::StrCat("the roster of a pack from ", from, " is wrong"));
  pack->ForEach([&](RaftIndex index, const EntryView& entry) {
    const Entry copy{index, entry.header, std::string(AsText(entry.payload))};
    if (copy != now_.records[index.value()]) Wrong(absl::StrCat("a pack has another record ", index.value()));
  });
  ++seen_.packs;
  if (seen_.packs % 8 == 1) CheckJoiner(*result, from, pack->last.value());
}

// A fresh log that takes a snapshot up to the pack, and the pack, twice.
void LogLife::CheckJoiner(const std::string& pack, uint64_t from, uint64_t last) {
  LogRig joiner;
  joiner.options = options_;
  joiner.roster = now_.RosterAt(from);
  if (!joiner.Open().ok()) return Wrong("a joiner does not open");
  if (from > 1) {
    if (KindOf(joiner.log->ApplyPack(AsBytes(pack), [](RaftIndex, const EntryView&) {}).status()) !=
        ErrorKind::kRefused) {
      return Wrong("a pack with a gap was not refused");
    }
    joiner.log->Compact(RaftIndex(from - 1), DecodeLogPack(AsBytes(pack))->before.term, joiner.roster, RaftIndex(0),
                        [](absl::Status) {});
  }
  uint64_t heard = from;
  const auto hear = [&](RaftIndex index, const EntryView&) {
    if (index.value() != heard++) Wrong("a pack was applied out of order");
  };
  const absl::StatusOr<uint64_t> first = joiner.log->ApplyPack(AsBytes(pack), hear);
  const absl::StatusOr<uint64_t> again = joiner.log->ApplyPack(AsBytes(pack), hear);
  if (!first.ok() || *first != last - from + 1 || !again.ok() || *again != 0) {
    return Wrong(absl::StrCat("applying a pack: ", first.status().ToString(), " ", again.status().ToString()));
  }
  if (!joiner.Flush().ok()) return Wrong("a joiner does not flush");
  joiner.LosePower();
  if (!joiner.Open().ok() || joiner.log->first().value() != from || joiner.log->last().value() != last) {
    return Wrong("a joiner lost what it was given");
  }
  for (const auto& [index, entry] : joiner.visited) {
    if (entry != now_.records[index]) Wrong(absl::StrCat("a joiner has another record ", index));
  }
}

void LogLife::ApplyPack(uint64_t back, uint64_t count) {
  const uint64_t end = now_.last() + 1;
  const uint64_t from = end - std::min(back, end - floor());
  const auto before = now_.records.find(from - 1);
  LogPackBuilder builder(
      options_.store_id, RaftIndex(from),
      {before == now_.records.end() ? Term(0) : before->second.header.term, NodeId(0), now_.RosterAt(from)});
  for (uint64_t i = from; i < end; ++i) builder.Add(now_.records[i].header, AsBytes(now_.records[i].payload));
  const Content as_it_was = now_;
  std::vector<Change> planned;
  for (uint64_t i = end; i < end + count; ++i) {
    ++payloads_;
    const auto [header, payload] = NewRecord(back + 7 * i, term_);
    builder.Add(header, AsBytes(payload));
    planned.push_back({Kind::kAppend, i, {RaftIndex(i), header, payload}, {}});
    Carry(planned.back(), &now_);
  }
  now_ = as_it_was;
  if (builder.empty()) return;
  const std::string pack = builder.Finish();
  const absl::StatusOr<uint64_t> taken = log_->ApplyPack(AsBytes(pack), [](RaftIndex, const EntryView&) {});
  if (!taken.ok())
    return IsRefusalFair(taken.status()) ? void() : Wrong(absl::StrCat("apply: ", taken.status().ToString()));
  if (*taken != count) Wrong("another number of records was applied");
  for (Change& change : planned) Make(std::move(change));
  CheckLog();
}

void LogLife::Read(uint64_t from, uint64_t max_records) {
  from = from % (now_.last() + 3);
  absl::StatusOr<std::vector<Entry>> result = absl::UnknownError("reading did not finish");
  bool done = false;
  log_->Entries(RaftIndex(from), max_records, 2000, [&](absl::StatusOr<std::vector<Entry>> entries) {
    result = std::move(entries);
    done = true;
  });
  const std::map<uint64_t, Entry> expected = now_.records;
  const bool is_there = from >= floor() && from <= now_.last();
  world_->RunUntil([&] { return done; });
  if (result.ok() != is_there) return Wrong(absl::StrCat("read ", from, ": ", result.status().ToString()));
  if (!is_there && KindOf(result.status()) != ErrorKind::kTruncated) Wrong("a missing record is not called so");
  for (uint64_t i = 0; is_there && i < result->size(); ++i) {
    if ((*result)[i] != expected.at(from + i)) Wrong(absl::StrCat("read another record ", from + i));
  }
}

void LogLife::Judge(uint64_t from, uint64_t records) {
  from = from % (now_.last() + 5);
  const uint64_t to = from + records;
  log_->Verdicts(RaftIndex(from), RaftIndex(to), [this, from, to](absl::StatusOr<std::vector<VerdictRange>> ranges) {
    if (!ranges.ok()) return Wrong(absl::StrCat("verdicts: ", ranges.status().ToString()));
    CheckVerdicts(from, to, *ranges);
  });
}

void LogLife::CheckVerdicts(uint64_t from, uint64_t to, const std::vector<VerdictRange>& ranges) {
  ++seen_.verdicts;
  uint64_t next = from;
  for (size_t i = 0; i < ranges.size(); ++i) {
    const VerdictRange& range = ranges[i];
    if (range.first.value() != next || range.last < range.first) return Wrong(absl::StrCat("verdicts: gap at ", next));
    if (i > 0 && ranges[i - 1].verdict == range.verdict) return Wrong(absl::StrCat("verdicts: twice at ", next));
    for (; next <= range.last.value(); ++next) {
      const RecordVerdict expected = next < floor()        ? RecordVerdict::kTruncated
                                     : next <= now_.last() ? RecordVerdict::kHave
                                                           : RecordVerdict::kNeverHad;
      const bool unsure = torn_ && next > now_.last() && range.verdict == RecordVerdict::kDamaged;
      if (range.verdict != expected && !unsure) {
        return Wrong(absl::StrCat("verdict of ", next, ": ", RecordVerdictName(range.verdict), ", not ",
                                  RecordVerdictName(expected)));
      }
    }
  }
  if (next != to + 1) Wrong(absl::StrCat("verdicts end before ", next, ", not at ", to));
}

void LogLife::Commit(uint64_t records) {
  const uint64_t durable = log_->durable().value();
  if (durable > committed_) committed_ += 1 + records % (durable - committed_);
}

void LogLife::Flush() {
  log_->Flush([this, changes = changes_.size()](absl::Status status) {
    if (status.ok()) promised_ = std::max(promised_, changes);
  });
}

void LogLife::RunSteps(uint64_t steps) {
  for (uint64_t i = 0; i < steps && world_->Step(); ++i) {
  }
  CheckLog();
}

void LogLife::OnLogDurable(RaftIndex through) {
  const auto found = change_of_.find(through.value());
  if (found != change_of_.end() && through.value() <= now_.last()) promised_ = std::max(promised_, found->second);
}

std::vector<RosterEntry> LogLife::RosterAt(RaftIndex base) {
  return log_ == nullptr ? visited_.RosterAt(base.value()) : now_.RosterAt(base.value());
}

void LogLife::CheckLog() {
  if (log_ == nullptr || !wrong_.empty()) return;
  if (log_->last().value() != now_.last()) Wrong(absl::StrCat("last ", log_->last().value(), ", not ", now_.last()));
  if (log_->durable() > log_->last() || log_->durable().Next() < log_->first()) Wrong("rungs out of order");
  for (uint64_t i = floor(); i <= now_.last(); ++i) {
    const auto found = now_.records.find(i);
    if (found == now_.records.end()) return Wrong(absl::StrCat("the model has no record ", i));
    const absl::StatusOr<Term> term = log_->TermAt(RaftIndex(i));
    if (!term.ok() || *term != found->second.header.term) return Wrong(absl::StrCat("another term at ", i));
  }
}

// --- death and birth ------------------------------------------------------------------------------------------------

void LogLife::Kill() {
  log_.reset();
  world_->Kill();
}

void LogLife::LosePower(uint64_t keep_permille, uint64_t garbage_permille) {
  log_.reset();
  world_->PowerLoss(keep_permille, garbage_permille);
}

bool LogLife::Open(uint64_t freeze_after) {
  visited_ = Content();
  noted_ = false;
  visited_floor_ = 1;
  bool done = false;
  last_open_ = absl::UnknownError("died while opening");
  if (freeze_after > 0) world_->FreezeAtOperation(world_->operations() + freeze_after);
  SegmentedLog::Open(world_->env(), options_, *this, *this, [&](absl::StatusOr<SegmentedLog::Opened> opened) {
    done = true;
    last_open_ = opened.status();
    if (!opened.ok()) return;
    log_ = std::move(opened->log);
    torn_ = opened->report.torn_bytes > 0;
  });
  world_->RunUntil([&] { return done; });
  if (!done) {
    if (freeze_after == 0) Wrong("opening did not finish");
    return false;
  }
  world_->FreezeAtOperation(0);
  if (log_ == nullptr) {
    const ErrorKind kind = KindOf(last_open_);
    if (kind == ErrorKind::kCorruption || kind == ErrorKind::kLostRecords) Wrong(last_open_.ToString());
    return false;
  }
  ++seen_.openings;
  CheckRecovered();
  return true;
}

absl::Status LogLife::OnHeadNote(const HeadNote& note, RaftIndex base) {
  ++seen_.notes;
  if (!noted_) {
    noted_ = true;
    visited_.begin = base.value();
    visited_.roster = note.roster;
  } else if (visited_.RosterAt(base.value()) != note.roster) {
    Wrong(absl::StrCat("the head of the file from ", base.value(), " tells another roster than the records before it"));
  }
  return absl::OkStatus();
}
absl::Status LogLife::OnEntry(RaftIndex index, const EntryView& entry) {
  if (index.value() != visited_.last() + 1) Wrong(absl::StrCat("visited ", index.value(), " after ", visited_.last()));
  visited_.records[index.value()] = {index, entry.header, std::string(AsText(entry.payload))};
  return absl::OkStatus();
}
void LogLife::OnCut(RaftIndex new_end) {
  visited_.records.erase(visited_.records.upper_bound(new_end.value()), visited_.records.end());
}
void LogLife::OnFloor(RaftIndex first) { visited_floor_ = std::max(visited_floor_, first.value()); }

void LogLife::CheckRecovered() {
  const uint64_t first = floor();
  const uint64_t last = log_->last().value();
  if (visited_.last() != last) Wrong(absl::StrCat("visited up to ", visited_.last(), ", opened up to ", last));
  if (visited_floor_ != first) Wrong(absl::StrCat("visited floor ", visited_floor_, ", opened at ", first));
  if (first < floor_promised_ || first > floor_asked_) Wrong(absl::StrCat("floor ", first, " asked ", floor_asked_));
  if (log_->durable().value() != last) Wrong("opened with something not durable");
  Content state = base_;
  bool found = false;
  for (uint64_t k = 0; !found; ++k) {
    if (k > 0) Carry(changes_[k - 1], &state);
    const bool same_end = k >= promised_ && state.last() == last;
    if (same_end && std::equal(state.records.lower_bound(first), state.records.end(),
                               visited_.records.lower_bound(first), visited_.records.end())) {
      found = (first > last || state.records.lower_bound(first)->first == first) &&
              (!noted_ || visited_.RosterAt(last + 1) == state.RosterAt(last + 1));
    }
    if (k == changes_.size()) break;
  }
  if (!found) {
    Wrong(absl::StrCat("[", first, ", ", last, "] is no state at or after the promised one, ", promised_, " of ",
                       changes_.size(), " changes"));
    state = visited_;
  }
  seen_.records += last + 1 - first;
  base_ = now_ = state;
  changes_.clear();
  promised_ = 0;
  change_of_.clear();
  committed_ = std::min(committed_, last);
  floor_asked_ = floor_promised_ = first;
  ++term_;
  CheckLog();
}

}  // namespace tidemark::tests
