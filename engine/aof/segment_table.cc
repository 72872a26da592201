#include "engine/aof/segment_table.h"

#include <algorithm>

namespace tidemark::aof {

void SegmentTable::Add(const FileHeader& header) {
  if (!segments_.empty()) {
    CHECK_EQ(header.file_id, back().file_id + 1);
    CHECK_GE(header.base, back().first_live);
    segments_.back().end = header.previous_end;
    segments_.back().last = header.base.Prev();
  }
  segments_.push_back({.file_id = header.file_id,
                       .segment_bytes = header.segment_bytes,
                       .base = header.base,
                       .first_live = header.base,
                       .floor = header.first,
                       .end = 0,
                       .last = Sequence(),
                       .geometry = FileGeometry(header, header.segment_bytes)});
}

void SegmentTable::CutTo(Sequence new_end) {
  for (Segment& segment : segments_) segment.first_live = std::min(segment.first_live, new_end.Next());
}

const Segment& SegmentTable::Holding(Sequence sequence) const {
  auto after = std::upper_bound(segments_.begin(), segments_.end(), sequence,
                                [](Sequence wanted, const Segment& segment) { return wanted < segment.first_live; });
  CHECK(after != segments_.begin()) << sequence << " is before the first file";
  return *(after - 1);
}

Sequence SegmentTable::EndOf(const Segment& segment) const {
  CHECK_GE(segment.file_id, front().file_id);
  CHECK_LT(segment.file_id, back().file_id);
  return segments_[segment.file_id - front().file_id + 1].first_live;
}

Sequence SegmentTable::KnownFromWithin(Sequence known_from, uint64_t most) const {
  const Sequence sealed_end = back().first_live;
  if (known_from >= sealed_end || sealed_end.value() - known_from.value() <= most) return known_from;
  const Sequence least(sealed_end.value() - most);
  return std::lower_bound(segments_.begin(), segments_.end(), least,
                          [](const Segment& segment, Sequence wanted) { return segment.first_live < wanted; })
      ->first_live;
}

bool SegmentTable::OldestIsBelow(Sequence floor) const {
  for (size_t i = 1; i < segments_.size(); ++i) {
    if (segments_[i].base <= floor) return true;
  }
  return false;
}

Segment SegmentTable::TakeOldest() {
  CHECK_GT(segments_.size(), 1u);
  const Segment oldest = segments_.front();
  segments_.erase(segments_.begin());
  return oldest;
}

uint64_t SegmentTable::total_bytes() const {
  uint64_t bytes = 0;
  for (const Segment& segment : segments_) bytes += segment.segment_bytes;
  return bytes;
}

}  // namespace tidemark::aof
