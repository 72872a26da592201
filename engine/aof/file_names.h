#pragma once

// Names in the directory of an Aof.

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace tidemark::aof {

inline constexpr absl::string_view kSpareName = "spare";
inline constexpr absl::string_view kNewSpareName = "spare.new";

// "00000000000000000007.aof"
std::string SegmentName(uint64_t file_id);
// The same, under construction: ".new".
std::string NewSegmentName(uint64_t file_id);
absl::optional<uint64_t> ParseSegmentName(absl::string_view name);
// A name of a file under construction, of whatever file id.
bool IsUnderConstruction(absl::string_view name);

std::string JoinPath(absl::string_view directory, absl::string_view name);
// The directory that holds `path`: "" for the root.
absl::string_view ParentPath(absl::string_view path);

}  // namespace tidemark::aof
