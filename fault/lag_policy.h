#pragma once

// Partition lag that is not the disk's: how late a state machine answers, with what, and whether it answers at all.

#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/random.h"
#include "engine/base/time.h"
#include "fault/plan.h"

namespace tidemark::fault {

// What becomes of one apply.
struct ApplyVerdict {
  Duration delay;      // on top of the normal time
  bool fails = false;  // it is answered with an error, and changes nothing
  bool never = false;  // it is not answered; nothing else counts
};

class LagPolicy {
 public:
  LagPolicy(const Plan& plan, NodeId node);
  // Of an apply of `partition` that starts now.
  ApplyVerdict OnApply(PartitionId partition, Instant now);
  // Whether its machine is stuck for ever by now.
  bool NeverAnswers(PartitionId partition, Instant now) const;
  // Machines that are stuck stay so.
  void Heal();
  const std::vector<std::pair<uint64_t, uint64_t>>& hits() const { return hits_; }

 private:
  struct Active {
    Fault fault;  // apply_lag, apply_failure, apply_stall or apply_stuck
    size_t hits;  // its place in hits_
  };
  bool Strikes(const Fault& fault, PartitionId partition, Instant now) const;

  const RandomKey key_;
  const Instant heals_at_;
  std::vector<Active> active_;
  std::vector<std::pair<uint64_t, uint64_t>> hits_;  // (fault id, count)
};

// Whether the plan has a machine of this partition stop answering for ever.
bool IsStuckForEver(const Plan& plan, NodeId node, PartitionId partition);

}  // namespace tidemark::fault
