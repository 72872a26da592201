#pragma once

// A segment file put together batch by batch, right or wrong as the test likes.

#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "engine/aof/batch.h"
#include "engine/aof/format.h"

namespace tidemark::aof {

struct BatchOf {
  std::vector<std::string> payloads;
  std::vector<std::string> notes = {};  // before the records
  absl::optional<Cut> cut = absl::nullopt;
  absl::optional<uint64_t> promised = {};  // all before it, unless said otherwise
  absl::optional<Sequence> promised_sequence = {};
  absl::optional<Sequence> first_record = {};
  absl::optional<Sequence> last = {};  // what the commit says of it
  absl::optional<Sequence> floor = {};
};

class FileBuilder {
 public:
  explicit FileBuilder(uint32_t block_bytes = 512, uint64_t segment_bytes = 8192, uint64_t file_id = 1) {
    header.store_id = {.high = 0x0123456789abcdef, .low = 0xfedcba9876543210};
    header.log_id = 7;
    header.file_id = file_id;
    header.segment_bytes = segment_bytes;
    header.block_bytes = block_bytes;
    header.max_record_bytes = 1000;
    header.base = Sequence(1);
    header.first = Sequence(1);
    header.note = "head";
    AlignedBuffer encoded;
    EncodeHeader(header, encoded);
    bytes.assign(segment_bytes, '\0');
    Put(0, encoded.span());
    end = header.header_bytes;
  }

  // Puts the batch at `end` and returns where it begins.
  uint64_t Add(const BatchOf& what) {
    Batch batch;
    const Sequence before = what.cut.has_value() ? what.cut->new_end : last;
    if (what.cut.has_value()) batch.SetCut(*what.cut);
    const Sequence first_record = what.first_record.value_or(before.Next());
    for (const std::string& note : what.notes) batch.AddNote(first_record.Prev(), AsBytes(note));
    for (size_t i = 0; i < what.payloads.size(); ++i) {
      const ByteSpan parts[] = {AsBytes(what.payloads[i])};
      batch.AddRecord(first_record.Plus(i), parts);
    }
    const uint64_t at = end;
    const Sequence promised_sequence = what.promised_sequence.value_or(last);
    last = what.last.value_or(first_record.Plus(what.payloads.size()).Prev());
    floor = what.floor.value_or(floor);
    batch.Place({.salt = salt(),
                 .offset = at,
                 .block_bytes = header.block_bytes,
                 .promised_offset = what.promised.value_or(at),
                 .promised_sequence = promised_sequence,
                 .last = last,
                 .first = floor});
    Put(at, batch.bytes());
    end = at + batch.bytes().size();
    return at;
  }
  // Garbage where a batch may have been.
  void Ruin(uint64_t at, uint64_t count = 1) {
    for (uint64_t i = 0; i < count; ++i) bytes[at + i] ^= 0x55;
  }
  FrameSalt salt() const { return FrameSalt(header.store_id, header.log_id, header.file_id); }
  ByteSpan span() const { return AsBytes(bytes); }

  FileHeader header;
  std::string bytes;
  uint64_t end = 0;
  Sequence last;
  Sequence floor{1};

 private:
  void Put(uint64_t at, ByteSpan from) { bytes.replace(at, from.size(), std::string(AsText(from))); }
};

}  // namespace tidemark::aof
