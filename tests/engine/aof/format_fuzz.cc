// Any bytes as a header: refused, or exactly what the writer would have written. Byte 0: bit 0 fixes the checksum.

#include <string>

#include "engine/aof/format.h"
#include "engine/base/check.h"
#include "tests/engine/aof/checksum_fixer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  using namespace tidemark::aof;
  if (size == 0) return 0;
  std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] & 1) FixChecksums(bytes);
  absl::StatusOr<FileHeader> header = DecodeHeader(AsBytes(bytes));
  if (!header.ok()) return 0;
  FileHeader again = *header;
  AlignedBuffer encoded;
  EncodeHeader(again, encoded);
  CHECK(AsText(encoded.span()) == absl::string_view(bytes).substr(0, encoded.size()));
  CHECK(again == *header);
  return 0;
}
