#include "tests/engine/aof/log_model.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"

namespace tidemark::aof {

LogModel::LogModel(uint64_t seed, Options options)
    : options_(std::move(options)),
      world_(std::make_unique<tests::MemoryWorld>(seed)),
      open_files_(std::make_shared<OpenFiles>(1)),
      neighbour_place_(open_files_, neighbour_) {
  options_.open_files = open_files_;
}

LogModel::~LogModel() {
  aof_.reset();
  world_->Kill();
}

void LogModel::Wrong(const std::string& what) {
  if (wrong_.empty()) wrong_ = what;
}

void LogModel::Apply(const Change& change, Content* content) {
  if (change.is_restart) content->clear();
  content->erase(content->upper_bound(change.is_cut ? change.sequence : change.sequence - 1), content->end());
  if (!change.is_cut) (*content)[change.sequence] = change.payload;
}

// --- life ------------------------------------------------------------------------------------------------

bool LogModel::Open(uint64_t freeze_after) {
  replayed_.clear();
  replayed_notes_.clear();
  replayed_floor_ = 1;
  head_notes_ = 0;
  failed_ = false;
  bool done = false;
  last_open = absl::UnknownError("died while opening");
  if (freeze_after > 0) world_->FreezeAtOperation(world_->operations() + freeze_after);
  Aof::Open(world_->env(), options_, *this, *this, [&](absl::StatusOr<Opened> opened) {
    done = true;
    last_open = opened.status();
    if (!opened.ok()) return;
    aof_ = std::move(opened->aof);
    report = opened->report;
  });
  world_->RunUntil([&] { return done; });
  if (!done) {
    if (freeze_after == 0) Wrong("opening did not finish");
    return false;
  }
  world_->FreezeAtOperation(0);
  if (aof_ == nullptr) {
    if (!open_may_fail) Wrong(absl::StrCat("opening failed: ", last_open.ToString()));
    return false;
  }
  ++openings_;
  skipped_files_ += report.skipped_files;
  CheckRecovered();
  return true;
}

void LogModel::UseNeighbour() {
  neighbour_place_.Used();
  neighbour_place_.Idle();
}

// Six bytes at least.
std::string LogModel::NextPayload(uint64_t bytes) {
  return absl::StrCat(next_payload_++, ":", std::string(std::max<uint64_t>(bytes, 6), 'x'))
      .substr(0, std::max<uint64_t>(bytes, 6));
}

// Whether it was taken; if not, rightly so.
bool LogModel::Took(const absl::StatusOr<Sequence>& first) {
  if (first.ok()) return true;
  const ErrorKind kind = KindOf(first.status());
  const bool explained = (kind == ErrorKind::kDiskFull && aof_->full()) ||
                         (kind == ErrorKind::kPoisoned && aof_->poisoned());
  if (!explained) Wrong(absl::StrCat("append refused: ", first.status().ToString()));
  return false;
}

void LogModel::Appended(std::string payload) {
  changes_.push_back({.sequence = ++end_, .payload = std::move(payload)});
  Apply(changes_.back(), &now_);
  change_of_[end_] = changes_.size();
}

void LogModel::AppendAll(uint64_t records, uint64_t bytes) {
  constexpr size_t kHead = 3;
  std::vector<std::string> payloads;
  std::vector<ByteSpan> bodies;
  for (uint64_t i = 0; i < records; ++i) payloads.push_back(NextPayload(bytes / (i + 1)));
  for (const std::string& payload : payloads) bodies.push_back(AsBytes(payload).subspan(kHead));
  const auto write_head = [&](size_t i, uint8_t* to) { std::copy_n(payloads[i].begin(), kHead, to); };
  const absl::StatusOr<Sequence> first = aof_->AppendAll({bodies, kHead, write_head});
  if (!Took(first)) return;
  if (first->value() != end_ + 1) Wrong(absl::StrCat("appended from ", first->value(), " on, not from ", end_ + 1));
  for (std::string& payload : payloads) Appended(std::move(payload));
}

void LogModel::Append(uint64_t bytes) {
  const std::string payload = NextPayload(bytes);
  const ByteSpan whole = AsBytes(payload);
  const size_t half = payload.size() / 2;
  const ByteSpan parts[] = {whole.subspan(0, half), whole.subspan(half)};
  const absl::StatusOr<Sequence> sequence = aof_->Append(parts);
  if (!Took(sequence)) return;
  if (sequence->value() != end_ + 1) Wrong(absl::StrCat("appended as ", sequence->value(), ", not ", end_ + 1));
  Appended(payload);
}

void LogModel::Note(uint64_t bytes) {
  const std::string note = absl::StrCat("note ", next_payload_++, std::string(bytes, '.'));
  if (aof_->AppendNote(AsBytes(note)).ok()) notes_[note] = {.last = end_, .change = changes_.size() + 1};
}

void LogModel::Cut(uint64_t records_back) {
  const uint64_t lowest = aof_->first().value() - 1;
  const uint64_t new_end = end_ - std::min(records_back, end_ - lowest);
  const absl::Status status = aof_->TruncateSuffix(Sequence(new_end));
  if (aof_->poisoned()) return;
  if (!status.ok()) return Wrong(absl::StrCat("cut refused: ", status.ToString()));
  end_ = new_end;
  changes_.push_back({.sequence = new_end, .is_cut = true, .payload = ""});
  Apply(changes_.back(), &now_);
  for (auto& [note, state] : notes_) state.last = std::min(state.last, new_end);
  CheckRungs();
}

void LogModel::TruncatePrefix(uint64_t records) {
  const uint64_t floor = std::min(aof_->first().value() + records, aof_->durable().value() + 1);
  floor_asked_ = std::max(floor_asked_, floor);
  aof_->TruncatePrefix(Sequence(floor), [this, floor](absl::Status status) {
    if (status.ok()) floor_promised_ = std::max(floor_promised_, floor);
  });
  now_.erase(now_.begin(), now_.lower_bound(floor));
  CheckRungs();
}

void LogModel::Restart(uint64_t ahead, bool past_end) {
  if (aof_->poisoned()) return;
  const uint64_t base = (past_end ? end_ + 1 : aof_->first().value()) + ahead;
  changes_.push_back({.sequence = base - 1, .is_cut = true, .payload = "", .is_restart = true});
  Apply(changes_.back(), &now_);
  end_ = base - 1;
  floor_asked_ = std::max(floor_asked_, base);
  for (auto& [note, state] : notes_) state.last = 0;  // may go, or come back
  aof_->Restart(Sequence(base), [this, base, changes = changes_.size()](absl::Status status) {
    if (!status.ok()) return;
    floor_promised_ = std::max(floor_promised_, base);
    Promise(changes);
  });
  if (aof_->first().value() != base) Wrong("a log started again still shows what it held");
  CheckRungs();
}

void LogModel::Flush() {
  aof_->Flush([this, changes = changes_.size()](absl::Status status) {
    if (status.ok()) Promise(changes);
  });
}

absl::StatusOr<std::string> LogModel::ReadNow(uint64_t sequence) {
  absl::StatusOr<std::string> result = absl::UnknownError("still reading");
  bool done = false;
  aof_->Read(Sequence(sequence), [&](absl::StatusOr<std::string> got) {
    result = std::move(got);
    done = true;
  });
  world_->RunUntil([&] { return done; });
  return result;
}

void LogModel::Read(uint64_t which) {
  const uint64_t sequence = which % (end_ + 3);
  const auto expected = now_.find(sequence);
  const bool is_there = expected != now_.end();
  const std::string payload = is_there ? expected->second : "";
  const absl::StatusOr<std::string> result = ReadNow(sequence);
  if (is_there && (!result.ok() || *result != payload)) {
    Wrong(absl::StrCat("read ", sequence, " gave ", result.ok() ? *result : result.status().ToString(), ", not ",
                       payload));
  }
  if (!is_there && KindOf(result.status()) != ErrorKind::kTruncated)
    Wrong(absl::StrCat("read ", sequence, " found something"));
}

void LogModel::ReadLater(uint64_t which, uint64_t count) {
  const uint64_t from = which % (end_ + 3);
  aof_->ReadRange(Sequence(from), count, 1 << 20, [this, from](absl::StatusOr<std::vector<Record>> result) {
    if (now_.count(from) == 0 && KindOf(result.status()) != ErrorKind::kTruncated) {
      return Wrong(absl::StrCat("a read under way found ", from, ", which is gone"));
    }
    if (now_.count(from) == 0) return;
    if (!result.ok()) return Wrong(absl::StrCat("a read under way of ", from, ": ", result.status().ToString()));
    for (const Record& record : *result) {
      const auto expected = now_.find(record.sequence.value());
      if (expected != now_.end() && expected->second == record.payload) continue;
      Wrong(absl::StrCat("a read under way gave ", record.payload, " as ", record.sequence.value(), ", not ",
                         expected == now_.end() ? "nothing" : expected->second));
    }
  });
}

void LogModel::ReadAll(uint64_t at_once) {
  std::map<uint64_t, absl::StatusOr<std::string>> got;
  const Content expected = now_;
  uint64_t asked = 0;
  for (const auto& [sequence, payload] : expected) {
    aof_->Read(Sequence(sequence), [&got, n = sequence](absl::StatusOr<std::string> result) { got[n] = result; });
    if (++asked % at_once == 0) world_->RunUntil([&] { return got.size() == asked; });
  }
  world_->RunUntil([&] { return got.size() == asked; });
  for (const auto& [sequence, payload] : expected) {
    const auto found = got.find(sequence);
    if (found == got.end()) return Wrong(absl::StrCat("reading ", sequence, " did not finish"));
    if (found->second.ok() && *found->second == payload) continue;
    Wrong(absl::StrCat("read ", sequence, " gave ",
                       found->second.ok() ? *found->second : found->second.status().ToString(), ", not ", payload));
  }
}

void LogModel::RunSteps(uint64_t steps) {
  for (uint64_t i = 0; i < steps && world_->Step(); ++i) CheckRungs();
}

void LogModel::RunUntilQuiet() {
  Flush();
  world_->RunUntil([this] { return aof_->poisoned() || aof_->full() || promised_changes_ == changes_.size(); });
}

void LogModel::CheckRungs() {
  if (aof_ == nullptr) return;
  if (aof_->first().value() - 1 > aof_->durable().value() || aof_->durable() > aof_->appended()) {
    Wrong(absl::StrCat("rungs: first ", aof_->first().value(), " durable ", aof_->durable().value(), " appended ",
                       aof_->appended().value()));
  }
  if (aof_->appended().value() != end_) Wrong("appended is not what was appended");
  CheckMemory();
}

// What memory has of the last records is right; what is on its way it has.
void LogModel::CheckMemory() {
  ByteSpan payload;
  if (aof_->FindInMemory(Sequence(end_ + 1), &payload)) Wrong("memory has a record that is not there");
  if (aof_->FindInMemory(aof_->first().Prev(), &payload)) Wrong("memory has a record below the floor");
  int left = 12;
  for (auto it = now_.rbegin(); it != now_.rend() && left > 0; ++it, --left) {
    const bool durable = it->first <= aof_->durable().value();
    const bool found = aof_->FindInMemory(Sequence(it->first), &payload);
    if (found && AsText(payload) != it->second) {
      return Wrong(absl::StrCat("memory has ", AsText(payload), " as ", it->first, ", not ", it->second));
    }
    if (!found && !durable) return Wrong(absl::StrCat("record ", it->first, " is nowhere"));
    if (found && durable) ++found_in_memory_;
  }
}

void LogModel::OnDurable(Sequence through) {
  if (auto found = change_of_.find(through.value()); found != change_of_.end() && through.value() <= end_) {
    Promise(found->second);
  }
}

// --- death -----------------------------------------------------------------------------------------------

void LogModel::Kill() {
  aof_.reset();
  world_->Kill();
}

void LogModel::LosePower(uint64_t keep_permille, uint64_t garbage_permille) {
  aof_.reset();
  world_->PowerLoss(keep_permille, garbage_permille);
}

void LogModel::OnRecord(Sequence sequence, ByteSpan payload, Location) {
  if (!replayed_.empty() && sequence.value() != replayed_.rbegin()->first + 1) Wrong("replayed with a gap");
  replayed_[sequence.value()] = std::string(AsText(payload));
}
void LogModel::OnNote(ByteSpan note, Sequence last) { replayed_notes_[std::string(AsText(note))] = last.value(); }
void LogModel::OnCut(Sequence new_end) {
  replayed_.erase(replayed_.upper_bound(new_end.value()), replayed_.end());
  for (auto& [note, last] : replayed_notes_) last = std::min(last, new_end.value());
}
void LogModel::OnFloor(Sequence first) {
  replayed_floor_ = first.value();
  replayed_.erase(replayed_.begin(), replayed_.lower_bound(first.value()));
}

// Every other opening is taken at its word: then what it did not look at is compared when it is read, if ever.
void LogModel::ReadSkipped() {
  unread_to_ = 0;
  if (report.skipped_files == 0) return;
  if (openings_ % 2 == 1) {
    unread_to_ = report.skipped_to.value();
    return;
  }
  for (uint64_t sequence = report.first.value(); sequence <= report.skipped_to.value(); ++sequence) {
    absl::StatusOr<std::string> payload = ReadNow(sequence);
    if (!payload.ok()) return Wrong(absl::StrCat("skipped record ", sequence, ": ", payload.status().ToString()));
    if (replayed_.count(sequence) > 0) Wrong(absl::StrCat("record ", sequence, " was skipped, and replayed"));
    replayed_[sequence] = *std::move(payload);
  }
}

void LogModel::CheckRecovered() {
  ReadSkipped();
  if (head_notes_ == 0 && !report.created) Wrong("no head note");
  const uint64_t floor = aof_->first().value();
  const uint64_t last = aof_->appended().value();
  if (replayed_floor_ != floor) Wrong(absl::StrCat("replayed floor ", replayed_floor_, ", first() is ", floor));
  if (floor < floor_promised_ || floor > floor_asked_) {
    Wrong(absl::StrCat("floor ", floor, ", asked ", floor_asked_, ", promised ", floor_promised_));
  }
  if (aof_->durable() != aof_->appended()) Wrong("opened with something not durable");
  const uint64_t heard_from = std::max(floor, unread_to_ + 1);
  if (replayed_.size() != last + 1 - heard_from) Wrong("replayed another number of records");
  if (report.records != last + 1 - floor) Wrong("reported another number of records");
  Content expected = base_;
  uint64_t end = base_end_;
  bool found = false;
  for (uint64_t k = 0;; ++k) {
    if (k > 0) {
      Apply(changes_[k - 1], &expected);
      end = changes_[k - 1].sequence;
    }
    if (k >= promised_changes_ && end == last) {
      expected.erase(expected.begin(), expected.lower_bound(floor));
      Content heard(expected.lower_bound(heard_from), expected.end());
      if (heard == replayed_ && (!expected.empty() || last + 1 == floor)) {
        found = true;
        changes_.resize(k);
        break;
      }
    }
    if (k == changes_.size()) break;
  }
  if (!found) {
    Wrong(absl::StrCat("recovered [", floor, ", ", last, "] is no state at or after the promised one (",
                       promised_changes_, " of ", changes_.size(),
                       " changes since the last opening, which found up to ", base_end_, ")"));
  }
  CheckNotes();
  checked_records_ += replayed_.size();
  base_ = now_ = expected;
  end_ = base_end_ = last;
  changes_.clear();
  promised_changes_ = 0;
  change_of_.clear();
  floor_asked_ = floor_promised_ = floor;
}

void LogModel::CheckNotes() {
  std::map<std::string, NoteState> kept;
  for (const auto& [note, last] : replayed_notes_) {
    auto found = notes_.find(note);
    if (found == notes_.end()) Wrong(absl::StrCat("a note that nobody wrote: ", note));
    kept[note] = {.last = std::min(last, aof_->appended().value()), .change = 0};
  }
  for (const auto& [note, state] : notes_) {
    const bool promised = state.change <= promised_changes_;
    const bool may_be_skipped = report.skipped_files > 0 && state.last <= report.skipped_to.value();
    if (kept.count(note) > 0) continue;
    if (may_be_skipped) kept[note] = {.last = state.last, .change = promised ? 0 : ~uint64_t{0}};
    if (promised && !may_be_skipped && state.last >= aof_->first().value()) {
      Wrong(absl::StrCat("a promised note is gone: ", note.substr(0, 12), " after ", state.last));
    }
  }
  notes_ = std::move(kept);
}

}  // namespace tidemark::aof
