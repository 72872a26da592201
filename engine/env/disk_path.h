#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace tidemark {

// The rule for paths of env/disk.h, for every Disk to apply before it does anything: components joined by
// single '/', none of them empty, "." or "..", at most 255 bytes each, 4000 in all, no NUL; "" is the root.
// INVALID_ARGUMENT names the path and what is wrong with it.
absl::Status CheckDiskPath(absl::string_view path);
// As above, and the root itself is refused: for calls that create, rename or remove a name.
absl::Status CheckDiskEntryPath(absl::string_view path);

}  // namespace tidemark
