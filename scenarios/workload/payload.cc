#include "scenarios/workload/payload.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "engine/base/coding.h"

namespace tidemark::scenarios {
namespace {

constexpr size_t kNameBytes = 8;

}  // namespace

void PayloadSource::Fill(RecordName name, MutableByteSpan into) const {
  const RandomKey key = key_.Fork(uint64_t{name.operation} << 32 | name.ordinal);
  uint8_t word[8];
  PutFixed32(word, name.operation);
  PutFixed32(word + 4, name.ordinal);
  std::copy_n(word, std::min(into.size(), kNameBytes), into.begin());
  for (size_t at = kNameBytes; at < into.size(); at += sizeof(word)) {
    PutFixed64(word, key.BitsAt(at));
    std::copy_n(word, std::min(into.size() - at, sizeof(word)), into.begin() + static_cast<ptrdiff_t>(at));
  }
}

absl::optional<RecordName> PayloadSource::NameIn(ByteSpan payload) {
  if (payload.size() < kNameBytes) return absl::nullopt;
  return RecordName{GetFixed32(payload.data()), GetFixed32(payload.data() + 4)};
}

bool PayloadSource::Matches(RecordName name, ByteSpan payload) const {
  std::vector<uint8_t> expected(payload.size());
  Fill(name, MutableByteSpan(expected.data(), expected.size()));
  return std::equal(payload.begin(), payload.end(), expected.begin());
}

}  // namespace tidemark::scenarios
