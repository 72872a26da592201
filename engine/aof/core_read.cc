#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/aof/core.h"
#include "engine/aof/file_names.h"
#include "engine/base/status.h"

namespace tidemark::aof {
namespace {

// One device read covers at most this many bytes beyond what was asked for (notes, commit frames, filling).
constexpr uint64_t kReadSlackBytes = 256u << 10;

}  // namespace

// The batch that still holds the record in memory: on its way, or in the queue.
const Batch* Core::InMemory(Sequence sequence) const {
  const auto holds = [sequence](const Batch& batch) {
    return batch.has_records() && sequence >= batch.first_record() && sequence <= batch.last_record();
  };
  // The queue first: a record in it may replace one of the same number that is on its way and void already.
  for (const Queued& queued : queue_) {
    if (holds(*queued.batch)) return queued.batch.get();
  }
  return flying_placed_ && holds(*flying_.batch) ? flying_.batch.get() : nullptr;
}

bool Core::FindInMemory(Sequence sequence, ByteSpan* payload) const {
  if (!index_.Contains(sequence)) return false;
  if (sequence <= durable_) return recent_.Find(sequence, payload);
  const Batch* const batch = InMemory(sequence);
  CHECK(batch != nullptr) << sequence << " is not durable (" << durable_ << "), and in no batch";
  *payload = batch->PayloadAt(index_.At(sequence).offset - (batch->placed() ? batch->offset() : 0));
  return true;
}

void Core::ReadRange(Sequence from, uint64_t max_records, uint64_t max_bytes, ReadRangeDone done) {
  if (!index_.Contains(from)) {
    env_.executor.Post([weak = weak_from_this(), from, max_records, max_bytes, done = std::move(done)]() mutable {
      auto self = weak.lock();
      if (self == nullptr || self->closed_) return;
      if (self->index_.Contains(from)) return self->ReadRange(from, max_records, max_bytes, std::move(done));
      done(self->NotThere(from));
    });
    return;
  }
  const Sequence end = from.Plus(std::min(std::max<uint64_t>(max_records, 1), appended().value() - from.value() + 1));
  if (InMemory(from) != nullptr) return ReadMemory(from, end, max_bytes, std::move(done));
  const Segment& segment = table_.Holding(from);
  const RecordIndex* const places = index_.Knows(from) ? &index_ : sealed_->Find(segment.file_id);
  if (places == nullptr) {
    return Load(segment, from,
                [this, from, max_records, max_bytes, done = std::move(done)](absl::Status status) mutable {
                  if (!status.ok()) return done(std::move(status));
                  ReadRange(from, max_records, max_bytes, std::move(done));
                });
  }
  if (!places->Knows(from)) {
    return EndReadLater(from, max_records, max_bytes, std::move(done), NotInItsFile(from, segment, *places));
  }
  ReadFile(segment, *places, from, end, max_bytes, std::move(done));
}

absl::Status Core::NotThere(Sequence sequence) const {
  return MakeError(ErrorKind::kTruncated, absl::StrCat("aof ", options_.directory, " holds records ", first().value(),
                                                       " to ", appended().value(), ", not ", sequence.value()));
}

// Whether the record is in that file, and nowhere else. Files may go, or their records be replaced, while they are
// read.
bool Core::IsInFile(Sequence sequence, uint64_t file_id) const {
  return index_.Contains(sequence) && InMemory(sequence) == nullptr && table_.Holding(sequence).file_id == file_id;
}

void Core::ReadMemory(Sequence from, Sequence end, uint64_t max_bytes, ReadRangeDone done) {
  uint64_t bytes = 0;
  std::vector<Record> records;
  for (Sequence sequence = from; sequence < end; sequence = sequence.Next()) {
    const Batch* batch = InMemory(sequence);
    if (batch == nullptr) break;
    const RecordIndex::Entry place = index_.At(sequence);
    bytes += place.length;
    if (sequence > from && bytes > max_bytes) break;
    const uint64_t at = place.offset - (batch->placed() ? batch->offset() : 0);
    records.push_back({.sequence = sequence, .payload = std::string(AsText(batch->PayloadAt(at)))});
  }
  EndReadLater(from, end.value() - from.value(), max_bytes, std::move(done), std::move(records));
}

void Core::ReadFile(const Segment& segment, const RecordIndex& places, Sequence from, Sequence end, uint64_t max_bytes,
                    ReadRangeDone done) {
  uint64_t bytes = 0;
  std::vector<RecordIndex::Entry> wanted;
  for (Sequence sequence = from; sequence < end; sequence = sequence.Next()) {
    const bool in_file = places.Knows(sequence) && table_.Holding(sequence).file_id == segment.file_id &&
                         InMemory(sequence) == nullptr;
    if (!in_file) break;
    const RecordIndex::Entry place = places.At(sequence);
    bytes += place.length;
    const bool near = wanted.empty() || place.offset - wanted.front().offset < max_bytes + kReadSlackBytes;
    if (sequence > from && (bytes > max_bytes || !near)) break;
    wanted.push_back(place);
  }
  open_.Used();
  reader_->Read(segment, from, std::move(wanted),
                [weak = weak_from_this(), read = BeginRead(), from, records = end.value() - from.value(), max_bytes,
                 done = std::move(done)](absl::StatusOr<std::vector<Record>> result) mutable {
                  auto self = weak.lock();
                  if (self == nullptr || self->closed_) return;
                  self->EndRead(read, from, records, max_bytes, std::move(done), std::move(result));
                  self->open_.Idle();
                });
}

// --- reads under way ------------------------------------------------------------------------------------------

uint64_t Core::BeginRead() {
  reads_.emplace(next_read_, Sequence::Max());
  return next_read_++;
}

void Core::VoidReadsAbove(Sequence new_end) {
  for (auto& [read, sound_to] : reads_) sound_to = std::min(sound_to, new_end);
}

// What was read, as far as the log still holds it. Where it does not hold the first record any more, there is another
// one of its number, or none: neither what was read nor an error of it tells.
void Core::EndRead(uint64_t read, Sequence from, uint64_t max_records, uint64_t max_bytes, ReadRangeDone done,
                   absl::StatusOr<std::vector<Record>> result) {
  const auto found = reads_.find(read);
  const Sequence sound_to = found->second;
  reads_.erase(found);
  if (from > sound_to || !index_.Contains(from)) return ReadRange(from, max_records, max_bytes, std::move(done));
  while (result.ok() && result->back().sequence > sound_to) result->pop_back();
  done(std::move(result));
}

void Core::EndReadLater(Sequence from, uint64_t max_records, uint64_t max_bytes, ReadRangeDone done,
                        absl::StatusOr<std::vector<Record>> result) {
  env_.executor.Post([weak = weak_from_this(), read = BeginRead(), from, max_records, max_bytes, done = std::move(done),
                      result = std::move(result)]() mutable {
    auto self = weak.lock();
    if (self == nullptr || self->closed_) return;
    self->EndRead(read, from, max_records, max_bytes, std::move(done), std::move(result));
  });
}

// --- places that are not known ------------------------------------------------------------------------------

// An error of a file that does not hold the record `from` any more, as it is gone or replaced, is none. What was found
// is used before the files may be closed, which forgets it.
void Core::Load(const Segment& segment, Sequence from, absl::AnyInvocable<void(absl::Status)> loaded) {
  open_.Used();
  sealed_->Load(segment, [weak = weak_from_this(), file_id = segment.file_id, from,
                          loaded = std::move(loaded)](absl::Status status) mutable {
    auto self = weak.lock();
    if (self == nullptr || self->closed_) return;
    loaded(self->IsInFile(from, file_id) ? std::move(status) : absl::OkStatus());
    self->open_.Idle();
  });
}

// It checks out, and yet the heads said something else.
absl::Status Core::NotInItsFile(Sequence sequence, const Segment& segment, const RecordIndex& places) const {
  return MakeError(ErrorKind::kCorruption,
                   absl::StrCat("aof ", options_.directory, ": record ", sequence.value(), " should be in ",
                                SegmentName(segment.file_id), ", which holds ", places.known_from().value(), " to ",
                                places.last().value()));
}

Sequence Core::DamagedThrough(Sequence sequence) const {
  if (!index_.Contains(sequence) || index_.Knows(sequence)) return sequence;
  const Segment& segment = table_.Holding(sequence);
  return sealed_->damaged(segment.file_id) ? table_.EndOf(segment).Prev() : sequence;
}

void Core::CheckSkippedFrom(Sequence next, DiskDone done) {
  next = std::max(next, first());
  while (index_.Contains(next) && !index_.Knows(next)) {
    const Segment& segment = table_.Holding(next);
    if (segment.file_id > last_skipped_file_) break;
    const RecordIndex* const places = sealed_->Find(segment.file_id);
    if (places == nullptr) {
      return Load(segment, next, [this, next, done = std::move(done)](absl::Status status) mutable {
        if (!status.ok()) return done(std::move(status));
        CheckSkippedFrom(next, std::move(done));
      });
    }
    if (!places->Knows(next)) return CompleteLater(std::move(done), NotInItsFile(next, segment, *places));
    next = table_.EndOf(segment);
  }
  CompleteLater(std::move(done), absl::OkStatus());
}

}  // namespace tidemark::aof
