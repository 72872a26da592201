#include "engine/partition/dispatcher.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/base/check.h"
#include "engine/base/status.h"

namespace tidemark {
namespace {

absl::Status Full(const std::string& what, absl::string_view limit, uint64_t is, uint64_t allowed) {
  return MakeError(ErrorKind::kRefused, absl::StatusCode::kResourceExhausted,
                   absl::StrCat(what, ": ", limit, " is ", allowed, ", and it would be ", is, "; try again later"));
}

}  // namespace

void Dispatcher::AddSlot(uint64_t unapplied_bytes) {
  bytes_.push_back(unapplied_bytes);
  total_bytes_ += unapplied_bytes;
}

absl::Status Dispatcher::Admit(size_t slot, uint64_t payload_bytes, const Ladder& ladder) const {
  const PartitionLadder& p = ladder.partitions[slot];
  if (payload_bytes > limits_.max_payload_bytes) {
    return MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
                     absl::StrCat(p.partition.ToString(), ": a payload of ", payload_bytes,
                                  " bytes is larger than max_payload_bytes = ", limits_.max_payload_bytes));
  }
  const uint64_t unapplied = p.appended_index.value() - p.applied_index.value();
  if (unapplied >= limits_.max_unapplied_records) {
    return Full(p.partition.ToString(), "max_unapplied_records", unapplied + 1, limits_.max_unapplied_records);
  }
  // One record of any size passes an empty partition: a limit below its size must not refuse it for ever.
  if (bytes_[slot] > 0 && bytes_[slot] + payload_bytes > limits_.max_unapplied_bytes) {
    return Full(p.partition.ToString(), "max_unapplied_bytes", bytes_[slot] + payload_bytes,
                limits_.max_unapplied_bytes);
  }
  if (total_bytes_ > 0 && total_bytes_ + payload_bytes > limits_.max_total_unapplied_bytes) {
    return Full(absl::StrCat(p.partition.ToString(), " (all partitions)"), "max_total_unapplied_bytes",
                total_bytes_ + payload_bytes, limits_.max_total_unapplied_bytes);
  }
  const uint64_t retained = ladder.appended.Next().value() - ladder.min_required.value();
  if (retained >= limits_.max_retained_records) {
    return Full(absl::StrCat(p.partition.ToString(), " (held by ", ladder.holder.ToString(), ", which waits for ",
                             std::string(NeedReasonName(ladder.reason)), ")"),
                "max_retained_records", retained + 1, limits_.max_retained_records);
  }
  return absl::OkStatus();
}

void Dispatcher::OnAppended(size_t slot, uint64_t payload_bytes) {
  bytes_[slot] += payload_bytes;
  total_bytes_ += payload_bytes;
}

void Dispatcher::OnApplied(size_t slot, uint64_t payload_bytes) {
  CHECK_LE(payload_bytes, bytes_[slot]) << "slot " << slot << " applied more than was accepted";
  bytes_[slot] -= payload_bytes;
  total_bytes_ -= payload_bytes;
}

}  // namespace tidemark
