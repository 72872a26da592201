#pragma once

// Which slot a partition has. Asked several times for each record, so a low id, and most stores have no other, costs
// one look into an array of 4 bytes an id.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/btree_map.h"
#include "engine/base/check.h"
#include "engine/base/ids.h"

namespace tidemark {

class SlotMap {
 public:
  static constexpr size_t kNone = ~size_t{0};
  // Ids from here on are found in the tree only.
  static constexpr uint64_t kLowIds = 1u << 16;

  // kNone: it has none.
  size_t Find(PartitionId id) const {
    if (id.value() < kLowIds) {
      const uint32_t slot = id.value() < low_.size() ? low_[id.value()] : kAbsent;
      return slot == kAbsent ? kNone : slot;
    }
    const auto found = all_.find(id);
    return found == all_.end() ? kNone : found->second;
  }
  void Set(PartitionId id, size_t slot) {
    CHECK_LT(slot, kAbsent);
    all_[id] = slot;
    if (id.value() >= kLowIds) return;
    if (id.value() >= low_.size()) low_.resize(id.value() + 1, kAbsent);
    low_[id.value()] = static_cast<uint32_t>(slot);
  }
  void Erase(PartitionId id) {
    all_.erase(id);
    if (id.value() < low_.size()) low_[id.value()] = kAbsent;
  }
  size_t size() const { return all_.size(); }
  // In the order of the ids.
  const absl::btree_map<PartitionId, size_t>& all() const { return all_; }

 private:
  static constexpr uint32_t kAbsent = UINT32_MAX;

  absl::btree_map<PartitionId, size_t> all_;
  std::vector<uint32_t>
      low_;  // Invariant: what all_ says of the ids below kLowIds; at the end absent ones are left out.
};

}  // namespace tidemark
