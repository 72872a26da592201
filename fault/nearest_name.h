#pragma once

// What to say when a name is not one of those known: the nearest of them, else all.

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace tidemark::fault {

// "; did you mean 'append'?", or " (one of: append, read)" where nothing is near.
std::string SuggestName(absl::string_view found, const std::vector<absl::string_view>& known);

}  // namespace tidemark::fault
