#include "engine/segmented_log/segmented_log.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/aof/format.h"
#include "engine/aof/replay.h"
#include "engine/base/check.h"
#include "engine/base/status.h"

namespace tidemark {
namespace {

// In the bytes that were read: they may be many.
absl::StatusOr<Entry> ToEntry(RaftIndex index, std::string bytes) {
  absl::StatusOr<EntryView> view = DecodeEntry(AsBytes(bytes));
  if (!view.ok()) return Annotate(view.status(), index.ToString());
  const EntryHeader header = view->header;
  bytes.erase(0, kEntryHeaderBytes);
  return Entry{index, header, std::move(bytes)};
}

uint64_t MostRecordsIn(uint64_t bytes) { return bytes / aof::FrameBytes(kEntryHeaderBytes); }

}  // namespace

// Listens to the AOF while it opens: decodes, learns terms and file bases, passes on.
class SegmentedLog::Visit : public aof::Replay {
 public:
  Visit(SegmentedLog& log, LogVisitor& visitor) : log_(log), visitor_(visitor) {}
  absl::Status Verdict() override { return status_.ok() ? visitor_.Verdict() : status_; }

  void OnHeadNote(ByteSpan note, Sequence base) override {
    if (!status_.ok()) return;
    log_.AddFileBase(RaftIndex(base.value()));
    absl::StatusOr<tidemark::HeadNote> decoded = DecodeHeadNote(note);
    if (!decoded.ok()) return Fail(decoded.status(), base);
    log_.terms_.Raise(decoded->term);
    log_.AddFileNote(RaftIndex(base.value()), std::string(AsText(note)));
    Fail(visitor_.OnHeadNote(*decoded, RaftIndex(base.value())), base);
  }
  void OnRecord(Sequence sequence, ByteSpan payload, aof::Location) override {
    if (!status_.ok()) return;
    const RaftIndex index(sequence.value());
    absl::StatusOr<EntryView> entry = DecodeEntry(payload);
    if (!entry.ok()) return Fail(entry.status(), sequence);
    if (entry->header.term < log_.terms_.At(index.Prev())) {
      return Fail(MakeError(ErrorKind::kCorruption, "log record: its term is below the one before it"), sequence);
    }
    log_.terms_.Add(index, entry->header.term);
    promise_ = entry->header.promise;
    Fail(visitor_.OnEntry(index, *entry), sequence);
  }
  void OnNote(ByteSpan, Sequence last) override {
    if (!status_.ok()) return;
    Fail(MakeError(ErrorKind::kCorruption, "the segmented log holds a note; it never writes one"), last);
  }
  // All of one term: no life ended within the gap, so it holds neither a control record nor a cut. The records of
  // one life are promised alike.
  void OnGap(aof::Gap gap, aof::GapDone done) override {
    if (!status_.ok()) return done(status_);
    const Term term = log_.terms_.At(RaftIndex(gap.first.value()).Prev());
    const absl::StatusOr<EntryView> after = DecodeEntry(AsBytes(gap.after));
    if (!after.ok()) return done(after.status());
    if (term == Term(0) || after->header.term != term) {
      return done(MakeError(ErrorKind::kCorruption, absl::StrCat("term ", term.value(), " before it and ",
                                                                 after->header.term.value(), " after it")));
    }
    auto encode = [promise = promise_, done = std::move(done)](absl::StatusOr<std::vector<Entry>> entries) mutable {
      if (!entries.ok()) return done(entries.status());
      std::vector<std::string> payloads;
      for (Entry& entry : *entries) {
        entry.header.promise = promise;
        uint8_t header[kEntryHeaderBytes];
        EncodeEntryHeader(entry.header, header);
        payloads.push_back(absl::StrCat(AsText(ByteSpan(header, kEntryHeaderBytes)), entry.payload));
      }
      done(std::move(payloads));
    };
    visitor_.OnGap({RaftIndex(gap.first.value()), RaftIndex(gap.last.value()), term}, std::move(encode));
  }
  void OnCut(Sequence new_end) override {
    log_.Forget(RaftIndex(new_end.value()));
    visitor_.OnCut(RaftIndex(new_end.value()));
  }
  void OnFloor(Sequence first) override { visitor_.OnFloor(RaftIndex(first.value())); }

