#include "engine/base/time.h"

namespace tidemark {

std::string Duration::ToString() const {
  if (nanos_ % 1'000'000'000 == 0) return std::to_string(nanos_ / 1'000'000'000) + "s";
  if (nanos_ % 1'000'000 == 0) return std::to_string(nanos_ / 1'000'000) + "ms";
  if (nanos_ % 1'000 == 0) return std::to_string(nanos_ / 1'000) + "us";
  return std::to_string(nanos_) + "ns";
}

}  // namespace tidemark
