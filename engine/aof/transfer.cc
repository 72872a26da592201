#include "engine/aof/transfer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"

namespace tidemark::aof {

void WriteAll(File& file, uint64_t offset, ByteSpan bytes, DiskDone done) {
  auto step = [&file, offset, bytes, done = std::move(done)](absl::StatusOr<size_t> written) mutable {
    if (!written.ok()) return done(written.status());
    if (*written >= bytes.size()) return done(absl::OkStatus());
    // A direct file takes the rest from an aligned place only: a little is written twice.
    const size_t progress = AlignDown(*written, file.alignment());
    if (progress == 0) {
      return done(MakeError(ErrorKind::kIoError, absl::StrCat("write of ", bytes.size(), " bytes at offset ", offset,
                                                              " made no progress")));
    }
    WriteAll(file, offset + progress, bytes.subspan(progress), std::move(done));
  };
  const ByteSpan parts[] = {bytes};
  file.Write(offset, parts, std::move(step));
}

}  // namespace tidemark::aof
