#include "scenarios/workload/append_job.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/crc32c.h"
#include "engine/base/random.h"
#include "engine/base/status.h"

namespace tidemark::scenarios {
namespace {

using fault::Param;

constexpr Duration kBackoffMin = Duration::Micros(500);
constexpr Duration kBackoffMax = Duration::Millis(16);
// So many records of a thousand do not wait for the end of a drop.
constexpr uint64_t kIntoDropPermille = 500;
// A process that dies sooner had no time to answer.
constexpr Duration kTimeToAnswer = Duration::Millis(100);

// Whether another record in its place may be taken later.
bool MayRetry(const absl::Status& why) {
  return KindOf(why) == ErrorKind::kDiskFull || absl::IsResourceExhausted(why) || absl::IsNotFound(why);
}

}  // namespace

AppendJob::AppendJob(const fault::Operation& op, const JobContext& context, JobHost& host)
    : Job(context, host),
      op_(op),
      inflight_max_(static_cast<uint64_t>(std::max<int64_t>(1, op.params[Param::kInflight]))),
      every_(Duration::Nanos(op.params[Param::kEvery])),
      bytes_max_(static_cast<uint64_t>(context.plan.settings[fault::Setting::kMaxRecordBytes]) + 1),
      wanted_(op.Steps()) {}

void AppendJob::Pump() {
  while (wanted_ > 0 && unanswered_ < inflight_max_) {
    if (now() < not_before_) {
      if (!waking_) host().WakeAt(*this, not_before_);
      waking_ = true;
      return;
    }
    if (!SendNext()) return;
    if (every_ > Duration()) not_before_ = now() + every_;
  }
  if (wanted_ == 0 && unanswered_ == 0) Finish();
}

void AppendJob::Wake() {
  waking_ = false;
  Pump();
}

bool AppendJob::SendNext() {
  const uint32_t ordinal = next_ordinal_;
  const PartitionId partition = op_.PartitionOf(seed(), ordinal, partitions());
  if (partition.value() == 0 || partition.value() > partitions()) {
    wanted_ = 0;  // no such partition will ever be
    return true;
  }
  // One that was dropped may never come back: its records are sent once, and refused. A probe waits.
  const bool gone = op_.id < kFirstProbe && (model().IsDropped(partition) || SendsIntoDrop(partition, ordinal));
  const bool is_there = engine().HasPartition(partition);
  waits_for_partition_ = !is_there && !gone;
  if (waits_for_partition_) return false;
  if (is_there && !std::exchange(asked_, true)) asked_at_ = now();
  ++next_ordinal_;
  --wanted_;
  ++unanswered_;
  payload_.resize(std::min(op_.BytesOf(seed(), ordinal), bytes_max_));
  const RecordName name{static_cast<uint32_t>(op_.id), ordinal};
  payloads().Fill(name, absl::MakeSpan(payload_));
  const uint32_t slot = TakeSlot();
  sent_[slot] = {name, partition, payload_.size(), oracles().StandingOf(node(), partition)};
  model().Sent(partition, name, static_cast<uint32_t>(payload_.size()), Crc32c(payload_));
  host().OnSending(partition, name);
  engine().Append(partition, payload_, [this, slot](absl::StatusOr<AppendResult> result) { OnAnswer(slot, result); });
  if (host().OnSent()) sent_[slot].refusal_told = true;
  return true;
}

// While a drop is under way the store must refuse, too.
bool AppendJob::SendsIntoDrop(PartitionId partition, uint32_t ordinal) const {
  if (!model().MayVanish(partition)) return false;
  return RandomKey(seed()).Fork("op.append.drop").Fork(op_.id).ChanceAt(ordinal, kIntoDropPermille);
}

uint32_t AppendJob::TakeSlot() {
  if (free_slots_.empty()) {
    sent_.emplace_back();
    return static_cast<uint32_t>(sent_.size() - 1);
  }
  const uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  return slot;
}

void AppendJob::OnAnswer(uint32_t slot, const absl::StatusOr<AppendResult>& result) {
  const Sent sent = sent_[slot];
  free_slots_.push_back(slot);
  --unanswered_;
  answered_ = true;
  oracles().OnTaken({.at = now(),
                     .node = node(),
                     .what = Taking::kAppend,
                     .partition = sent.partition,
                     .bytes = sent.bytes,
                     .asked = sent.asked,
                     .status = result.status()});
  if (!result.ok()) {
    OnRefusal(sent, result.status());
  } else {
    ++acknowledged_;
    backoff_ = Duration();
    if (!model().Acknowledged(sent.partition, sent.name, result->partition_index, result->raft_index)) {
      oracles().Report({.oracle = "R3",
                        .what = "acknowledged elsewhere",
                        .at = now(),
                        .node = node(),
                        .partition = sent.partition,
                        .raft_index = result->raft_index,
                        .partition_index = result->partition_index,
                        .message = absl::StrCat("record ", sent.name.ordinal, " of op ", sent.name.operation,
                                                " was acknowledged at a place where the store had not put it")});
    }
  }
  Pump();
}

void AppendJob::OnRefusal(const Sent& sent, const absl::Status& why) {
  if (KindOf(why) == ErrorKind::kPoisoned) {
    wanted_ += stopped_ ? 0 : 1;  // nobody knows; after the restart another one is sent
    not_before_ = std::max(not_before_, now() + kBackoffMax);
    return;
  }
  if (!sent.refusal_told) model().Refused(sent.partition, sent.name);
  if (stopped_ || !MayRetry(why)) return;
  if (absl::IsNotFound(why) && model().IsDropped(sent.partition) && op_.id < kFirstProbe) return;
  ++wanted_;
  backoff_ = std::min(kBackoffMax, std::max(kBackoffMin, backoff_ * 2));
  not_before_ = std::max(not_before_, now() + backoff_);
}

void AppendJob::OnDown() {
  if (!answered_ && now() - asked_at_ < kTimeToAnswer) asked_ = false;
  if (!stopped_) wanted_ += unanswered_;
  unanswered_ = 0;
  waking_ = false;
  waits_for_partition_ = false;
  sent_.clear();
  free_slots_.clear();
  if (stopped_) Finish();
}

void AppendJob::Stop() {
  stopped_ = true;
  wanted_ = 0;
  if (unanswered_ == 0) Finish();
}

}  // namespace tidemark::scenarios
