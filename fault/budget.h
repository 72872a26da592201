#pragma once

// What a plan's faults may cost each store: the one place that knows whether damage is survivable.
//
// Within the budget (crashes, power loss, errors that are reported, lateness, bad clocks) a store must lose nothing and
// become live again. A medium that lies, rots or goes away is beyond it: then the store may refuse, and
// must still never lie. Faults add up per node: two damaged spots are worse than one, because one may have been the
// evidence for the other.

#include <cstdint>
#include <vector>

#include "engine/base/ids.h"
#include "fault/fault.h"
#include "fault/plan.h"

namespace tidemark::fault {

// What the faults ordered for one node may do to its store, at worst.
struct Damage {
  // More than any plan orders: a fault without a limit.
  static constexpr uint64_t kManySpots = 1'000'000'000;

  uint64_t silent_spots = 0;  // places of the medium that may hold something else, perhaps without evidence
  bool evident = false;       // damage that a store can find
  bool gone = false;          // the whole disk may be missing, or another's
  bool unnamed = false;       // the names of the log's directory or files may be missing
  bool stumbles = false;      // operations may be refused for a while: errors, a full disk

  bool survivable() const { return silent_spots == 0 && !evident && !gone; }
  void Add(const Damage& other);
};

class Budget {
 public:
  explicit Budget(const Plan& plan);

  // Of a node that the plan does not have: none.
  const Damage& of(NodeId node) const;
  bool survivable() const;
  // What this one fault may cost the node it is ordered for, under these settings.
  static Damage DamageOf(const Fault& fault, const Settings& settings);

 private:
  void ShareAlongSwaps(const Plan& plan);

  std::vector<Damage> nodes_;  // by node id
};

}  // namespace tidemark::fault
