#include "scenarios/workload/append_job.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/crc32c.h"
#include "engine/base/prefetch.h"
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
      wanted_(op.Steps()),
      next_partition_(op_.PartitionOf(seed(), 0, partitions())),
      after_next_(op_.PartitionOf(seed(), 1, partitions())) {}

void AppendJob::Pump() {
  while (wanted_ > 0 && unanswered_ < inflight_max_) {
    if (now() < not_before_) {
      if (!waking_) host().WakeAt(*this, not_before_);
      waking_ = true;
      return;
    }
    const uint64_t before = wanted_;
    if (!SendNext()) return;
    if (every_ > Duration()) not_before_ = now() + every_ * static_cast<int64_t>(before - wanted_);
  }
  if (wanted_ == 0 && unanswered_ == 0) Finish();
}

void AppendJob::Wake() {
  waking_ = false;
  Pump();
}

bool AppendJob::SendNext() {
  const uint32_t ordinal = next_ordinal_;
  const PartitionId partition = next_partition_;
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
  const RecordName first{static_cast<uint32_t>(op_.id), ordinal};
  const uint32_t records = singly_ > 0 ? 1 : static_cast<uint32_t>(std::min(op_.BatchOf(seed(), ordinal), wanted_));
  singly_ -= std::min<uint64_t>(singly_, records);
  next_ordinal_ += records;
  wanted_ -= records;
  unanswered_ += records;
  const std::vector<ByteSpan> payloads = MakePayloads(partition, first, records);
  const uint32_t slot = TakeSlot();
  sent_[slot] = {first, records, partition, payload_.size(), 0, oracles().StandingOf(node(), partition)};
  for (ByteSpan payload : payloads) sent_[slot].longest = std::max<uint64_t>(sent_[slot].longest, payload.size());
  host().OnSending(partition, first, records);
  Append(slot, payloads);
  if (host().OnSent()) sent_[slot].refusal_told = true;
  LookAhead(records);
  return true;
}

// What thousands of partitions keep is far from the processor: it is asked for while the records before are on their
// way, and what lies a pointer further one call later. `sent` records were sent just now.
void AppendJob::LookAhead(uint32_t sent) {
  next_partition_ = sent == 1 ? after_next_ : op_.PartitionOf(seed(), next_ordinal_, partitions());
  oracles().PrefetchEnds(node(), next_partition_);
  after_next_ = op_.PartitionOf(seed(), next_ordinal_ + 1, partitions());
  oracles().Prefetch(node(), after_next_);
  engine().Prefetch(after_next_);
}

// They lie in payload_.
std::vector<ByteSpan> AppendJob::MakePayloads(PartitionId partition, RecordName first, uint32_t records) {
  std::vector<size_t> ends;
  for (uint32_t i = 0; i < records; ++i) {
    ends.push_back((ends.empty() ? 0 : ends.back()) + std::min(op_.BytesOf(seed(), first.ordinal + i), bytes_max_));
  }
  payload_.resize(ends.back());
  std::vector<ByteSpan> spans;
  for (uint32_t i = 0; i < records; ++i) {
    const size_t begin = i == 0 ? 0 : ends[i - 1];
    const MutableByteSpan payload = absl::MakeSpan(payload_).subspan(begin, ends[i] - begin);
    const RecordName name{first.operation, first.ordinal + i};
    payloads().Fill(name, payload);
    model().Sent(partition, name, static_cast<uint32_t>(payload.size()), Crc32c(payload));
    spans.push_back(payload);
  }
  return spans;
}

