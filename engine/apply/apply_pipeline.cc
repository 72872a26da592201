#include "engine/apply/apply_pipeline.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"

namespace tidemark {

void ApplyPipeline::AddSlot(PartitionId partition, PartitionIndex applied) {
  slots_.emplace_back();
  slots_.back().partition = partition;
  slots_.back().applied = slots_.back().limit = applied;
}

void ApplyPipeline::ReuseSlot(size_t slot, PartitionId partition) {
  DropSlot(slot);
  slots_[slot].partition = partition;
}

void ApplyPipeline::DropSlot(size_t slot) {
  const uint32_t tenant = slots_[slot].tenant + 1;
  slots_[slot] = Slot();
  slots_[slot].tenant = tenant;
}

void ApplyPipeline::MayApply(size_t slot, PartitionIndex through) {
  Slot& s = slots_[slot];
  s.limit = std::max(s.limit, through);
  if (!s.busy) Pump(slot);
}

// Starts records until one does not complete at once. A burst ends with a task of its own, so that one partition
// with a long backlog does not keep the others waiting.
void ApplyPipeline::Pump(size_t slot) {
  for (int burst = 0; !closed_ && !slots_[slot].busy && slots_[slot].applied < slots_[slot].limit; ++burst) {
    if (burst == kBurst) {
      slots_[slot].busy = true;
      env_.executor.Post(Guard(slot, [this, slot] {
        slots_[slot].busy = false;
        Pump(slot);
      }));
      return;
    }
    Record record;
    if (!Find(slot, &record)) return Fetch(slot);
    Start(slot, record);
  }
}

bool ApplyPipeline::Find(size_t slot, Record* record) {
  const PartitionIndex next = slots_[slot].applied.Next();
  std::unique_ptr<Ring<Fetched>>& fetched = slots_[slot].fetched;
  while (fetched != nullptr && fetched->front().index < next) {
    fetched->PopFront();
    if (fetched->empty()) fetched = nullptr;
  }
  if (fetched == nullptr) return owner_.FindRecord(slot, next, record);
  const Fetched& found = fetched->front();
  CHECK_EQ(found.index, next) << slots_[slot].partition << ": another record was fetched";
  *record = {found.raft_index, env_.tracer.PayloadCrc(AsBytes(found.payload)), AsBytes(found.payload)};
  return true;
}

void ApplyPipeline::Fetch(size_t slot) {
  slots_[slot].busy = true;
  owner_.FetchRecords(
      slot, slots_[slot].applied.Next(),
      Guard(slot, [this, slot](absl::StatusOr<std::vector<Fetched>> records) { OnFetched(slot, std::move(records)); }));
}

// A record that cannot be read now is tried again like one that cannot be applied: other partitions go on.
void ApplyPipeline::OnFetched(size_t slot, absl::StatusOr<std::vector<Fetched>> records) {
  if (!records.ok() || records->empty()) return Pause(slot);
  Slot& s = slots_[slot];
  s.busy = false;
  if (s.fetched == nullptr) s.fetched = std::make_unique<Ring<Fetched>>();
  for (Fetched& record : *records) s.fetched->PushBack(std::move(record));
  Pump(slot);
}

void ApplyPipeline::Start(size_t slot, const Record& record) {
  Slot& s = slots_[slot];
  const PartitionIndex index = s.applied.Next();
  s.busy = s.in_call = true;
  s.raft_index = record.raft_index;
  s.payload_bytes = static_cast<uint32_t>(record.payload.size());
  s.payload_crc = record.payload_crc;
  env_.tracer.Emit({.kind = TraceKind::kApplyStarted,
                    .partition = s.partition,
                    .args = {record.raft_index.value(), index.value(), record.payload_crc, 0}});
  const uint32_t tenant = s.tenant;
  owner_.HoldRecords();
  machine_.Apply({s.partition, index, record.raft_index, record.payload},
                 Guard(slot, [this, slot, index](const absl::Status& status) { OnDone(slot, index, status); }));
  owner_.LetGoOfRecords();
  if (slots_[slot].tenant == tenant) slots_[slot].in_call = false;
}

void ApplyPipeline::OnDone(size_t slot, PartitionIndex index, const absl::Status& status) {
  Slot& s = slots_[slot];
  CHECK(s.busy && index == s.applied.Next())
      << s.partition << " " << index << " completed twice or out of turn; " << s.applied << " was the last";
  if (!status.ok()) return Pause(slot);
  s.applied = index;
  s.pause = Duration();
  s.busy = false;
  const bool in_call = s.in_call;
  owner_.OnApplied(slot, index, s.raft_index, s.payload_bytes, s.payload_crc);
  if (!in_call) Pump(slot);  // else the loop that made the call goes on
}

void ApplyPipeline::Pause(size_t slot) {
  Slot& s = slots_[slot];
  s.pause = s.pause == Duration() ? retry_min_ : std::min(s.pause * 2, retry_max_);
  env_.executor.ScheduleAfter(s.pause, Guard(slot, [this, slot] {
                                slots_[slot].busy = false;
                                Pump(slot);
                              }));
}

}  // namespace tidemark
