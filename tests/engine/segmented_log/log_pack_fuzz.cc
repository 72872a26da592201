// Any bytes as a pack: refused, or exactly what the builder would have built.

#include <string>

#include "engine/base/check.h"
#include "engine/segmented_log/log_pack.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  const ByteSpan bytes(data, size);
  const absl::StatusOr<LogPack> pack = DecodeLogPack(bytes);
  if (!pack.ok()) return 0;
  LogPackBuilder builder(pack->store_id, pack->first, pack->before);
  pack->ForEach([&](RaftIndex, const EntryView& entry) { builder.Add(entry.header, entry.payload); });
  CHECK_EQ(builder.next(), pack->last.Next());
  CHECK(builder.Finish() == AsText(bytes));
  return 0;
}
