#include "fault/lag_policy.h"

#include <algorithm>

namespace tidemark::fault {
namespace {

bool IsOfMachines(FaultKind kind) {
  return kind == FaultKind::kApplyLag || kind == FaultKind::kApplyFailure || kind == FaultKind::kApplyStall ||
         kind == FaultKind::kApplyStuck;
}

bool Concerns(const Fault& fault, PartitionId partition) {
  const int64_t only = fault.params[Param::kPartition];
  return only == kAnyPartition || PartitionId(static_cast<uint64_t>(only)) == partition;
}

}  // namespace

LagPolicy::LagPolicy(const Plan& plan, NodeId node)
    : key_(RandomKey(plan.seed).Fork("fault.apply")), heals_at_(plan.HealsAt()) {
  for (const Fault& fault : plan.faults) {
    if (fault.node != node || !IsOfMachines(fault.kind)) continue;
    active_.push_back({fault, hits_.size()});
    hits_.emplace_back(fault.id, 0);
  }
}

ApplyVerdict LagPolicy::OnApply(PartitionId partition, Instant now) {
  ApplyVerdict verdict;
  const Duration room = std::max(Duration(), heals_at_ - now);
  for (const Active& active : active_) {
    const Fault& fault = active.fault;
    if (!Strikes(fault, partition, now)) continue;
    ++hits_[active.hits].second;
    switch (fault.kind) {
      case FaultKind::kApplyLag: verdict.delay = verdict.delay + Duration::Nanos(fault.params[Param::kBy]); break;
      case FaultKind::kApplyFailure: verdict.fails = true; break;
      case FaultKind::kApplyStall: verdict.delay = std::max(verdict.delay, fault.end() - now); break;
      default: verdict.never = true; break;  // kApplyStuck
    }
    verdict.delay = std::min(verdict.delay, room);  // after each: the sum of many may be more than Duration holds
  }
  return verdict;
}

bool LagPolicy::Strikes(const Fault& fault, PartitionId partition, Instant now) const {
  if (now < fault.at || !Concerns(fault, partition)) return false;
  if (fault.kind == FaultKind::kApplyStuck) return true;
  if (now >= fault.end()) return false;
  const RandomKey key = key_.Fork(fault.id).Fork(partition.value());
  return fault.kind != FaultKind::kApplyFailure ||
         key.ChanceAt(static_cast<uint64_t>(now.nanos()), static_cast<uint64_t>(fault.params[Param::kRate]));
}

bool LagPolicy::NeverAnswers(PartitionId partition, Instant now) const {
  return std::any_of(active_.begin(), active_.end(), [&](const Active& active) {
    return active.fault.kind == FaultKind::kApplyStuck && Strikes(active.fault, partition, now);
  });
}

void LagPolicy::Heal() {
  const auto ends = [](const Active& active) { return active.fault.kind != FaultKind::kApplyStuck; };
  active_.erase(std::remove_if(active_.begin(), active_.end(), ends), active_.end());
}

bool IsStuckForEver(const Plan& plan, NodeId node, PartitionId partition) {
  return std::any_of(plan.faults.begin(), plan.faults.end(), [&](const Fault& fault) {
    return fault.kind == FaultKind::kApplyStuck && fault.node == node && Concerns(fault, partition);
  });
}

}  // namespace tidemark::fault
