#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/aof/core.h"
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

void Core::ReadRange(Sequence from, uint64_t max_records, uint64_t max_bytes, ReadRangeDone done) {
  if (!index_.Contains(from)) {
    auto error =
        MakeError(ErrorKind::kTruncated, absl::StrCat("aof ", options_.directory, " holds records ", first().value(),
                                                      " to ", appended().value(), ", not ", from.value()));
    return CompleteReadLater(std::move(done), std::move(error));
  }
  const Sequence end = from.Plus(std::min(std::max<uint64_t>(max_records, 1), appended().value() - from.value() + 1));
  uint64_t bytes = 0;
  const auto too_many = [&](Sequence sequence) {
    bytes += index_.At(sequence).length;
    return sequence > from && bytes > max_bytes;
  };
  if (InMemory(from) != nullptr) {
    std::vector<Record> records;
    for (Sequence sequence = from; sequence < end && !too_many(sequence); sequence = sequence.Next()) {
      const Batch* batch = InMemory(sequence);
      if (batch == nullptr) break;
      const uint64_t at = index_.At(sequence).offset - (batch->placed() ? batch->offset() : 0);
      records.push_back({.sequence = sequence, .payload = std::string(AsText(batch->PayloadAt(at)))});
    }
    return CompleteReadLater(std::move(done), std::move(records));
  }
  const Segment& segment = table_.Holding(from);
  std::vector<RecordIndex::Entry> places;
  for (Sequence sequence = from; sequence < end && !too_many(sequence); sequence = sequence.Next()) {
    const RecordIndex::Entry place = index_.At(sequence);
    if (sequence > from) {
      const bool neighbour = table_.Holding(sequence).file_id == segment.file_id && InMemory(sequence) == nullptr &&
                             place.offset - places.front().offset < max_bytes + kReadSlackBytes;
      if (!neighbour) break;
    }
    places.push_back(place);
  }
  open_.Used();
  reader_->Read(segment, from, std::move(places),
                [weak = weak_from_this(), done = std::move(done)](absl::StatusOr<std::vector<Record>> records) mutable {
                  if (auto self = weak.lock()) self->open_.Idle();
                  done(std::move(records));
                });
}

void Core::CompleteReadLater(ReadRangeDone done, absl::StatusOr<std::vector<Record>> result) {
  env_.executor.Post([weak = weak_from_this(), done = std::move(done), result = std::move(result)]() mutable {
    if (auto self = weak.lock(); self != nullptr && !self->closed_) done(std::move(result));
  });
}

}  // namespace tidemark::aof
