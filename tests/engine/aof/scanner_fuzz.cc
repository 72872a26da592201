// Any bytes as a segment file: the scanner ends, stays within them, asks for no more than there is, and what it takes
// for a batch is exactly what the writer would have written. Byte 0: bit 0 fixes checksums, bit 1 takes blocks of 4096,
// bit 2 seals the file, bits 3.. say how much is fed at a time. The rest is what follows the header.

#include <algorithm>

#include "engine/aof/scanner.h"
#include "engine/base/check.h"
#include "tests/engine/aof/checksum_fixer.h"
#include "tests/engine/aof/file_builder.h"

namespace tidemark::aof {
namespace {

void CheckWrittenAgain(const FileBuilder& file, const BatchView& view) {
  Batch batch;
  if (view.cut.has_value()) batch.SetCut(*view.cut);
  uint64_t records = 0;
  view.ForEachFrame([&](const FrameView& frame) {
    const ByteSpan parts[] = {frame.payload};
    if (frame.type == FrameType::kNote) {
      batch.AddNote(frame.sequence, frame.payload);
    } else {
      batch.AddRecord(frame.sequence, parts);
      ++records;
    }
  });
  CHECK_EQ(records, view.records);
  batch.Place({.salt = file.salt(),
               .offset = view.offset,
               .block_bytes = file.header.block_bytes,
               .promised_offset = view.commit.promised_offset,
               .promised_sequence = view.commit.promised_sequence,
               .last = view.commit.last,
               .first = view.commit.first});
  CHECK(AsText(batch.bytes()) == AsText(view.bytes)) << "batch at " << view.offset;
}

void Scan(const FileBuilder& file, bool sealed, uint64_t step) {
  const uint64_t limit = file.header.segment_bytes;
  Scanner scanner(file.header, {.from = file.header.header_bytes, .limit = limit, .sealed = sealed}, Sequence(0),
                  Sequence(1));
  uint64_t window = 0;
  uint64_t gone_back = 0;
  for (;;) {
    const uint64_t start = scanner.offset();
    switch (scanner.Next(file.span().subspan(start, std::min(window, limit - start)))) {
      case Scanner::Step::kBatch:
        CHECK_LE(scanner.promised_offset(), scanner.end());
        CHECK_LE(scanner.silent_from(), scanner.end());
        CheckWrittenAgain(file, scanner.batch());
        window = 0;
        break;
      case Scanner::Step::kNeedMore:
        CHECK_LE(scanner.offset() + scanner.needed(), limit);
        CHECK(scanner.needed() > window || scanner.offset() > start);
        window = std::max(scanner.needed(), std::min(step, limit - scanner.offset()));
        break;
      case Scanner::Step::kGoBack:
        CHECK_LT(++gone_back, limit / file.header.block_bytes) << "once for each batch at most";
        window = 0;
        break;
      case Scanner::Step::kEnd: CHECK(!sealed || scanner.end() == limit); return;
      case Scanner::Step::kCorrupt: CHECK(!scanner.status().ok()); return;
    }
  }
}

}  // namespace
}  // namespace tidemark::aof

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark::aof;
  if (size == 0) return 0;
  const uint8_t how = data[0];
  FileBuilder file(how & 2 ? 4096 : 512, 32768);
  const size_t count = std::min<size_t>(size - 1, file.bytes.size() - file.header.header_bytes);
  file.bytes.replace(file.header.header_bytes, count, reinterpret_cast<const char*>(data + 1), count);
  if (how & 1) FixChecksums(file.bytes);
  Scan(file, how & 4, uint64_t{1} << (how >> 3));
  return 0;
}
