#include "scenarios/contract.h"

#include <algorithm>

namespace tidemark::scenarios {
namespace {

using fault::Fault;
using fault::FaultKind;

const NodeContract kOwesEverything;

// Folds one fault in. Returns how many damaged spots may leave no evidence; a large number for "any".
int64_t Fold(const Fault& fault, NodeContract& contract) {
  constexpr int64_t kAny = 1'000'000;
  switch (fault.kind) {
    case FaultKind::kLostSync:
    case FaultKind::kMisdirectedWrite:
    case FaultKind::kMisdirectedRead:
    case FaultKind::kPhantomWrite:
      contract.may_lose_silently = true;
      contract.may_find_damage = true;
      return kAny;
    case FaultKind::kBitRot:
      contract.may_lose_silently = true;
      contract.may_find_damage = true;
      return std::max<int64_t>(1, fault.params[fault::Param::kCount]);
    case FaultKind::kLatentSectorError:
      contract.may_find_damage = true;
      return 0;
    case FaultKind::kDiskLoss:
    case FaultKind::kDiskSwap:
      contract.may_be_gone = true;
      return 0;
    case FaultKind::kFailedSync:
    case FaultKind::kFailedWrite:
    case FaultKind::kReadError:
    case FaultKind::kDiskFull:
      contract.may_stumble = true;
      return 0;
    default: return 0;
  }
}

}  // namespace

Contract::Contract(const fault::Plan& plan) {
  nodes_.resize(static_cast<size_t>(plan.settings[fault::Setting::kNodes]) + 1);
  std::vector<int64_t> spots(nodes_.size());
  for (const Fault& fault : plan.faults) {
    if (fault.node.value() >= nodes_.size()) continue;
    spots[fault.node.value()] += Fold(fault, nodes_[fault.node.value()]);
  }
  for (size_t i = 0; i < nodes_.size(); ++i) nodes_[i].only_newest_batch = spots[i] == 1;
}

const NodeContract& Contract::of(NodeId node) const {
  return node.value() < nodes_.size() ? nodes_[node.value()] : kOwesEverything;
}

bool Contract::owes_everything() const {
  return std::all_of(nodes_.begin(), nodes_.end(), [](const NodeContract& n) { return n.owes_everything(); });
}

}  // namespace tidemark::scenarios