void AppendJob::Append(uint32_t slot, const std::vector<ByteSpan>& payloads) {
  const PartitionId partition = sent_[slot].partition;
  if (payloads.size() > 1) {
    return engine().AppendBatch(
        partition, payloads, [this, slot](const absl::StatusOr<AppendBatchResult>& result) { OnAnswer(slot, result); });
  }
  engine().Append(partition, payloads.front(), [this, slot](const absl::StatusOr<AppendResult>& result) {
    if (!result.ok()) return OnAnswer(slot, result.status());
    OnAnswer(slot, AppendBatchResult{result->raft_index, result->partition_index, 1});
  });
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

void AppendJob::OnAnswer(uint32_t slot, const absl::StatusOr<AppendBatchResult>& result) {
  // Answers come in the order of the calls, which take the places of those that were answered in that order.
  if (slot + 8 < sent_.size()) {
    Prefetch(&sent_[slot + 8]);
    model().Prefetch(sent_[slot + 4].partition);
    model().PrefetchEnd(sent_[slot + 2].partition);
  }
  const Sent sent = sent_[slot];
  free_slots_.push_back(slot);
  unanswered_ -= sent.records;
  answered_ = true;
  oracles().OnTaken({.at = now(),
                     .node = node(),
                     .what = Taking::kAppend,
                     .partition = sent.partition,
                     .records = sent.records,
                     .bytes = sent.bytes,
                     .longest = sent.longest,
                     .asked = sent.asked,
                     .status = result.status()});
  if (!result.ok()) {
    OnRefusal(sent, result.status());
  } else {
    OnAcknowledged(sent, *result);
  }
  Pump();
}

void AppendJob::OnAcknowledged(const Sent& sent, const AppendBatchResult& result) {
  acknowledged_ += sent.records;
  backoff_ = Duration();
  for (uint32_t i = 0; i < sent.records; ++i) {
    const RecordName name{sent.first.operation, sent.first.ordinal + i};
    const RaftIndex raft_index = result.first_raft_index.Plus(i);
    const PartitionIndex index = result.first_partition_index.Plus(i);
    const bool is_there = model().Acknowledged(sent.partition, name, index, raft_index);
    if (is_there && result.records == sent.records) continue;
    oracles().Report({.oracle = "R3",
                      .what = "acknowledged elsewhere",
                      .at = now(),
                      .node = node(),
                      .partition = sent.partition,
                      .raft_index = raft_index,
                      .partition_index = index,
                      .message = absl::StrCat("record ", name.ordinal, " of op ", name.operation,
                                              " was acknowledged at a place where the store had not put it")});
  }
}

void AppendJob::OnRefusal(const Sent& sent, const absl::Status& why) {
  if (KindOf(why) == ErrorKind::kPoisoned) {
    wanted_ += stopped_ ? 0 : sent.records;  // nobody knows; after the restart others are sent
    not_before_ = std::max(not_before_, now() + kBackoffMax);
    return;
  }
  if (!sent.refusal_told) host().OnRefused(sent.partition, sent.first, sent.records);
  if (stopped_) return;
  if (absl::IsInvalidArgument(why) && sent.records > 1) {
    wanted_ += sent.records;
    singly_ += sent.records;
    return;
  }
  if (!MayRetry(why)) return;
  if (absl::IsNotFound(why) && model().IsDropped(sent.partition) && op_.id < kFirstProbe) return;
  wanted_ += sent.records;
  backoff_ = std::min(kBackoffMax, std::max(kBackoffMin, backoff_ * 2));
  not_before_ = std::max(not_before_, now() + backoff_);
}

void AppendJob::OnDown() {
  if (!answered_ && now() - asked_at_ < kTimeToAnswer) asked_ = false;
  if (!stopped_) wanted_ += unanswered_;
  unanswered_ = 0;
  waking_ = false;
  waits_for_partition_ = false;
  cut_off_.clear();
  for (uint32_t slot = 0; slot < sent_.size(); ++slot) {
    const bool answered = std::find(free_slots_.begin(), free_slots_.end(), slot) != free_slots_.end();
    if (!answered && sent_[slot].records > 1) cut_off_.push_back(sent_[slot]);
  }
  sent_.clear();
  free_slots_.clear();
  if (stopped_) Finish();
}

// The first records of a call are the last ones of their partition, where the others are not there.
bool AppendJob::FindsBatchCutShort() const {
  return std::any_of(cut_off_.begin(), cut_off_.end(), [this](const Sent& sent) {
    const ModelRecord* last = model().At(sent.partition, model().Last(sent.partition));
    if (last == nullptr || last->name.operation != sent.first.operation) return false;
    return last->name.ordinal >= sent.first.ordinal && last->name.ordinal < sent.first.ordinal + sent.records - 1;
  });
}

void AppendJob::Stop() {
  stopped_ = true;
  wanted_ = 0;
  if (unanswered_ == 0) Finish();
}

}  // namespace tidemark::scenarios
