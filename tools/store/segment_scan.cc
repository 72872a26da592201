#include "tools/store/segment_scan.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "engine/aof/batch_parser.h"
#include "engine/aof/batch_search.h"
#include "engine/base/bytes.h"

namespace tidemark::tools {
namespace {

constexpr uint64_t kChunkBytes = 1u << 20;
// A file that is damaged all over is not listed batch by batch.
constexpr size_t kMaxDamages = 64;

// The bytes of the file from some place on, read as they are asked for.
class Window {
 public:
  Window(const BlockingFile& file, uint64_t limit) : file_(file), limit_(limit) {}

  ByteSpan From(uint64_t offset) const {
    return bytes_.span().subspan(std::min<uint64_t>(offset - start_, bytes_.size()));
  }
  // Makes From(offset) at least `bytes` long, or as long as file and limit allow.
  absl::Status Fill(uint64_t offset, uint64_t bytes) {
    const uint64_t kept = From(offset).size();
    if (kept >= bytes) return absl::OkStatus();
    if (kept > 0) std::memmove(bytes_.data(), From(offset).data(), kept);
    bytes_.Resize(kept);
    start_ = offset;
    const uint64_t end = std::min(limit_, offset + std::max(bytes, kChunkBytes));
    if (offset + kept >= end) return absl::OkStatus();
    const uint64_t wanted = end - offset - kept;
    bytes_.Resize(kept + wanted);
    const absl::StatusOr<size_t> got = file_.Read(offset + kept, bytes_.mutable_span().subspan(kept, wanted));
    if (!got.ok()) {
      bytes_.Resize(kept);
      return got.status();
    }
    bytes_.Resize(kept + *got);
    if (*got < wanted) file_end_ = offset + kept + *got;
    return absl::OkStatus();
  }
  // Where the file ended, if that was seen.
  const absl::optional<uint64_t>& file_end() const { return file_end_; }

 private:
  const BlockingFile& file_;
  const uint64_t limit_;
  uint64_t start_ = 0;
  AlignedBuffer bytes_;
  absl::optional<uint64_t> file_end_;
};

class Scan {
 public:
  Scan(const BlockingFile& file, const aof::FileHeader& header, aof::Scanner::Range range, SegmentEvents events)
      : header_(header), range_(range), geometry_(header, range.limit), events_(events), window_(file, range.limit) {}

  SegmentContent Run(Sequence last, Sequence floor) {
    Restart(range_.from, last, floor);
    while (Step()) {
    }
    content_.last = scanner_->last();
    content_.floor = scanner_->floor();
    content_.end = scanner_->end();
    content_.junk_end = scanner_->junk_end();
    content_.promised_offset = scanner_->promised_offset();
    content_.promised_sequence = scanner_->promised_sequence();
    return std::move(content_);
  }

 private:
  void Restart(uint64_t from, Sequence last, Sequence floor) {
    aof::Scanner::Range range = range_;
    range.from = from;
    scanner_ = std::make_unique<aof::Scanner>(header_, range, last, floor);
  }

  // False at the end.
  bool Step() {
    switch (scanner_->Next(window_.From(scanner_->offset()))) {
      case aof::Scanner::Step::kBatch: Take(scanner_->batch()); return true;
      case aof::Scanner::Step::kNeedMore: return ReadMore();
      case aof::Scanner::Step::kGoBack: return true;
      case aof::Scanner::Step::kEnd: return false;
      case aof::Scanner::Step::kCorrupt: break;
    }
    const bool promised = scanner_->corrupt_promise() != 0;
    // Behind a gap the numbers a batch refers to may not be known: only broken promises are told from there on.
    if (promised || content_.damages.empty()) {
      absl::string_view what = scanner_->status().message();
      absl::ConsumePrefix(&what, absl::StrCat("file ", header_.file_id, ", offset ", scanner_->corrupt_offset(), ": "));
      SegmentDamage damage{
          .offset = scanner_->corrupt_offset(), .what = std::string(what), .lost_first = scanner_->last().Next()};
      if (promised) damage.promised_offset = scanner_->corrupt_promise();
      if (promised && scanner_->offset() < range_.limit) damage.promised_by = scanner_->offset();
      content_.damages.push_back(std::move(damage));
    }
    return GoOnBehind(scanner_->corrupt_offset());
  }

  void Take(const aof::BatchView& batch) {
    ++content_.batches;
    if (batch.cut.has_value() && batch.cut->void_from < batch.offset) {
      auto& voids = content_.voids;
      while (!voids.empty() && voids.back().first >= batch.cut->void_from) voids.pop_back();
      voids.emplace_back(batch.cut->void_from, batch.offset);
    }
    events_.on_batch(batch);
  }

  bool ReadMore() {
    const uint64_t offset = scanner_->offset();
    content_.read_error = window_.Fill(offset, scanner_->needed());
    if (!content_.read_error.ok()) return false;
    if (window_.From(offset).size() >= std::min(scanner_->needed(), range_.limit - offset)) return true;
    const uint64_t end = *window_.file_end();
    content_.damages.push_back(
        {.offset = std::min(end, scanner_->end()),
         .what = absl::StrCat("the file ends at offset ", end, ", but should reach to ", range_.limit),
         .lost_first = scanner_->last().Next()});
    return false;
  }

  // From the next batch that is valid in itself. False: there is none.
  bool GoOnBehind(uint64_t damaged) {
    if (content_.damages.size() >= kMaxDamages) return false;
    aof::BatchSearch search(geometry_, damaged);
    while (search.offset() < range_.limit) {
      const uint64_t at = search.offset();
      content_.read_error = window_.Fill(at, search.wanted());
      if (!content_.read_error.ok() || window_.From(at).size() < header_.block_bytes) return false;
      const absl::optional<aof::FoundBatch> found =
          search.Pass(window_.From(at).subspan(0, std::min<uint64_t>(window_.From(at).size(), search.wanted())));
      if (!found.has_value()) continue;
      content_.read_error = window_.Fill(found->offset, found->end - found->offset);
      if (!content_.read_error.ok()) return false;
      const aof::ParsedBatch parsed = aof::ParseBatch(geometry_, found->offset, window_.From(found->offset));
      if (parsed.state == aof::BatchState::kValid) return Resume(parsed.batch);
    }
    return false;
  }

  bool Resume(const aof::BatchView& batch) {
    // What the batch takes for the last record before it; before its own cut, at least what that cuts to.
    Sequence before = batch.cut.has_value() ? std::max(scanner_->last(), batch.cut->new_end)
                                            : Sequence(batch.commit.last.value() - batch.records);
    SegmentDamage& damage = content_.damages.back();
    if (!damage.lost_last.has_value()) damage.lost_last = batch.cut.has_value() ? batch.cut->new_end : before;
    events_.on_gap(before);
    Restart(batch.offset, before, std::min(scanner_->floor(), batch.commit.first));
    return true;
  }

  const aof::FileHeader& header_;
  const aof::Scanner::Range range_;
  const aof::FileGeometry geometry_;
  SegmentEvents events_;
  Window window_;
  std::unique_ptr<aof::Scanner> scanner_;
  SegmentContent content_;
};

}  // namespace

uint64_t SegmentContent::void_bytes() const {
  uint64_t sum = 0;
  for (const auto& [from, to] : voids) sum += to - from;
  return sum;
}

SegmentContent ScanSegment(const BlockingFile& file, const aof::FileHeader& header, aof::Scanner::Range range,
                           Sequence last, Sequence floor, SegmentEvents events) {
  return Scan(file, header, range, events).Run(last, floor);
}

}  // namespace tidemark::tools
