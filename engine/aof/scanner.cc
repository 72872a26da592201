#include "engine/aof/scanner.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"

namespace tidemark::aof {
namespace {

bool IsZero(ByteSpan bytes) {
  return bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

}  // namespace

Scanner::Scanner(const FileHeader& header, Range range, Sequence last, Sequence floor)
    : Scanner(header.file_id, FileGeometry(header, range.limit), header.base, range, last,
              std::max(floor, header.first)) {}

Scanner::Scanner(uint64_t file_id, const FileGeometry& geometry, Sequence base, Range range, Sequence last,
                 Sequence floor)
    : file_id_(file_id),
      base_(base),
      geometry_(geometry),
      sealed_(range.sealed),
      offset_(range.from),
      end_(range.from),
      silent_from_(range.from),
      last_(last),
      floor_(floor),
      promised_offset_(range.from),
      promised_sequence_(last) {
  CHECK_EQ(range.limit, geometry.limit);
  CHECK_GE(range.from, geometry.header_bytes);
  CHECK_LE(range.from, range.limit);
  CHECK(IsAligned(range.from, geometry.block_bytes));
  CHECK(IsAligned(range.limit, geometry.block_bytes));
}

Scanner::Step Scanner::Next(ByteSpan window) {
  window = window.subspan(0, std::min<uint64_t>(window.size(), geometry_.limit - offset_));
  if (looking_) return LookAtFound(window);
  return search_.has_value() ? Search(window) : NextBatch(window);
}

Scanner::Step Scanner::Need(uint64_t bytes) {
  needed_ = bytes;
  return Step::kNeedMore;
}

Scanner::Step Scanner::NextBatch(ByteSpan window) {
  if (offset_ == geometry_.limit) return Step::kEnd;
  const ParsedBatch parsed = ParseBatch(geometry_, offset_, window);
  switch (parsed.state) {
    case BatchState::kNeedMore: return Need(parsed.needed);
    case BatchState::kValid: return TakeBatch(parsed.batch);
    case BatchState::kInconsistent: return Corrupt(0, absl::StrCat("its checksums hold, but it has ", parsed.why));
    case BatchState::kInvalid: break;
  }
  search_.emplace(geometry_, offset_);
  why_bad_ = parsed.why;
  return Search(window);
}

// Nothing a crash leaves behind looks like this: the checksums of the batch hold.
const char* Scanner::Mismatch(const BatchView& batch) const {
  Sequence before = last_;
  if (batch.cut.has_value()) {
    if (batch.cut->new_end > last_) return "a cut to a record that is not there";
    if (batch.cut->void_from < promised_offset_) return "a cut that makes promised bytes void";
    before = batch.cut->new_end;
  }
  if (batch.records > 0 && batch.first_record != before.Next())
    return "a first record that does not follow the last one";
  if (batch.records > 0 && batch.first_record < base_) return "a record from before the file's first one";
  if (batch.commit.last != before.Plus(batch.records)) return "a last record that does not follow from what it holds";
  if (batch.commit.first < floor_) return "a floor below the one before it";
  // A new promise is of what was read so far, all of it.
  const Commit& commit = batch.commit;
  if (commit.promised_offset > promised_offset_ &&
      (commit.promised_offset != end_ || commit.promised_sequence != last_)) {
    return "a promise that is not of the batches before it";
  }
  return nullptr;
}

Scanner::Step Scanner::TakeBatch(const BatchView& batch) {
  if (const char* fault = Mismatch(batch); fault != nullptr) {
    return Corrupt(0, absl::StrCat("its checksums hold, but it has ", fault, " (sequence ", last_.value(), ", floor ",
                                   floor_.value(), ")"));
  }
  batch_ = batch;
  const bool silent = !batch.cut.has_value() && batch.records == 0 && batch.notes == 0 && batch.commit.first == floor_;
  if (!silent) silent_from_ = batch.end;
  last_ = batch.commit.last;
  floor_ = batch.commit.first;
  if (batch.commit.promised_offset > promised_offset_) {
    promised_offset_ = batch.commit.promised_offset;
    promised_sequence_ = batch.commit.promised_sequence;
  }
  offset_ = batch.end;
  end_ = batch.end;
  return Step::kBatch;
}

bool Scanner::Judge(const ParsedBatch& parsed, Step* step) {
  if (parsed.state != BatchState::kValid) return false;
  const BatchView& batch = parsed.batch;
  if (batch.cut.has_value() && batch.cut->void_from <= end_) {
    search_.reset();
    junk_end_ = 0;
    *step = TakeBatch(batch);
    return true;
  }
  if (batch.commit.promised_offset > end_) {
    const Sequence before(batch.commit.last.value() - batch.records);
    if (!batch.cut.has_value() && batch.commit.promised_offset == batch.offset &&
        batch.commit.promised_sequence == before && before >= last_) {
      resume_offset_ = batch.offset;
      resume_last_ = before;
    }
    *step = Corrupt(batch.commit.promised_offset,
                    absl::StrCat("the batch at offset ", batch.offset, " promised that all below offset ",
                                 batch.commit.promised_offset, " was durable"));
    return true;
  }
  return false;
}

// Passes each block from the bad batch on. What was passed need not be kept in the window.
Scanner::Step Scanner::Search(ByteSpan window) {
  while (offset_ < geometry_.limit) {
    if (window.size() < search_->wanted()) return Need(search_->wanted());
    if (!IsZero(window.subspan(0, geometry_.block_bytes))) junk_end_ = offset_ + geometry_.block_bytes;
    const absl::optional<FoundBatch> found = search_->Pass(window.subspan(0, search_->wanted()));
    offset_ = search_->offset();
    window.remove_prefix(geometry_.block_bytes);
    if (!found.has_value() || !WouldDecide(*found)) continue;
    looking_ = true;
    looked_to_ = found->end;
    offset_ = found->offset;
    return Step::kGoBack;
  }
  if (sealed_) {
    return Corrupt(geometry_.limit,
                   absl::StrCat("the next file promised that all below offset ", geometry_.limit, " was durable"));
  }
  return Step::kEnd;
}

// Batches do not overlap: what begins within one that was looked at is none.
bool Scanner::WouldDecide(const FoundBatch& found) const {
  if (found.offset < looked_to_) return false;
  return found.commit.promised_offset > end_ || (found.void_from.has_value() && *found.void_from <= end_);
}

// What contradicts itself decides nothing; nor does what reads differently now. The search goes on where it was.
Scanner::Step Scanner::LookAtFound(ByteSpan window) {
  const ParsedBatch parsed = ParseBatch(geometry_, offset_, window);
  if (parsed.state == BatchState::kNeedMore) return Need(parsed.needed);
  looking_ = false;
  Step step;
  if (Judge(parsed, &step)) return step;
  window.remove_prefix(std::min<uint64_t>(window.size(), search_->offset() - offset_));
  offset_ = search_->offset();
  return Search(window);
}

Scanner::Step Scanner::Corrupt(uint64_t promise, const std::string& evidence) {
  evidence_promise_ = promise;
  status_ = MakeError(ErrorKind::kCorruption,
                      absl::StrCat("file ", file_id_, ", offset ", end_, ": damaged batch (",
                                   search_.has_value() ? why_bad_ : "inconsistent", "); evidence: ", evidence));
  return Step::kCorrupt;
}

}  // namespace tidemark::aof
