#include "engine/aof/transfer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"

namespace tidemark::aof {
namespace {

using Call = void (File::*)(uint64_t offset, absl::Span<const ByteSpan> parts, TransferDone done);

// Calls again with the rest until nothing is left: the call that takes the last byte is the one that may sync.
void Repeat(Call call, File& file, uint64_t offset, ByteSpan bytes, DiskDone done) {
  auto step = [call, &file, offset, bytes, done = std::move(done)](absl::StatusOr<size_t> written) mutable {
    if (!written.ok()) return done(written.status());
    if (*written >= bytes.size()) return done(absl::OkStatus());
    // A direct file takes the rest from an aligned place only: a little is written twice.
    const size_t progress = AlignDown(*written, file.alignment());
    if (progress == 0) {
      return done(MakeError(ErrorKind::kIoError,
                            absl::StrCat("write of ", bytes.size(), " bytes at offset ", offset, " made no progress")));
    }
    Repeat(call, file, offset + progress, bytes.subspan(progress), std::move(done));
  };
  (file.*call)(offset, absl::Span<const ByteSpan>(&bytes, 1), std::move(step));
}

}  // namespace

void WriteAll(File& file, uint64_t offset, ByteSpan bytes, DiskDone done) {
  Repeat(&File::Write, file, offset, bytes, std::move(done));
}

void WriteAllAndSync(File& file, uint64_t offset, ByteSpan bytes, DiskDone done) {
  Repeat(&File::WriteAndSync, file, offset, bytes, std::move(done));
}

}  // namespace tidemark::aof
