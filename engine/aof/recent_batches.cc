#include "engine/aof/recent_batches.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/aof/format.h"
#include "engine/base/check.h"
#include "engine/base/coding.h"

namespace tidemark::aof {

void RecentBatches::Add(std::shared_ptr<Batch> batch) {
  const ByteSpan frames = batch->frames();
  const bool copied = 2 * frames.size() < batch->capacity();
  const uint64_t bytes = sizeof(Kept) + batch->records() * sizeof(uint32_t) +
                         (copied ? frames.size() : batch->bytes().size());
  if (!batch->has_records() || bytes > capacity_bytes_) return pool_.Give(std::move(batch));
  CHECK(kept_.empty() || kept_.back().last < batch->first_record())
      << batch->first_record() << " after " << kept_.back().last;
  while (bytes_ + bytes > capacity_bytes_) LetGo(kept_.TakeFront());
  bytes_ += bytes;
  Kept kept = {.first = batch->first_record(),
               .last = batch->last_record(),
               .frames = frames,
               .places = batch->RecordPlaces(),
               .bytes = bytes};
  if (copied) {
    kept.copy.reset(new uint8_t[frames.size()]);
    std::memcpy(kept.copy.get(), frames.data(), frames.size());
    kept.frames = ByteSpan(kept.copy.get(), frames.size());
    pool_.Give(std::move(batch));
  } else {
    kept.batch = std::move(batch);
  }
  kept_.PushBack(std::move(kept));
}

size_t RecentBatches::PlaceOf(Sequence sequence) const {
  const auto begins_at_or_below = [&](size_t i) { return i < kept_.size() && kept_[i].first <= sequence; };
  for (size_t i = last_found_; begins_at_or_below(i) && i < last_found_ + 2; ++i) {
    if (!begins_at_or_below(i + 1)) return last_found_ = i;
  }
  size_t low = 0;
  for (size_t high = kept_.size(); high - low > 1;) {
    const size_t middle = (low + high) / 2;
    (kept_[middle].first <= sequence ? low : high) = middle;
  }
  return last_found_ = low;
}

bool RecentBatches::Find(Sequence sequence, ByteSpan* payload) const {
  if (kept_.empty() || sequence < kept_.front().first || sequence > kept_.back().last) return false;
  const Kept& kept = kept_[PlaceOf(sequence)];
  if (sequence > kept.last) return false;
  const uint8_t* const frame = kept.frames.data() + kept.places[sequence.value() - kept.first.value()];
  CHECK_EQ(GetFixed64(frame + kSequenceAt), sequence.value()) << "in the batch of " << kept.first << ".." << kept.last;
  *payload = ByteSpan(frame + kFrameHeaderBytes, GetFixed32(frame + kLengthAt));
  return true;
}

void RecentBatches::Unpin() {
  CHECK_GT(pins_, 0u);
  if (--pins_ > 0) return;
  for (Kept& kept : std::exchange(pinned_, {})) LetGo(std::move(kept));
}

void RecentBatches::DropBelow(Sequence first) {
  while (!kept_.empty() && kept_.front().last < first) {
    LetGo(kept_.TakeFront());
  }
}

void RecentBatches::DropAbove(Sequence last) {
  while (!kept_.empty() && kept_.back().first > last) {
    LetGo(std::move(kept_.back()));
    kept_.PopBack();
  }
  if (!kept_.empty()) kept_.back().last = std::min(kept_.back().last, last);
}

void RecentBatches::LetGo(Kept kept) {
  bytes_ -= std::exchange(kept.bytes, 0);
  if (pins_ > 0) {
    pinned_.push_back(std::move(kept));
  } else if (kept.batch != nullptr) {
    pool_.Give(std::move(kept.batch));
  }
}

}  // namespace tidemark::aof
