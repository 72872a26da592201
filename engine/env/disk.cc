#include "engine/env/disk.h"

#include <utility>

#include "engine/base/status.h"

namespace tidemark {

void File::WriteAndSync(uint64_t offset, absl::Span<const ByteSpan> parts, TransferDone done) {
  size_t asked = 0;
  for (ByteSpan part : parts) asked += part.size();
  // The callbacks of a file that is gone are never run: `this` is there when they are.
  Write(offset, parts, [this, asked, done = std::move(done)](absl::StatusOr<size_t> put) mutable {
    if (!put.ok() || *put < asked) return done(std::move(put));
    SyncData([asked, done = std::move(done)](const absl::Status& synced) mutable {
      if (synced.ok()) return done(asked);
      done(FailedSync(synced));
    });
  });
}

absl::Status FailedSync(const absl::Status& status) {
  return KindOf(status) == ErrorKind::kDiskFull ? MakeError(ErrorKind::kIoError, status.message()) : status;
}

}  // namespace tidemark
