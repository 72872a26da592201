#include "scenarios/oracles/answers.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/base/status.h"

namespace tidemark::scenarios {
namespace {

absl::string_view NameOf(Taking what) {
  switch (what) {
    case Taking::kAppend: return "records for ";
    case Taking::kCreate: return "the creation of ";
    case Taking::kDrop: return "the drop of ";
  }
  return "";
}

bool IsFitting(const Taken& t) { return t.what == Taking::kCreate ? !t.asked.present : t.asked.open; }

bool HasRoom(const Taken& t, const AnswerLimits& limits) {
  return t.what != Taking::kCreate || t.asked.partitions < limits.life.partitions;
}

// Whether there may be a time at which the records are taken.
bool MayEverFit(const Taken& t, const AnswerLimits& limits) {
  const Limits& l = limits.limits;
  if (t.records == 0 || t.longest > limits.life.payload_bytes) return false;
  const uint64_t most = std::min({l.unapplied_records, l.retained_records, l.lag_records});
  return t.records == 1 || (t.records <= most && t.bytes <= std::min(l.unapplied_bytes, l.total_unapplied_bytes));
}

// What is asked for would be taken, were there no limit: which one refuses it decides whether to try again.
bool MayBeRefused(const Taken& t, const AnswerLimits& limits) {
  if (!IsFitting(t)) return false;
  switch (t.what) {
    case Taking::kAppend: {
      return t.status.code() ==
             (MayEverFit(t, limits) ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kInvalidArgument);
    }
    case Taking::kCreate: return !HasRoom(t, limits) && absl::IsResourceExhausted(t.status);
    case Taking::kDrop: return false;
  }
  return false;
}

bool IsTrue(const Taken& t, const AnswerLimits& limits) {
  const ErrorKind kind = KindOf(t.status);
  if (kind == ErrorKind::kPoisoned) return limits.may_be_poisoned && absl::IsUnavailable(t.status);
  if (t.asked.failed) return false;
  if (t.status.ok())
    return IsFitting(t) && HasRoom(t, limits) && !t.asked.full && (t.what != Taking::kAppend || MayEverFit(t, limits));
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
      t.what == Taking::kAppend ? absl::StrCat(", they are ", t.records, " with ", t.bytes, " bytes, the longest ",
                                               t.longest, " of at most ", limits.life.payload_bytes)
      : s.present               ? ""
                  : absl::StrCat(", there were ", s.partitions, " partitions of at most ", limits.life.partitions),
      ": ", t.status.message());
}

}  // namespace tidemark::scenarios
