#pragma once

// Decides what of one segment file counts: a pure function over its bytes, fed window by window.
//
//   valid batches one after another -> kBatch each
//   a bad batch at X                -> what follows X decides:
//       only zeros                                   clean end at X
//       a batch whose cut says "void from <= X"      the bytes up to it are void; go on there (a bridge)
//       a batch that promises more than X            X was durable and is damaged: kCorrupt
//       neither                                      torn tail at X: nothing promised it
//
// What follows X is passed once, block by block, by a BatchSearch; only what it finds, and what would decide, is then
// looked at as a whole: offset() goes back to where that batch begins. So a search shows all bytes up to its end at
// most twice, whatever they look like.
//
// A file that has a successor (`sealed`) must be valid up to where the successor says it is live.

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "engine/aof/batch_parser.h"
#include "engine/aof/batch_search.h"
#include "engine/aof/format.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"

namespace tidemark::aof {

class Scanner {
 public:
  enum class Step {
    kBatch,     // batch() is the next one that counts
    kNeedMore,  // call again with at least needed() bytes, or all up to the limit
    kGoBack,    // call again: offset() is where a batch begins that was passed, and may be evidence
    kEnd,       // everything that counts was seen
    kCorrupt,   // status() says what, where, and by which evidence
  };

  struct Range {
    uint64_t from = 0;    // the header's end, or the start of a batch
    uint64_t limit = 0;   // the segment's size; where the successor says that this file ends, if sealed
    bool sealed = false;  // everything up to the limit must be valid
  };
  // `last`: the last live record before the range. `floor`: as known so far.
  Scanner(const FileHeader& header, Range range, Sequence last, Sequence floor);
  // `base` is the header's, `geometry.limit` the range's, `floor` not below the header's.
  Scanner(uint64_t file_id, const FileGeometry& geometry, Sequence base, Range range, Sequence last, Sequence floor);

  // `window` holds the file's bytes from offset() on; it may be empty.
  Step Next(ByteSpan window);

  uint64_t offset() const { return offset_; }
  uint64_t needed() const { return needed_; }
  // Valid until the next call; its spans point into the window. Its cut, if any, comes before its records.
  const BatchView& batch() const { return batch_; }
  const absl::Status& status() const { return status_; }

  // The last live record, the floor, and the highest promise (all of this file below is durable), so far.
  Sequence last() const { return last_; }
  Sequence floor() const { return floor_; }
  uint64_t promised_offset() const { return promised_offset_; }
  Sequence promised_sequence() const { return promised_sequence_; }
  // After kEnd: where the last batch that counts ends, and where what a torn write left after it ends (0: nothing
  // left).
  uint64_t end() const { return end_; }
  uint64_t junk_end() const { return junk_end_; }
  // From here to end() no batch holds, voids or truncates anything: they only promise.
  uint64_t silent_from() const { return silent_from_; }
  // After kCorrupt: the bad batch, and the promise that it breaks.
  uint64_t corrupt_offset() const { return end_; }
  uint64_t corrupt_promise() const { return evidence_promise_; }
  // After kCorrupt: where the sound batch begins that promises all below it, bad bytes included, and the last live
  // record before that batch, as it implies. 0: there is none.
  uint64_t resume_offset() const { return resume_offset_; }
  Sequence resume_last() const { return resume_last_; }

 private:
  Step TakeBatch(const BatchView& batch);
  Step NextBatch(ByteSpan window);
  Step Search(ByteSpan window);
  bool WouldDecide(const FoundBatch& found) const;
  Step LookAtFound(ByteSpan window);
  // What the batch at `offset_` says about the bad bytes from end_ on. True: the step is decided.
  bool Judge(const ParsedBatch& parsed, Step* step);
  Step Need(uint64_t bytes);
  Step Corrupt(uint64_t promise, const std::string& evidence);
  const char* Mismatch(const BatchView& batch) const;

  const uint64_t file_id_;
  const Sequence base_;
  const FileGeometry geometry_;
  const bool sealed_;
  uint64_t offset_;  // next to look at
  uint64_t end_;     // Invariant: all live batches lie in [header_bytes, end_), void ranges between them
  absl::optional<BatchSearch> search_;  // the batch at end_ is bad
  bool looking_ = false;                // at a batch that the search found
  uint64_t looked_to_ = 0;              // where the last such batch ended
  const char* why_bad_ = "";
  uint64_t junk_end_ = 0;
  uint64_t silent_from_;  // Invariant: silent_from_ <= end_
  uint64_t needed_ = 0;
  BatchView batch_;
  absl::Status status_;
  Sequence last_;
  Sequence floor_;
  uint64_t promised_offset_;  // Invariant: promised_offset_ <= end_
  Sequence promised_sequence_;
  uint64_t evidence_promise_ = 0;
  uint64_t resume_offset_ = 0;
  Sequence resume_last_;
};

}  // namespace tidemark::aof
