#pragma once

#include <compare>
#include <cstdint>
#include <ostream>
#include <string>

#include "absl/strings/str_format.h"

namespace tidemark {

// Which store a file belongs to: 128 bits, drawn once when the store is created and repeated in every
// one of its files, so that a foreign or swapped disk is told from a damaged one.
struct StoreId {
  uint64_t high = 0;
  uint64_t low = 0;

  friend auto operator<=>(const StoreId&, const StoreId&) = default;
  // 32 hexadecimal digits.
  std::string ToString() const { return absl::StrFormat("%016x%016x", high, low); }
  friend std::ostream& operator<<(std::ostream& out, const StoreId& id) { return out << id.ToString(); }
};

}  // namespace tidemark
