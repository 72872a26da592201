#pragma once

// Partition lag that is not the disk's: how late a state machine answers.

#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "fault/plan.h"

namespace tidemark::fault {

class LagPolicy {
 public:
  LagPolicy(const Plan& plan, NodeId node);
  // On top of the normal time of an apply of `partition` that starts now.
  Duration ApplyDelay(PartitionId partition, Instant now);
  void Heal() { faults_.clear(); }
  const std::vector<std::pair<uint64_t, uint64_t>>& hits() const { return hits_; }

 private:
  std::vector<Fault> faults_;                        // of kind apply_lag
  std::vector<std::pair<uint64_t, uint64_t>> hits_;  // (fault id, count), parallel to faults_ before the heal
};

}  // namespace tidemark::fault
