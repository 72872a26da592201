#include "scenarios/liveness.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "fault/lag_policy.h"

namespace tidemark::scenarios {
namespace {

Violation Missing(PartitionId partition, RaftIndex raft_index, std::string message) {
  Violation violation{.oracle = "V1", .partition = partition, .raft_index = raft_index};
  violation.message = std::move(message);
  return violation;
}

std::string StoppedText(const PartitionLadder& p) {
  return p.stopped == ErrorKind::kNone ? "" : absl::StrCat("; its file is stopped: ", ErrorKindName(p.stopped));
}

bool IsStuck(const StoreHost& host, PartitionId partition) {
  return fault::IsStuckForEver(host.plan(), host.node(), partition);
}

// Whether a machine that never answers holds the log, and not by more than it may.
bool MayHold(const StoreHost& host, const Ladder& ladder) {
  const uint64_t most = static_cast<uint64_t>(host.plan().settings[fault::Setting::kMaxHoldRecords]);
  return ladder.reason == NeedReason::kApply && IsStuck(host, ladder.holder) &&
         ladder.appended.value() - ladder.min_required.value() < most;
}

absl::optional<Violation> MissingInPartition(const StoreHost& host, const PartitionLadder& p) {
  if (p.applied_index < p.appended_index && !IsStuck(host, p.partition)) {
    return Missing(p.partition, p.min_required,
                   absl::StrCat(p.partition.ToString(), " has applied ", p.applied_index.ToString(), " of ",
                                p.appended_index.ToString(), " (forwarded ", p.forwarded_index.ToString(), ", durable ",
                                p.durable_index.ToString(), ")", StoppedText(p)));
  }
  if (p.durable_index < p.appended_index) {
    return Missing(p.partition, p.min_required,
                   absl::StrCat("the file of ", p.partition.ToString(), " is durable to ", p.durable_index.ToString(),
                                " of ", p.appended_index.ToString(), StoppedText(p)));
  }
  return absl::nullopt;
}

absl::optional<Violation> MissingInLog(const StoreHost& host, const Ladder& ladder) {
  if (ladder.durable < ladder.appended) {
    return Missing(
        kSystemPartition, ladder.durable.Next(),
        absl::StrCat("the log is durable to ", ladder.durable.ToString(), " of ", ladder.appended.ToString()));
  }
  if (MayHold(host, ladder)) return absl::nullopt;
  if (ladder.min_required != ladder.durable.Next()) {
    return Missing(
        ladder.holder, ladder.min_required,
        absl::StrCat("min_required stays at ", ladder.min_required.ToString(), " (", ladder.holder.ToString(), " ",
                     NeedReasonName(ladder.reason), ") below durable + 1 = ", ladder.durable.Next().ToString()));
  }
  const bool truncates = host.plan().settings[fault::Setting::kAutoTruncate] != 0;
  if (truncates && ladder.truncated.Next() < host.newest_file_base()) {
    return Missing(
        kSystemPartition, ladder.truncated.Next(),
        absl::StrCat("the log is truncated to ", ladder.truncated.ToString(), " although its newest file begins at ",
                     host.newest_file_base().ToString(), " and nobody needs what is before"));
  }
  return absl::nullopt;
}

absl::optional<Violation> FirstMissing(const StoreHost& host) {
  const Engine* engine = host.engine();
  if (engine == nullptr) {
    return Missing(kSystemPartition, RaftIndex(0), absl::StrCat("the store does not serve: ", host.DescribeLadder()));
  }
  if (engine->poisoned()) return Missing(kSystemPartition, RaftIndex(0), "the log is poisoned and was not restarted");
  const uint64_t partitions = static_cast<uint64_t>(host.plan().settings[fault::Setting::kPartitions]);
  for (PartitionId p(1); p.value() <= partitions; p = p.Next()) {
    if (engine->HasPartition(p) || host.model().IsDropped(p)) continue;
    return Missing(p, RaftIndex(0),
                   absl::StrCat(p.ToString(), " is not there: ", std::string(host.last_refusal().message())));
  }
  if (const PartitionId p = host.client().MissingProbe(); p != kSystemPartition) {
    return Missing(p, RaftIndex(0), absl::StrCat("an append to ", p.ToString(), " is not acknowledged"));
  }
  if (const absl::optional<uint64_t> operation = host.client().OverdueOperation()) {
    return Missing(kSystemPartition, RaftIndex(0), absl::StrCat("operation ", *operation, " is not answered"));
  }
  for (const PartitionLadder& p : engine->ladder().partitions) {
    if (p.dropped) continue;
    if (auto missing = MissingInPartition(host, p); missing.has_value()) return missing;
  }
  return MissingInLog(host, engine->ladder());
}

}  // namespace

absl::optional<Violation> MissingAfterHeal(const StoreHost& host, Instant now) {
  absl::optional<Violation> missing = FirstMissing(host);
  if (missing.has_value()) {
    missing->at = now;
    missing->node = host.node();
  }
  return missing;
}

}  // namespace tidemark::scenarios
