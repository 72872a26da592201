#pragma once

// Where live records are, in memory: 8 bytes a record, by sequence. Rebuilt at open. Of the lowest records, those that
// opening did not look at and those whose places it let go, it knows only that they are there (sealed_index.h has their
// places).

#include <algorithm>
#include <cstdint>

#include "engine/aof/format.h"
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
  Sequence last() const { return known_from_.Plus(entries_.size()).Prev(); }
  bool Contains(Sequence sequence) const { return sequence >= first_ && sequence <= last(); }
  // The records from here on have their place in here; those below are elsewhere, or gone.
  Sequence known_from() const { return known_from_; }
  bool Knows(Sequence sequence) const { return sequence >= known_from_ && sequence <= last(); }
  // So many places.
  uint64_t known() const { return entries_.size(); }

  // Asks for the memory of the next Add.
  void PrefetchEnd() const { entries_.PrefetchBack(); }

  void Add(Sequence sequence, uint64_t offset, uint32_t length) {
    CHECK_EQ(sequence, last().Next());
    entries_.PushBack({.offset_in_units = static_cast<uint32_t>(offset / kFrameAlignment), .length = length});
  }
  Entry At(Sequence sequence) const {
    const Packed& packed = entries_[PlaceOf(sequence)];
    return {.offset = uint64_t{packed.offset_in_units} * kFrameAlignment, .length = packed.length};
  }
  // Records [from, from + count) got their place: `by` is added to their offsets.
  void Move(Sequence from, uint64_t count, uint64_t by) {
    if (count == 0) return;
    CHECK_LE(from.Plus(count), last().Next());
    const size_t begin = PlaceOf(from);
    for (size_t i = begin; i < begin + count; ++i) {
      entries_[i].offset_in_units += static_cast<uint32_t>(by / kFrameAlignment);
    }
  }
  // While it is empty: the records first() to `known_from` - 1 are there, and their places are not known.
  void SkipTo(Sequence known_from) {
    CHECK(entries_.empty()) << "from " << known_from_;
    CHECK_GE(known_from, first_);
    known_from_ = known_from;
  }
  // The records below `known_from`, which is at most last() + 1, are still there, and their places are not known any
  // more.
  void LetGoBelow(Sequence known_from) {
    if (known_from <= known_from_) return;
    CHECK_LE(known_from, last().Next()) << "known from " << known_from_;
    for (; known_from_ < known_from; known_from_ = known_from_.Next()) entries_.PopFront();
    entries_.ShrinkIfSparse();
  }
  // Keeps records up to `new_end`, which is at least first() - 1.
  void CutTo(Sequence new_end) {
    CHECK_GE(new_end.Next(), first_);
    while (last() > new_end && !entries_.empty()) entries_.PopBack();
    known_from_ = std::min(known_from_, new_end.Next());
  }
  // Keeps records from `new_first` on; the next record added may be new_first if that is above last().
  void DropBelow(Sequence new_first) {
    while (!entries_.empty() && known_from_ < new_first) {
      entries_.PopFront();
      known_from_ = known_from_.Next();
    }
    entries_.ShrinkIfSparse();
    first_ = std::max(first_, new_first);
    known_from_ = std::max(known_from_, first_);
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
};

}  // namespace tidemark::aof
