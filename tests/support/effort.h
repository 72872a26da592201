#pragma once

// How much of a long test is done: all of it, unless TIDEMARK_SEEDS_PERCENT says less, as under sanitizers, which make
// everything several times as slow.

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace tidemark::tests {

// From 1 to 100.
inline uint64_t EffortPercent() {
  const char* const said = std::getenv("TIDEMARK_SEEDS_PERCENT");
  const uint64_t percent = said == nullptr ? 100 : std::strtoull(said, nullptr, 10);
  return percent == 0 ? 100 : std::min<uint64_t>(percent, 100);
}
// So many of `all`, and one at least.
inline uint64_t SomeOf(uint64_t all) { return std::max<uint64_t>(1, all * EffortPercent() / 100); }

// Every how many-th of many cases: every `full`-th, fewer accordingly.
inline uint64_t StrideOf(uint64_t full) { return full * 100 / EffortPercent(); }

}  // namespace tidemark::tests
