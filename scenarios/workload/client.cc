#include "scenarios/workload/client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fault/lag_policy.h"
#include "scenarios/workload/call_job.h"
#include "scenarios/workload/follow_job.h"
#include "scenarios/workload/partition_job.h"
#include "scenarios/workload/read_job.h"
#include "scenarios/workload/reread_job.h"

namespace tidemark::scenarios {
namespace {

using fault::Operation;
using fault::OpKind;
using fault::Param;

constexpr int64_t kProbeBytes = 24;  // or the largest payload that the plan allows

}  // namespace

Client::Client(const JobContext& context, RareStateWatch& watch, sim::Scheduler& scheduler)
    : context_(context), watch_(watch), scheduler_(scheduler) {}

void Client::Start() {
  JobHost& host = *this;
  for (const Operation& op : context_.plan.operations) {
    if (op.node != context_.node) continue;
    Slot slot;
    slot.begin = op.at;
    slot.operation = op.id;
    switch (op.kind) {
      case OpKind::kAppend: {
        auto job = std::make_unique<AppendJob>(op, context_, host);
        slot.append = job.get();
        slot.job = std::move(job);
        break;
      }
      case OpKind::kRead: slot.job = std::make_unique<ReadJob>(op, context_, host); break;
      case OpKind::kTruncate:
      case OpKind::kFlush: slot.job = std::make_unique<CallJob>(op.kind, context_, host); break;
      case OpKind::kCreate:
      case OpKind::kDrop:
      case OpKind::kSnapshot:
      case OpKind::kBarrier: slot.job = std::make_unique<PartitionJob>(op, context_, host); break;
      case OpKind::kFollow: slot.job = std::make_unique<FollowJob>(op, context_, host); break;
    }
    Add(std::move(slot));
  }
}

void Client::Add(Slot slot) {
  slot.job->slot = slots_.size();
  ++open_;
  slots_.push_back(std::move(slot));
  WakeAt(*slots_.back().job, slots_.back().begin);
}

void Client::WakeAt(Job& job, Instant at) { scheduler_.Schedule(at, this, job.slot); }

bool Client::Fire(uint64_t cookie) {
  if (engine_ == nullptr || slots_[cookie].job->finished()) return false;
  PostPump(static_cast<size_t>(cookie), true);
  return true;
}

void Client::PostPump(size_t slot, bool wake) {
  executor_->Post([this, slot, wake] {
    Job& job = *slots_[slot].job;
    if (job.finished()) return;
    wake ? job.Wake() : job.Pump();
  });
}

void Client::OnServing(Engine& engine, Executor& executor) {
  engine_ = &engine;
  executor_ = &executor;
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].append != nullptr && slots_[i].append->FindsBatchCutShort()) watch_.OnBatchCutShort();
    if (!slots_[i].job->finished() && slots_[i].begin <= now()) PostPump(i, false);
  }
}

void Client::OnPartitionsChanged() {
  if (engine_ == nullptr) return;
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].append != nullptr && slots_[i].append->waits_for_partition()) PostPump(i, false);
  }
}

void Client::OnDown() {
  engine_ = nullptr;
  executor_ = nullptr;
  sending_ = false;
  for (Slot& slot : slots_) {
    if (!slot.job->finished()) slot.job->OnDown();
  }
}

void Client::OnSending(PartitionId partition, RecordName first, uint32_t records) {
  sending_ = true;
  refused_ = false;
  sending_to_ = partition;
  sending_first_ = first;
  sending_records_ = records;
}

bool Client::OnSent() {
  sending_ = false;
  return refused_;
}

void Client::OnRefusedEvent(PartitionId partition) {
  if (!sending_ || refused_ || partition != sending_to_) return;
  refused_ = true;
  OnRefused(sending_to_, sending_first_, sending_records_);
}

// None of them was taken, and none ever will be.
void Client::OnRefused(PartitionId partition, RecordName first, uint32_t records) {
  for (uint32_t i = 0; i < records; ++i) {
    const RecordName name{first.operation, first.ordinal + i};
    if (context_.model.Refused(partition, name)) continue;
    context_.oracles.Report(
        {.oracle = "W1",
         .what = "refused and taken",
         .at = now(),
         .node = context_.node,
         .partition = partition,
         .message = absl::StrCat("record ", name.ordinal, " of op ", name.operation, " was refused, with ", records - 1,
                                 " others of the same call, for ", partition.ToString(),
                                 ", although the store had taken it")});
  }
}

void Client::Stop() {
  stopped_at_ = std::min(stopped_at_, now());
  for (Slot& slot : slots_) {
    if (!slot.job->finished()) slot.job->Stop();
  }
}

void Client::Probe() {
  JobHost& host = *this;
  const uint64_t partitions = static_cast<uint64_t>(context_.plan.settings[fault::Setting::kPartitions]);
  for (PartitionId p(1); p.value() <= partitions; p = p.Next()) {
    Operation op;
    op.id = AppendJob::kFirstProbe + p.value();
    op.node = context_.node;
    op.params.Set(Param::kCount, 1);
    op.params.Set(Param::kPartition, static_cast<int64_t>(p.value()));
    op.params.Set(Param::kBytes, std::min(kProbeBytes, context_.plan.settings[fault::Setting::kMaxRecordBytes]));
    Slot slot;
    slot.begin = now();
    slot.probed = p;
    auto job = std::make_unique<AppendJob>(op, context_, host);
    slot.append = job.get();
    slot.job = std::move(job);
    Add(std::move(slot));
  }
}

void Client::Reread() {
  Slot slot;
  slot.begin = now();
  slot.job = std::make_unique<RereadJob>(context_, static_cast<JobHost&>(*this));
  Add(std::move(slot));
}

uint64_t Client::acknowledged() const {
  uint64_t sum = 0;
  for (const Slot& slot : slots_) {
    if (slot.append != nullptr && slot.probed == kSystemPartition) sum += slot.append->acknowledged();
  }
  return sum;
}

bool Client::could_only_probe() const {
  bool had_to_wait = false;
  bool probed = false;
  for (const Slot& slot : slots_) {
    if (slot.append == nullptr) continue;
    if (slot.probed != kSystemPartition) {
      probed |= slot.append->acknowledged() > 0 || context_.model.IsDropped(slot.probed);
    } else {
      if (slot.append->asked()) return false;
      had_to_wait |= slot.begin < stopped_at_;
    }
  }
  return had_to_wait && probed;
}

PartitionId Client::MissingProbe() const {
  for (const Slot& slot : slots_) {
    if (slot.probed == kSystemPartition || slot.append->acknowledged() > 0) continue;
    if (context_.model.IsDropped(slot.probed)) continue;
    if (!fault::IsStuckForEver(context_.plan, context_.node, slot.probed)) return slot.probed;
  }
  return kSystemPartition;
}

absl::optional<uint64_t> Client::OverdueOperation() const {
  for (const Slot& slot : slots_) {
    if (!slot.job->finished() && slot.job->overdue()) return slot.operation;
  }
  return absl::nullopt;
}

absl::optional<uint64_t> Client::OperationInVain(PartitionId failed) const {
  for (const Slot& slot : slots_) {
    if (!slot.job->finished() && slot.job->WaitsInVain(failed)) return slot.operation;
  }
  return absl::nullopt;
}

}  // namespace tidemark::scenarios
