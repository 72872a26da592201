#pragma once

// The bytes of every record of a run, as a function of (seed, operation, ordinal): nobody stores them,
// anybody can make them again, and no two records carry the same ones.
//
//   operation u32 | ordinal u32 | bytes drawn from (seed, operation, ordinal)
//
// A payload shorter than the eight bytes of its name carries only its first bytes.

#include <cstdint>

#include "absl/types/optional.h"
#include "engine/base/bytes.h"
#include "engine/base/random.h"

namespace tidemark::scenarios {

// The name of a record: the `ordinal`-th one (0, 1, ...) of a plan's operation.
struct RecordName {
  uint32_t operation = 0;
  uint32_t ordinal = 0;
  friend bool operator==(RecordName, RecordName) = default;
};

class PayloadSource {
 public:
  explicit PayloadSource(uint64_t seed) : key_(RandomKey(seed).Fork("payload")) {}

  // Writes the first `into.size()` bytes of the record's payload.
  void Fill(RecordName name, MutableByteSpan into) const;
  // The record whose payload these bytes claim to be; none below eight bytes.
  static absl::optional<RecordName> NameIn(ByteSpan payload);
  // Whether the bytes are exactly the payload of `name`, of this length.
  bool Matches(RecordName name, ByteSpan payload) const;

 private:
  RandomKey key_;
};

}  // namespace tidemark::scenarios
