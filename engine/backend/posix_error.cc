#include "engine/backend/posix_error.h"

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"

namespace tidemark {
namespace {

struct ErrnoRow {
  int error;
  ErrorKind kind;
  absl::StatusCode code;
};

constexpr ErrnoRow kRows[] = {
    {ENOENT, ErrorKind::kNone, absl::StatusCode::kNotFound},
    {EEXIST, ErrorKind::kNone, absl::StatusCode::kAlreadyExists},
    {ENOTDIR, ErrorKind::kNone, absl::StatusCode::kFailedPrecondition},
    {EISDIR, ErrorKind::kNone, absl::StatusCode::kFailedPrecondition},
    {ENOTEMPTY, ErrorKind::kNone, absl::StatusCode::kFailedPrecondition},
    {ENAMETOOLONG, ErrorKind::kNone, absl::StatusCode::kInvalidArgument},
    {EINVAL, ErrorKind::kNone, absl::StatusCode::kInvalidArgument},
    {ENOSPC, ErrorKind::kDiskFull, absl::StatusCode::kResourceExhausted},
    {EDQUOT, ErrorKind::kDiskFull, absl::StatusCode::kResourceExhausted},
    {EWOULDBLOCK, ErrorKind::kLocked, absl::StatusCode::kFailedPrecondition},
    {EFBIG, ErrorKind::kRefused, absl::StatusCode::kInvalidArgument},
    {EMFILE, ErrorKind::kRefused, absl::StatusCode::kResourceExhausted},
    {ENFILE, ErrorKind::kRefused, absl::StatusCode::kResourceExhausted},
    {ENOMEM, ErrorKind::kRefused, absl::StatusCode::kResourceExhausted},
    {EACCES, ErrorKind::kIoError, absl::StatusCode::kPermissionDenied},
    {EPERM, ErrorKind::kIoError, absl::StatusCode::kPermissionDenied},
    {EROFS, ErrorKind::kIoError, absl::StatusCode::kPermissionDenied},
};

}  // namespace

absl::Status ErrnoError(int error, absl::string_view what) {
  const char* text = strerrordesc_np(error);
  const char* name = strerrorname_np(error);
  const std::string message = absl::StrCat(what, ": ", text == nullptr ? "unknown error" : text, " (",
                                           name == nullptr ? std::to_string(error) : name, ")");
  for (const ErrnoRow& row : kRows) {
    if (row.error != error) continue;
    return row.kind == ErrorKind::kNone ? absl::Status(row.code, message) : MakeError(row.kind, row.code, message);
  }
  return MakeError(ErrorKind::kIoError, message);
}

}  // namespace tidemark
