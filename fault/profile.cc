#include "fault/profile.h"

#include "engine/base/random.h"

namespace tidemark::fault {

Profile SwarmProfile(uint64_t seed, Severity worst) {
  const RandomKey key = RandomKey(seed).Fork("profile");
  // Calm seeds and stormy ones: the chance of each kind, in thousandths.
  constexpr uint64_t kChances[] = {60, 120, 250, 500};
  const uint64_t chance = kChances[key.Fork("chance").UniformAt(0, 4)];
  Profile profile;
  for (int k = 0; k < kFaultKindCount; ++k) {
    const FaultKind kind = static_cast<FaultKind>(k);
    if (InfoOf(kind).severity > worst) continue;
    Draws draws(key.Fork("kind").Fork(static_cast<uint64_t>(k)));
    if (!draws.Chance(chance)) continue;
    Order order;
    order.kind = kind;
    order.hardness = static_cast<int>(draws.Between(1, 3));
    order.count = {1, static_cast<int64_t>(draws.Between(1, static_cast<uint64_t>(order.hardness)))};
    profile.orders.push_back(order);
  }
  return profile;
}

}  // namespace tidemark::fault
