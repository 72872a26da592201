#pragma once

#include <vector>

#include "engine/base/ids.h"

namespace tidemark::scenarios {

// One T for each node, made when first asked for; likewise for partitions. Ids are dense from 0.
template <typename Id, typename T>
class PerId {
 public:
  T& operator[](Id id) {
    if (id.value() >= values_.size()) values_.resize(id.value() + 1);
    return values_[id.value()];
  }
  void clear() { values_.clear(); }
  uint64_t size() const { return values_.size(); }

 private:
  std::vector<T> values_;
};

template <typename T>
using PerNode = PerId<NodeId, T>;
template <typename T>
using PerPartition = PerId<PartitionId, T>;

}  // namespace tidemark::scenarios
