#include "scenarios/contract.h"

#include <algorithm>

#include "fault/budget.h"

namespace tidemark::scenarios {
namespace {

const NodeContract kOwesEverything;

NodeContract ContractUnder(const fault::Damage& damage, int64_t recovery_policy) {
  NodeContract contract;
  contract.may_roll_back = recovery_policy != 0;
  contract.waits_for_safe = recovery_policy == 1;
  contract.may_lose_silently = damage.silent_spots > 0;
  contract.only_newest_batch = damage.silent_spots == 1 && !contract.may_roll_back;
  contract.may_find_damage = damage.evident;
  contract.may_be_gone = damage.gone;
  contract.may_stumble = damage.stumbles;
  return contract;
}

}  // namespace

Contract::Contract(const fault::Plan& plan) {
  const fault::Budget budget(plan);
  nodes_.resize(static_cast<size_t>(plan.settings[fault::Setting::kNodes]) + 1);
  const int64_t policy = plan.settings[fault::Setting::kRecoveryPolicy];
  for (size_t i = 0; i < nodes_.size(); ++i) nodes_[i] = ContractUnder(budget.of(NodeId(i)), policy);
}

const NodeContract& Contract::of(NodeId node) const {
  return node.value() < nodes_.size() ? nodes_[node.value()] : kOwesEverything;
}

bool Contract::owes_everything() const {
  return std::all_of(nodes_.begin(), nodes_.end(), [](const NodeContract& n) { return n.owes_everything(); });
}

}  // namespace tidemark::scenarios
