#pragma once

// Numbers as people read them.

#include <cstdint>
#include <string>

#include "engine/base/time.h"

namespace tidemark::tools {

std::string Grouped(uint64_t number);      // 1,234,567
std::string ShortTime(Duration duration);  // "0.8s", "42s", "3m07s"
// `numerator / denominator` with three significant digits at least: "0.42", "17.3", "1,234"; "-" for a zero
// denominator.
std::string Ratio(double numerator, double denominator);

}  // namespace tidemark::tools
