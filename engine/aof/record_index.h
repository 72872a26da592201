#pragma once

// Where live records are, in memory: 8 bytes a record, and room for as many again, by sequence. Rebuilt at open. Of the
// lowest records, those that opening did not look at and those whose places it let go, it knows only that they are
// there (sealed_index.h has their places).

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "engine/aof/format.h"
#include "engine/aof/new_records.h"
#include "engine/base/check.h"
#include "engine/base/ids.h"
#include "engine/base/ring.h"

namespace tidemark::aof {

class RecordIndex {
 public:
  struct Entry {
    uint64_t offset = 0;  // of the frame: in its file, or in its batch while that has no place yet
    uint32_t length = 0;  // payload bytes
  };

  // The first sequence in here, and the last (first - 1 when empty).
  Sequence first() const { return first_; }
  Sequence last() const { return next_.Prev(); }
  bool Contains(Sequence sequence) const { return sequence >= first_ && sequence <= last(); }
  // The records from here on have their place in here; those below are elsewhere, or gone.
  Sequence known_from() const { return known_from_; }
  bool Knows(Sequence sequence) const { return sequence >= known_from_ && sequence <= last(); }
  // So many places.
  uint64_t known() const { return entries_.size(); }

  // Asks for the memory of the next Add.
  void PrefetchEnd() const { entries_.PrefetchBack(); }

  void Add(Sequence sequence, uint64_t offset, uint32_t length) {
    CHECK_EQ(sequence, next_);
    next_ = next_.Next();
    entries_.PushBack({.offset_in_units = static_cast<uint32_t>(offset / kFrameAlignment), .length = length});
  }
  // Records [from, end) of `records`, the first of them `first`, whose frames follow each other from `offset` on.
  void AddAll(Sequence first, uint64_t offset, const NewRecords& records, size_t from, size_t end) {
    CHECK_EQ(first, next_);
    next_ = next_.Plus(end - from);
    entries_.PushBackAll(end - from, [from, offset, &records](size_t i) mutable {
      const uint64_t length = records.LengthOf(from + i);
      const uint64_t at = offset;
      offset += FrameBytes(length);
      return Packed{.offset_in_units = static_cast<uint32_t>(at / kFrameAlignment),
                    .length = static_cast<uint32_t>(length)};
    });
  }
  Entry At(Sequence sequence) const {
    const Packed& packed = entries_[PlaceOf(sequence)];
    return {.offset = uint64_t{packed.offset_in_units} * kFrameAlignment, .length = packed.length};
  }
  // Records [from, from + count) got their place: `by` is added to their offsets.
  void Move(Sequence from, uint64_t count, uint64_t by) {
    if (count == 0) return;
    CHECK_LE(from.Plus(count), next_);
    const size_t place = PlaceOf(from);
    for (uint64_t i = 0; i < count; ++i) {
      entries_[place + i].offset_in_units += static_cast<uint32_t>(by / kFrameAlignment);
    }
  }
  // While it is empty: the records first() to `known_from` - 1 are there, and their places are not known.
  void SkipTo(Sequence known_from) {
    CHECK(entries_.empty()) << "from " << known_from_;
    CHECK_GE(known_from, first_);
    known_from_ = next_ = known_from;
  }
  // The records below `known_from`, which is at most last() + 1, are still there, and their places are not known any
  // more.
  void LetGoBelow(Sequence known_from) {
    if (known_from <= known_from_) return;
    CHECK_LE(known_from, next_) << "known from " << known_from_;
    entries_.PopFront(known_from.value() - known_from_.value());
    known_from_ = known_from;
  }
  // Keeps records up to `new_end`, which is at least first() - 1.
  void CutTo(Sequence new_end) {
    CHECK_GE(new_end.Next(), first_);
    while (last() > new_end && !entries_.empty()) {
      entries_.PopBack();
      next_ = next_.Prev();
    }
    known_from_ = std::min(known_from_, new_end.Next());
    next_ = std::min(next_, new_end.Next());
  }
  // Keeps records from `new_first` on; the next record added may be new_first if that is above last().
  void DropBelow(Sequence new_first) {
    first_ = std::max(first_, new_first);
    if (known_from_ >= first_) return;
    entries_.PopFront(std::min<uint64_t>(entries_.size(), first_.value() - known_from_.value()));
    known_from_ = first_;
    next_ = std::max(next_, known_from_);
  }

 private:
  struct Packed {
    uint32_t offset_in_units;  // 32 bits of 8 bytes reach 32 GiB, twice the largest segment
    uint32_t length;
  };
  static_assert(kMaxSegmentBytes / kFrameAlignment <= uint64_t{1} << 31);

  size_t PlaceOf(Sequence sequence) const {
    CHECK(Knows(sequence)) << sequence << " of [" << known_from_ << ", " << last() << "]";
    return sequence.value() - known_from_.value();
  }

  // Invariant: entries_[i] is the record known_from_ + i.
  Ring<Packed> entries_;
  Sequence first_{1};
  Sequence known_from_{1};  // Invariant: 1 <= first_ <= known_from_
  Sequence next_{1};        // Invariant: known_from_ + entries_.size()
};

}  // namespace tidemark::aof
