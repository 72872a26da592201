#pragma once

// Records on their way into a log, in one call: what each one's payload is put together from, without a list of parts
// for every record.

#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "engine/base/bytes.h"

namespace tidemark::aof {

// A record's payload is `head_bytes` bytes, which `write_head` writes when it is asked for record 0, 1, ..., and then
// its body. All of it is the caller's, for the time of the call.
struct NewRecords {
  using WriteHead = absl::FunctionRef<void(size_t record, uint8_t* to)>;

  absl::Span<const ByteSpan> bodies;
  uint32_t head_bytes;
  WriteHead write_head;

  size_t size() const { return bodies.size(); }
  uint64_t LengthOf(size_t record) const { return head_bytes + bodies[record].size(); }
};

}  // namespace tidemark::aof