 private:
  void Fail(const absl::Status& status, Sequence at) {
    if (!status.ok()) status_ = Annotate(status, absl::StrCat("segmented log, r", at.value()));
  }

  SegmentedLog& log_;
  LogVisitor& visitor_;
  Promise promise_ = Promise::kAtDurable;  // of the last record
  absl::Status status_;
};

SegmentedLog::SegmentedLog(const aof::Options& options, LogListener& listener)
    : store_id_(options.store_id),
      max_payload_bytes_(options.max_record_bytes - std::min<uint64_t>(options.max_record_bytes, kEntryHeaderBytes)),
      max_head_note_bytes_(options.max_head_note_bytes),
      listener_(&listener) {}
SegmentedLog::~SegmentedLog() = default;

void SegmentedLog::Open(const Env& env, const aof::Options& options, LogVisitor& visitor, LogListener& listener,
                        OpenDone done) {
  std::unique_ptr<SegmentedLog> log(new SegmentedLog(options, listener));
  auto visit = std::make_unique<Visit>(*log, visitor);
  aof::Replay& replay = *visit;
  aof::Listener& aof_listener = *log;
  aof::Aof::Open(env, options, replay, aof_listener,
                 [log = std::move(log), visit = std::move(visit),
                  done = std::move(done)](absl::StatusOr<aof::Opened> opened) mutable {
                   if (!opened.ok()) return done(opened.status());
                   log->aof_ = std::move(opened->aof);
                   if (const uint64_t torn = opened->report.torn_bytes; torn > 0) {
                     log->unsure_to_ = log->last().Plus(MostRecordsIn(torn));
                   }
                   // The first file of a new log, or one that the tail was copied to.
                   if (const RaftIndex base = log->made_note_.base; base != RaftIndex(0)) {
                     log->OnRotated(opened->report.last_file_id, Sequence(base.value()));
                   }
                   done(Opened{std::move(log), std::move(opened->report)});
                 });
}

absl::StatusOr<RaftIndex> SegmentedLog::Append(const EntryHeader& header, ByteSpan payload) {
  uint8_t bytes[kEntryHeaderBytes];
  EncodeEntryHeader(header, bytes);
  const ByteSpan header_bytes(bytes, kEntryHeaderBytes);
  const ByteSpan parts[] = {header_bytes, payload};
  absl::StatusOr<Sequence> sequence = aof_->Append(parts);
  if (!sequence.ok()) return sequence.status();
  const RaftIndex index(sequence->value());
  terms_.Add(index, header.term);
  return index;
}

absl::StatusOr<RaftIndex> SegmentedLog::AppendAll(const EntryHeader& first, absl::Span<const ByteSpan> payloads) {
  EntryHeader header = first;
  const auto write_header = [&](size_t record, uint8_t* to) {
    header.partition_index = first.partition_index.Plus(record);
    EncodeEntryHeader(header, to);
  };
  absl::StatusOr<Sequence> sequence = aof_->AppendAll({payloads, kEntryHeaderBytes, write_header});
  if (!sequence.ok()) return sequence.status();
  const RaftIndex index(sequence->value());
  terms_.Add(index, header.term);
  return index;
}

absl::StatusOr<RaftIndex> SegmentedLog::AppendControl(Term term, PartitionIndex index, RecordKind kind,
                                                      ByteSpan payload, Promise promise) {
  CHECK(kind != RecordKind::kData) << "a client's record is not a control record";
  return Append(EntryHeader{term, kSystemPartition, index, kind, promise}, payload);
}

bool SegmentedLog::FindInMemory(RaftIndex index, EntryView* entry) const {
  ByteSpan bytes;
  if (!aof_->FindInMemory(Sequence(index.value()), &bytes)) return false;
  absl::StatusOr<EntryView> decoded = DecodeEntry(bytes);
  CHECK(decoded.ok()) << "memory holds a damaged entry " << index << ": " << decoded.status().message();
  *entry = *decoded;
  return true;
}

void SegmentedLog::EntryAt(RaftIndex index, EntryDone done) {
  aof_->Read(Sequence(index.value()), [index, done = std::move(done)](absl::StatusOr<std::string> payload) mutable {
    if (!payload.ok()) return done(payload.status());
    done(ToEntry(index, *std::move(payload)));
  });
}

void SegmentedLog::Entries(RaftIndex from, uint64_t max_records, uint64_t max_bytes, EntriesDone done) {
  aof_->ReadRange(Sequence(from.value()), max_records, max_bytes,
                  [done = std::move(done)](absl::StatusOr<std::vector<aof::Record>> records) mutable {
                    if (!records.ok()) return done(records.status());
                    std::vector<Entry> entries;
                    entries.reserve(records->size());
                    for (aof::Record& record : *records) {
                      absl::StatusOr<Entry> entry =
                          ToEntry(RaftIndex(record.sequence.value()), std::move(record.payload));
                      if (!entry.ok()) return done(entry.status());
                      entries.push_back(*std::move(entry));
                    }
                    done(std::move(entries));
                  });
}

absl::StatusOr<Term> SegmentedLog::TermAt(RaftIndex index) const {
  const Term term = index > last() ? Term(0) : terms_.At(index);
  if (term == Term(0)) {
    return MakeError(ErrorKind::kTruncated, absl::StrCat("term of ", index.ToString(), ": the log holds ",
                                                         first().ToString(), "..", last().ToString()));
  }
  return term;
}

absl::Status SegmentedLog::TruncateSuffix(RaftIndex new_end) {
  const bool lowers = new_end < last();
  RETURN_IF_ERROR(aof_->TruncateSuffix(Sequence(new_end.value())));
  // What followed a record that is given up was given up with it.
  if (lowers) unsure_to_ = RaftIndex(0);
  Forget(new_end);
  return absl::OkStatus();
}

void SegmentedLog::Forget(RaftIndex new_end) {
  terms_.CutTo(new_end);
  while (!file_notes_.empty() && file_notes_.back().base > new_end.Next()) file_notes_.PopBack();
  ++epoch_;
}

void SegmentedLog::TruncatePrefix(RaftIndex new_first, DiskDone done) {
  CHECK_LE(new_first, durable().Next()) << "truncation of what is not durable";
  while (file_bases_.size() > 1 && file_bases_[1] <= new_first) file_bases_.PopFront();
  while (!file_notes_.empty() && file_notes_.front().base < file_bases_.front()) file_notes_.PopFront();
  aof_->TruncatePrefix(Sequence(new_first.value()), std::move(done));
}

RaftIndex SegmentedLog::FileBoundaryAtOrBelow(RaftIndex limit) const {
  RaftIndex boundary;
  for (size_t i = 1; i < file_bases_.size() && file_bases_[i] <= limit; ++i) boundary = file_bases_[i];
  return boundary;
}

void SegmentedLog::OnDurable(Sequence through) { listener_->OnLogDurable(RaftIndex(through.value())); }
void SegmentedLog::OnFailed(const absl::Status& why) { listener_->OnLogFailed(why); }
void SegmentedLog::OnFull(bool full) { listener_->OnLogFull(full); }

std::string SegmentedLog::HeadNote(Sequence base) {
  made_note_.base = RaftIndex(base.value());
  made_epoch_ = epoch_;
  if (restart_note_.has_value() && restart_note_->base == made_note_.base) {
    made_note_.note = restart_note_->note;
  } else {
    made_note_.note = EncodeHeadNote({terms_.current(), NodeId(0), listener_->RosterAt(made_note_.base)});
  }
  return made_note_.note;
}

void SegmentedLog::OnRotated(uint64_t, Sequence base) {
  const RaftIndex begin(base.value());
  if (restart_note_.has_value() && restart_note_->base == begin) {
    file_bases_.Clear();
    file_notes_.Clear();
    made_epoch_ = epoch_;
    restart_note_.reset();
  }
  AddFileBase(begin);
  // Not if records were voided since: the log is another one then.
  if (made_epoch_ == epoch_ && !restart_note_.has_value()) AddFileNote(begin, std::move(made_note_.note));
  made_note_ = FileNote();
}

void SegmentedLog::AddFileBase(RaftIndex base) {
  while (!file_bases_.empty() && file_bases_.back() >= base) file_bases_.PopBack();
  file_bases_.PushBack(base);
}

void SegmentedLog::AddFileNote(RaftIndex base, std::string note) {
  while (!file_notes_.empty() && file_notes_.back().base >= base) file_notes_.PopBack();
  file_notes_.PushBack({base, std::move(note)});
}

}  // namespace tidemark
