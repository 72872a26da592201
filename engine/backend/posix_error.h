#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace tidemark {

// The status for an errno of a file call, with the kind of env/disk.h: ENOSPC and EDQUOT are kDiskFull,
// a contended lock is kLocked, exhausted descriptors and memory are kRefused, names are NOT_FOUND,
// ALREADY_EXISTS and FAILED_PRECONDITION; anything not known is kIoError.
// `what` says which call, on which path, where. Message: "what: No space left on device (ENOSPC)".
absl::Status ErrnoError(int error, absl::string_view what);

}  // namespace tidemark
