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

absl::Status Never(absl::string_view what) {
  return MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument, what);
}

}  // namespace

void Dispatcher::AddSlot(PartitionIndex first, PartitionIndex through, uint64_t unapplied_bytes, Instant now) {
  slots_.emplace_back();
  slots_.back().first = first;
  slots_.back().bytes = unapplied_bytes;
  if (needs_time()) {
    accepted_.emplace_back();
    if (unapplied_bytes > 0) accepted_.back().PushBack({through, now});
  }
  total_bytes_ += unapplied_bytes;
}

void Dispatcher::DropSlot(size_t slot) {
  total_bytes_ -= slots_[slot].bytes;
  slots_[slot] = Slot();
  if (needs_time()) accepted_[slot].Clear();
}

absl::Status Dispatcher::Admit(size_t slot, const Offer& offer, RaftIndex oldest, const Ladder& ladder,
                               Instant now) const {
  const PartitionLadder& p = ladder.partitions[slot];
  if (offer.records != 1 || offer.longest_payload > limits_.max_payload_bytes) {
    if (absl::Status never = AdmitEver(p.partition, offer); !never.ok()) return never;
  }
  const uint64_t unapplied = p.appended_index.value() - p.applied_index.value() + offer.records;
  if (unapplied > limits_.max_unapplied_records) {
    return Full(p.partition.ToString(), "max_unapplied_records", unapplied, limits_.max_unapplied_records);
  }
  // One record of any size passes an empty partition: a limit below its size must not refuse it for ever.
  const uint64_t bytes = slots_[slot].bytes + offer.payload_bytes;
  if (slots_[slot].bytes > 0 && bytes > limits_.max_unapplied_bytes) {
    return Full(p.partition.ToString(), "max_unapplied_bytes", bytes, limits_.max_unapplied_bytes);
  }
  const uint64_t total = total_bytes_ + offer.payload_bytes;
  if (total_bytes_ > 0 && total > limits_.max_total_unapplied_bytes) {
    return Full(absl::StrCat(p.partition.ToString(), " (all partitions)"), "max_total_unapplied_bytes", total,
                limits_.max_total_unapplied_bytes);
  }
  if (absl::Status late = AdmitLate(slot, offer.records, oldest, ladder, now); !late.ok()) return late;
  const uint64_t retained = ladder.appended.Plus(offer.records).Next().value() - ladder.min_required.value();
  if (retained > limits_.max_retained_records) {
    return Full(absl::StrCat(p.partition.ToString(), " (held by ", ladder.holder.ToString(), ", which waits for ",
                             std::string(NeedReasonName(ladder.reason)), ")"),
                "max_retained_records", retained, limits_.max_retained_records);
  }
  return absl::OkStatus();
}

// Whether there is a time at which it could be taken.
absl::Status Dispatcher::AdmitEver(PartitionId partition, const Offer& offer) const {
  if (offer.longest_payload > limits_.max_payload_bytes) {
    return Never(absl::StrCat(partition.ToString(), ": a payload of ", offer.longest_payload,
                              " bytes is larger than max_payload_bytes = ", limits_.max_payload_bytes));
  }
  if (offer.records == 0) return Never(absl::StrCat(partition.ToString(), ": a batch without records"));
  const struct {
    const char* of;
    uint64_t is;
    const char* limit;
    uint64_t allowed;
  } rows[] = {{"records", offer.records, "max_unapplied_records", limits_.max_unapplied_records},
              {"bytes", offer.payload_bytes, "max_unapplied_bytes", limits_.max_unapplied_bytes},
              {"bytes", offer.payload_bytes, "max_total_unapplied_bytes", limits_.max_total_unapplied_bytes},
              {"records", offer.records, "max_lag_records", limits_.max_lag_records},
              {"records", offer.records, "max_retained_records", limits_.max_retained_records}};
  for (const auto& row : rows) {
    if (row.is <= row.allowed) continue;
    return Never(absl::StrCat(partition.ToString(), ": a batch of ", row.is, " ", row.of, " is larger than ", row.limit,
                              " = ", row.allowed, "; split it"));
  }
  return absl::OkStatus();
}

// How far, and for how long, the partition is behind.
absl::Status Dispatcher::AdmitLate(size_t slot, uint64_t records, RaftIndex oldest, const Ladder& ladder,
                                   Instant now) const {
  if (oldest == RaftIndex(0)) return absl::OkStatus();
  const PartitionId partition = ladder.partitions[slot].partition;
  const uint64_t lag = ladder.appended.Plus(records).Next().value() - oldest.value();
  if (lag > limits_.max_lag_records) {
    return Full(partition.ToString(), "max_lag_records", lag, limits_.max_lag_records);
  }
  if (!needs_time() || accepted_[slot].empty()) return absl::OkStatus();
  const Duration age = now - accepted_[slot].front().at;
  if (age <= limits_.max_unapplied_age) return absl::OkStatus();
  return MakeError(ErrorKind::kRefused, absl::StatusCode::kResourceExhausted,
                   absl::StrCat(partition.ToString(), ": max_unapplied_age is ", limits_.max_unapplied_age.ToString(),
                                ", and its oldest unapplied record is ", age.ToString(), " old; try again later"));
}

void Dispatcher::OnAppended(size_t slot, PartitionIndex through, uint64_t payload_bytes, Instant now) {
  slots_[slot].bytes += payload_bytes;
  total_bytes_ += payload_bytes;
  if (!needs_time()) return;
  Ring<Accepted>& accepted = accepted_[slot];
  if (!accepted.empty() && now - accepted.back().at < kAgeGrain) {
    accepted.back().through = through;
  } else {
    accepted.PushBack({through, now});
  }
}

void Dispatcher::OnApplied(size_t slot, PartitionIndex index, uint64_t payload_bytes) {
  Slot& s = slots_[slot];
  if (index < s.first) return;
  CHECK_LE(payload_bytes, s.bytes) << "slot " << slot << " applied more than was accepted";
  s.bytes -= payload_bytes;
  total_bytes_ -= payload_bytes;
  if (!needs_time()) return;
  Ring<Accepted>& accepted = accepted_[slot];
  while (!accepted.empty() && accepted.front().through <= index) accepted.PopFront();
}

}  // namespace tidemark
