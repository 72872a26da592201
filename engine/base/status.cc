#include "engine/base/status.h"

#include <array>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "engine/base/check.h"

namespace tidemark {
namespace {

constexpr char kPayloadUrl[] = "tidemark/error-kind";

struct KindRow {
  ErrorKind kind;
  absl::StatusCode code;
  const char* name;
};

constexpr std::array<KindRow, 13> kKinds = {{
    {ErrorKind::kNone, absl::StatusCode::kUnknown, "none"},
    {ErrorKind::kDiskFull, absl::StatusCode::kResourceExhausted, "disk_full"},
    {ErrorKind::kPoisoned, absl::StatusCode::kUnavailable, "poisoned"},
    {ErrorKind::kIoError, absl::StatusCode::kUnavailable, "io_error"},
    {ErrorKind::kCorruption, absl::StatusCode::kDataLoss, "corruption"},
    {ErrorKind::kLostRecords, absl::StatusCode::kDataLoss, "lost_records"},
    {ErrorKind::kWrongStore, absl::StatusCode::kFailedPrecondition, "wrong_store"},
    {ErrorKind::kNoStore, absl::StatusCode::kNotFound, "no_store"},
    {ErrorKind::kStoreExists, absl::StatusCode::kAlreadyExists, "store_exists"},
    {ErrorKind::kLocked, absl::StatusCode::kFailedPrecondition, "locked"},
    {ErrorKind::kRefused, absl::StatusCode::kResourceExhausted, "refused"},
    {ErrorKind::kTruncated, absl::StatusCode::kOutOfRange, "truncated"},
    {ErrorKind::kNotSupported, absl::StatusCode::kUnimplemented, "not_supported"},
}};

const KindRow& RowOf(ErrorKind kind) {
  const KindRow& row = kKinds[static_cast<size_t>(kind)];
  CHECK(row.kind == kind) << "kKinds is out of order at " << row.name;
  return row;
}

}  // namespace

absl::Status MakeError(ErrorKind kind, absl::string_view message) { return MakeError(kind, RowOf(kind).code, message); }

absl::Status MakeError(ErrorKind kind, absl::StatusCode code, absl::string_view message) {
  CHECK(kind != ErrorKind::kNone) << message;
  absl::Status status(code, message);
  status.SetPayload(kPayloadUrl, absl::Cord(RowOf(kind).name));
  return status;
}

ErrorKind KindOf(const absl::Status& status) {
  absl::optional<absl::Cord> payload = status.GetPayload(kPayloadUrl);
  if (!payload.has_value()) return ErrorKind::kNone;
  for (const KindRow& row : kKinds) {
    if (*payload == row.name) return row.kind;
  }
  return ErrorKind::kNone;
}

absl::string_view ErrorKindName(ErrorKind kind) { return RowOf(kind).name; }

absl::Status Annotate(const absl::Status& status, absl::string_view context) {
  if (status.ok()) return status;
  absl::Status annotated(status.code(), absl::StrCat(context, ": ", status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) { annotated.SetPayload(url, payload); });
  return annotated;
}

}  // namespace tidemark
