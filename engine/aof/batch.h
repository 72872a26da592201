#pragma once

// One batch while it is put together: what a single write will carry.
//
//   AddRecord, AddNote   lay frames out, from offset 0, without checksums
//   SetCut               a cut frame will stand first
//   Place                gives the batch its place in a file: adds the commit frame, fills the checksums
//
// Records can be dropped again until it is placed. Once placed its bytes never change: a write that
// is tried again writes the same bytes, so that no mixture of two batches can be found at one place.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "engine/aof/format.h"
#include "engine/aof/new_records.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/prefetch.h"

namespace tidemark::aof {

// Records above new_end are void.
struct Cut {
  Sequence new_end;
  // From here to the batch that carries the cut no batch is live. kOwnStart: the batch's own start.
  uint64_t void_from = 0;
  static constexpr uint64_t kOwnStart = ~uint64_t{0};
  friend bool operator==(const Cut&, const Cut&) = default;
};

// Where a batch goes and what its commit frame says besides.
struct Placement {
  FrameSalt salt;
  uint64_t offset = 0;
  uint32_t block_bytes = 0;
  uint64_t promised_offset = 0;
  Sequence promised_sequence;
  Sequence last;   // the last live record after this batch
  Sequence first;  // the floor
};

// What another record asks for comes first, in one cache line: of thousands of logs that take turns each has a batch.
class alignas(kCacheLineBytes) Batch {
 public:
  Batch() = default;

  // Room for so many bytes of frames: what grows is copied.
  void Reserve(uint64_t bytes) { frames_.Reserve(bytes); }

  // Lays out one record and returns where its frame begins, from the first frame on. `sequence` follows
  // the batch's last record.
  uint64_t AddRecord(Sequence sequence, absl::Span<const ByteSpan> parts);
  // The same of records [from, end) of `records`, whose frames take `bytes`; `first` is the first one's number.
  void AddRecords(Sequence first, const NewRecords& records, size_t from, size_t end, uint64_t bytes);
  // `last` is the last record before it.
  void AddNote(Sequence last, ByteSpan note);
  void SetCut(Cut cut) { cut_ = cut; }
  // Removes the records above `new_end`; notes stay.
  void DropRecordsAbove(Sequence new_end);
  void Clear();

  // Finishes the batch. Returns how far its frames moved: file offset of a frame = that + what AddRecord returned.
  uint64_t Place(const Placement& placement);

  bool empty() const { return frames_.empty() && !cut_.has_value(); }
  uint64_t capacity() const { return frames_.capacity(); }
  bool has_records() const { return records_ > 0; }
  bool has_frames() const { return !frames_.empty(); }
  const absl::optional<Cut>& cut() const { return cut_; }
  // Takes the cut out, to be carried by another batch that goes first.
  Cut TakeCut();
  uint64_t records() const { return records_; }
  // Meaningless without records.
  Sequence first_record() const { return first_record_; }
  Sequence last_record() const { return first_record_.Plus(records_).Prev(); }
  // Bytes before the commit frame, the cut frame included.
  uint64_t frame_bytes() const { return frames_.size() + (cut_.has_value() && !placed_ ? kCutFrameBytes : 0); }
  // Where the next frame will begin, from the first one on.
  uint64_t end() const { return frames_.size(); }
  // Not less than the payload of any record or note in it.
  uint32_t largest_payload() const { return largest_payload_; }
  // Asks for the memory of the next frame, if it is a small one.
  void PrefetchEnd() const { Prefetch(frames_.data() + frames_.size(), 3 * kCacheLineBytes); }
  // Payload of the frame that AddRecord put at `at`; before Place.
  ByteSpan PayloadAt(uint64_t at) const;

  // After Place: what to write, and where; and its part before the commit frame.
  bool placed() const { return placed_; }
  ByteSpan bytes() const { return frames_.span(); }
  ByteSpan frames() const { return bytes().subspan(0, commit_at_); }
  // Where the frame of each record begins in it, in order.
  std::vector<uint32_t> RecordPlaces() const;
  uint64_t offset() const { return offset_; }

 private:
  uint8_t* BeginFrame(uint32_t length, Sequence sequence, FrameType type);

  AlignedBuffer frames_;
  Sequence first_record_;
  uint64_t records_ = 0;
  uint32_t largest_payload_ = 0;  // since Clear, those that were dropped again included
  bool placed_ = false;
  absl::optional<Cut> cut_;
  uint64_t offset_ = 0;     // in the file; set by Place
  uint64_t commit_at_ = 0;  // likewise, in bytes()
};

}  // namespace tidemark::aof
