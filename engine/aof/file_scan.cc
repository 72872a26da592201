#include "engine/aof/file_scan.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "engine/base/check.h"
#include "engine/base/status.h"

namespace tidemark::aof {
namespace {

// What a read asks for when nothing more is needed at once: as much as a batch has already that is cut by the window's
// end, for it is looked at again from its start.
constexpr uint64_t kChunkBytes = 256u << 10;
constexpr uint64_t kMaxChunkBytes = 4u << 20;
// Reads begin and end at multiples of this, for files opened with `direct`.
constexpr uint64_t kReadAlignment = 4096;

class Scan : public std::enable_shared_from_this<Scan> {
 public:
  Scan(std::shared_ptr<File> file, std::shared_ptr<Scanner> scanner, uint64_t limit, OnBatch on_batch, DiskDone done)
      : scanner_(std::move(scanner)),
        limit_(limit),
        on_batch_(std::move(on_batch)),
        done_(std::move(done)),
        start_(AlignDown(scanner_->offset(), kReadAlignment)),
        file_(std::move(file)) {}

  void Run() {
    for (;;) {
      const uint64_t at = scanner_->offset();
      const uint64_t skip = at < start_ ? window_.size() : std::min<uint64_t>(at - start_, window_.size());
      switch (scanner_->Next(window_.span().subspan(skip))) {
        case Scanner::Step::kBatch:
          if (!on_batch_(scanner_->batch())) return Finish(absl::OkStatus());
          break;
        case Scanner::Step::kNeedMore: return ReadMore();
        case Scanner::Step::kGoBack: break;
        case Scanner::Step::kEnd: return Finish(absl::OkStatus());
        case Scanner::Step::kCorrupt: return Finish(scanner_->status());
      }
    }
  }

 private:
  // Bytes of the file, being read or read, that the window does not have yet.
  struct Chunk {
    uint64_t from = 0;
    AlignedBuffer bytes;
    bool reading = false;
    absl::optional<absl::StatusOr<size_t>> read;
  };

  // Keeps what the scanner still wants, and goes on when there is more. It may go back to what was passed, and return.
  void ReadMore() {
    const uint64_t from = AlignDown(scanner_->offset(), kReadAlignment);
    if (from < start_ || from > window_end()) {
      window_.Resize(0);
      start_ = from;
    }
    const uint64_t passed = from - start_;
    if (passed > 0) std::memmove(window_.data(), window_.data() + passed, window_.size() - passed);
    window_.Resize(window_.size() - passed);
    start_ += passed;
    const uint64_t most = std::max<uint64_t>(kMaxChunkBytes, window_.size());
    chunk_bytes_ = std::clamp<uint64_t>(2 * window_.size(), kChunkBytes, most);
    CHECK_LT(window_end(), limit_) << "the scanner wants more than there is";
    Fill();
  }

  // A read ahead may be under way still: nobody hears of it.
  void Finish(absl::Status status) {
    on_batch_ = nullptr;
    std::exchange(done_, nullptr)(std::move(status));
  }

  uint64_t window_end() const { return start_ + window_.size(); }

  void Fill() {
    const uint64_t wanted = std::min(scanner_->offset() + scanner_->needed(), limit_);
    bool grown = false;
    while (!grown || window_end() < wanted) {
      if (!next_.reading && !next_.read.has_value()) StartRead(wanted);
      if (next_.reading) {
        waiting_ = true;
        return;
      }
      if (next_.from == window_end()) {
        if (absl::Status taken = TakeRead(); !taken.ok()) return Finish(std::move(taken));
        grown = true;
      }
      next_.read.reset();
    }
    // The disk reads on while this is scanned.
    if (window_end() < limit_ && !next_.reading) StartRead(wanted);
    Run();
  }

  void StartRead(uint64_t wanted) {
    next_.from = window_end();
    const uint64_t bytes = AlignUp(std::min(std::max(wanted, next_.from + chunk_bytes_), limit_), kReadAlignment) -
                           next_.from;
    next_.bytes.clear();
    next_.bytes.Extend(bytes);
    next_.reading = true;
    file_->Read(next_.from, next_.bytes.mutable_span(), [self = shared_from_this()](absl::StatusOr<size_t> read) {
      self->next_.reading = false;
      self->next_.read = std::move(read);
      if (std::exchange(self->waiting_, false)) self->Fill();
    });
  }

  absl::Status TakeRead() {
    const absl::StatusOr<size_t>& read = *next_.read;
    RETURN_IF_ERROR(read.status());
    const uint64_t end = next_.from + *read;
    if (end < std::min(next_.from + next_.bytes.size(), limit_)) {
      return MakeError(ErrorKind::kCorruption,
                       absl::StrCat("the file ends at offset ", end, ", but should reach to ", limit_));
    }
    if (window_.empty()) {
      std::swap(window_, next_.bytes);
    } else {
      window_.Append(next_.bytes.span());
    }
    return absl::OkStatus();
  }

  std::shared_ptr<Scanner> scanner_;
  const uint64_t limit_;
  OnBatch on_batch_;
  DiskDone done_;
  AlignedBuffer window_;  // the file's bytes from start_ on
  uint64_t start_;
  uint64_t chunk_bytes_ = kChunkBytes;
  Chunk next_;                  // begins where the window ends, unless the scanner went elsewhere meanwhile
  bool waiting_ = false;        // the scanner can do nothing before next_ is read
  std::shared_ptr<File> file_;  // last: gone before the bytes that a read may still fill
};

}  // namespace

void ReadHeader(std::shared_ptr<File> file, absl::AnyInvocable<void(absl::StatusOr<FileHeader>)> done) {
  auto bytes = std::make_shared<AlignedBuffer>();
  bytes->Resize(kReadAlignment);
  File* const reading = file.get();
  reading->Read(0, bytes->mutable_span(), [file, bytes, done = std::move(done)](absl::StatusOr<size_t> read) mutable {
    if (!read.ok()) return done(read.status());
    const absl::StatusOr<uint32_t> length = DecodeHeaderLength(bytes->span().subspan(0, *read));
    if (!length.ok()) return done(length.status());
    if (*length <= *read) return done(DecodeHeader(bytes->span().subspan(0, *read)));
    bytes->Resize(AlignUp(*length, kReadAlignment));
    File* const again = file.get();
    again->Read(0, bytes->mutable_span(), [file, bytes, done = std::move(done)](absl::StatusOr<size_t> whole) mutable {
      if (!whole.ok()) return done(whole.status());
      done(DecodeHeader(bytes->span().subspan(0, *whole)));
    });
  });
}

void ScanFile(std::shared_ptr<File> file, std::shared_ptr<Scanner> scanner, uint64_t limit, OnBatch on_batch,
              DiskDone done) {
  std::make_shared<Scan>(std::move(file), std::move(scanner), limit, std::move(on_batch), std::move(done))->Run();
}

}  // namespace tidemark::aof
