#include "scenarios/oracles/answers.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/base/status.h"

namespace tidemark::scenarios {
namespace {

absl::string_view NameOf(Taking what) {
  switch (what) {
    case Taking::kAppend: return "a record for ";
    case Taking::kCreate: return "the creation of ";
    case Taking::kDrop: return "the drop of ";
  }
  return "";
}

bool IsFitting(const Taken& t) { return t.what == Taking::kCreate ? !t.asked.present : t.asked.open; }

// What is asked for would be taken, were there no limit: which one refuses it decides whether to try again.
bool MayBeRefused(const Taken& t, const AnswerLimits& limits) {
  if (!IsFitting(t)) return false;
  switch (t.what) {
    case Taking::kAppend: {
      const bool fits = t.bytes <= limits.payload_max;
      return t.status.code() == (fits ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kInvalidArgument);
    }
    case Taking::kCreate: return t.asked.partitions >= limits.partitions_max && absl::IsResourceExhausted(t.status);
    case Taking::kDrop: return false;
  }
  return false;
}

bool IsTrue(const Taken& t, const AnswerLimits& limits) {
  const ErrorKind kind = KindOf(t.status);
  if (kind == ErrorKind::kPoisoned) return limits.may_be_poisoned && absl::IsUnavailable(t.status);
  if (t.asked.failed) return false;
  if (t.status.ok()) return IsFitting(t) && !t.asked.full;
  switch (kind) {
    case ErrorKind::kDiskFull: return IsFitting(t) && t.asked.full && absl::IsResourceExhausted(t.status);
    case ErrorKind::kRefused: return MayBeRefused(t, limits);
    case ErrorKind::kNone:
      return t.what == Taking::kCreate ? absl::IsAlreadyExists(t.status) && t.asked.present
                                       : absl::IsNotFound(t.status) && !t.asked.open;
    default: return false;
  }
}

}  // namespace

std::string Contradiction(const Taken& t, const AnswerLimits& limits) {
  if (IsTrue(t, limits)) return "";
  const Standing& s = t.asked;
  return absl::StrCat(
      NameOf(t.what), t.partition.ToString(), " was answered with ", absl::StatusCodeToString(t.status.code()), " (",
      ErrorKindName(KindOf(t.status)), "), which contradicts how things stood: the partition was ",
      s.open      ? "open"
      : s.present ? "on its way"
                  : "not there",
      s.full ? ", the disk was full" : "", s.failed ? ", the log had failed" : "",
      t.what == Taking::kAppend ? absl::StrCat(", the record has ", t.bytes, " bytes of at most ", limits.payload_max)
      : s.present               ? ""
                                : absl::StrCat(", there were ", s.partitions, " partitions"),
      ": ", t.status.message());
}

}  // namespace tidemark::scenarios
