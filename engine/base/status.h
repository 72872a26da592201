#pragma once

// What the outside world may answer, on absl::Status. An ErrorKind rides along as a
// payload so that a caller can act on it (wait for space, ask a replica, give up)
// without reading the message; the message says what, where, and what to do.

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace tidemark {

enum class ErrorKind {
  kNone,         // no kind attached, or OK
  kDiskFull,     // RESOURCE_EXHAUSTED: nothing was lost; retry after space was freed
  kPoisoned,     // UNAVAILABLE: an earlier sync or write failed; reopen the store
  kIoError,      // UNAVAILABLE: the device answered with an error
  kCorruption,   // DATA_LOSS: promised bytes are damaged; message names file and offset
  kLostRecords,  // DATA_LOSS: promised records are gone without visible damage (a disk that lied, a file removed)
  kWrongStore,   // FAILED_PRECONDITION: the directory belongs to another store
  kNoStore,      // NOT_FOUND: there is no store here (wiped disk?); it is never created silently
  kStoreExists,  // ALREADY_EXISTS: create was asked for, a store is here
  kLocked,       // FAILED_PRECONDITION: another process holds the store
  kRefused,      // RESOURCE_EXHAUSTED or INVALID_ARGUMENT: a limit, named in the message
  kTruncated,    // OUT_OF_RANGE: the record was truncated away, or is not there yet
  kNotSupported  // UNIMPLEMENTED: a format version newer than this program
};

// The code that belongs to the kind, with the kind attached. `kind` is not kNone.
absl::Status MakeError(ErrorKind kind, absl::string_view message);
// As above with the code chosen by the caller.
absl::Status MakeError(ErrorKind kind, absl::StatusCode code, absl::string_view message);
ErrorKind KindOf(const absl::Status& status);
absl::string_view ErrorKindName(ErrorKind kind);
// The same error with "context: " before its message; kind and code are kept. OK stays OK.
absl::Status Annotate(const absl::Status& status, absl::string_view context);

}  // namespace tidemark

#define RETURN_IF_ERROR(expression)                                           \
  do {                                                                        \
    if (::absl::Status status_ = (expression); !status_.ok()) return status_; \
  } while (false)

#define TIDEMARK_CONCAT_INNER(a, b) a##b
#define TIDEMARK_CONCAT(a, b) TIDEMARK_CONCAT_INNER(a, b)
#define TIDEMARK_ASSIGN_OR_RETURN(holder, target, expression) \
  auto holder = (expression);                                 \
  if (!holder.ok()) return holder.status();                   \
  target = *std::move(holder)
#define ASSIGN_OR_RETURN(target, expression) \
  TIDEMARK_ASSIGN_OR_RETURN(TIDEMARK_CONCAT(status_or_, __LINE__), target, expression)
