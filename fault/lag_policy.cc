#include "fault/lag_policy.h"

namespace tidemark::fault {

LagPolicy::LagPolicy(const Plan& plan, NodeId node) {
  for (const Fault& fault : plan.faults) {
    if (fault.node != node || fault.kind != FaultKind::kApplyLag) continue;
    faults_.push_back(fault);
    hits_.emplace_back(fault.id, 0);
  }
}

Duration LagPolicy::ApplyDelay(PartitionId partition, Instant now) {
  Duration delay;
  for (size_t i = 0; i < faults_.size(); ++i) {
    const Fault& fault = faults_[i];
    if (now < fault.at || now >= fault.end()) continue;
    const int64_t only = fault.params[Param::kPartition];
    if (only != kAnyPartition && PartitionId(static_cast<uint64_t>(only)) != partition) continue;
    delay = delay + Duration::Nanos(fault.params[Param::kBy]);
    ++hits_[i].second;
  }
  return delay;
}

}  // namespace tidemark::fault
