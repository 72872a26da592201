#include "engine/aof/file_scan.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"

namespace tidemark::aof {
namespace {

// What a read asks for when nothing more is needed at once.
constexpr uint64_t kChunkBytes = 256u << 10;
// Reads begin and end at multiples of this, for files opened with `direct`.
constexpr uint64_t kReadAlignment = 4096;

class Scan : public std::enable_shared_from_this<Scan> {
 public:
  Scan(std::shared_ptr<File> file, std::shared_ptr<Scanner> scanner, uint64_t limit,
       absl::AnyInvocable<void(const BatchView&)> on_batch, DiskDone done)
      : scanner_(std::move(scanner)),
        limit_(limit),
        on_batch_(std::move(on_batch)),
        done_(std::move(done)),
        start_(AlignDown(scanner_->offset(), kReadAlignment)),
        file_(std::move(file)) {}

  void Run() {
    for (;;) {
      const uint64_t skip = std::min<uint64_t>(scanner_->offset() - start_, window_.size());
      switch (scanner_->Next(window_.span().subspan(skip))) {
        case Scanner::Step::kBatch: on_batch_(scanner_->batch()); break;
        case Scanner::Step::kNeedMore: return ReadMore();
        case Scanner::Step::kEnd: return done_(absl::OkStatus());
        case Scanner::Step::kCorrupt: return done_(scanner_->status());
      }
    }
  }

 private:
  // Keeps what the scanner still wants and reads on from there.
  void ReadMore() {
    const uint64_t from = AlignDown(scanner_->offset(), kReadAlignment);
    const uint64_t had = window_.size();
    if (from - start_ < had) {
      const uint64_t kept = had - (from - start_);
      std::memmove(window_.data(), window_.data() + (from - start_), kept);
      window_.Resize(kept);
    } else {
      window_.clear();
    }
    start_ = from;
    const uint64_t have_end = start_ + window_.size();
    const uint64_t want_end = std::max(scanner_->offset() + scanner_->needed(), have_end + kChunkBytes);
    const uint64_t bytes = AlignUp(std::min(want_end, limit_), kReadAlignment) - have_end;
    uint8_t* into = window_.Extend(bytes);
    file_->Read(have_end, MutableByteSpan(into, bytes),
                [self = shared_from_this(), have_end, bytes](absl::StatusOr<size_t> read) {
                  if (!read.ok()) return self->done_(read.status());
                  if (have_end + *read < std::min(have_end + bytes, self->limit_)) {
                    return self->done_(
                        MakeError(ErrorKind::kCorruption, absl::StrCat("the file ends at offset ", have_end + *read,
                                                                       ", but should reach to ", self->limit_)));
                  }
                  self->Run();
                });
  }

  std::shared_ptr<Scanner> scanner_;
  const uint64_t limit_;
  absl::AnyInvocable<void(const BatchView&)> on_batch_;
  DiskDone done_;
  AlignedBuffer window_;  // the file's bytes from start_ on
  uint64_t start_;
  std::shared_ptr<File> file_;  // last: gone before the window that a read may still fill
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

void ScanFile(std::shared_ptr<File> file, std::shared_ptr<Scanner> scanner, uint64_t limit,
              absl::AnyInvocable<void(const BatchView&)> on_batch, DiskDone done) {
  std::make_shared<Scan>(std::move(file), std::move(scanner), limit, std::move(on_batch), std::move(done))->Run();
}

}  // namespace tidemark::aof
