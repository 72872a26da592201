#include "fault/fault_generator.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "engine/base/check.h"

namespace tidemark::fault {
namespace {

constexpr int64_t kUs = 1'000;
constexpr int64_t kMs = 1'000'000;

int64_t Pick(Draws& draws, std::initializer_list<int64_t> values) {
  return values.begin()[draws.Uniform(values.size())];
}
int64_t Between(Draws& draws, int64_t low, int64_t high) {
  return low + static_cast<int64_t>(draws.Uniform(static_cast<uint64_t>(high - low + 1)));
}

// Half of the time an extreme, where most surprises are.
int64_t Chance(Draws& draws) { return draws.Chance(500) ? Pick(draws, {0, 1000}) : Between(draws, 1, 999); }

int64_t DrawBy(FaultKind kind, int hardness, Draws& draws) {
  switch (kind) {
    case FaultKind::kClockSkew: return Pick(draws, {-1, 1}) * Pick(draws, {1, 1000, 3'600'000}) * kMs;
    // Backwards only a little: the clock then stands still for as long, also after the heal.
    case FaultKind::kClockJump:
      return draws.Chance(300) ? -Between(draws, 1, 50) * kMs : Between(draws, 1, 10'000) * kMs;
    case FaultKind::kDiskLatency: return Between(draws, 10, 300 * hardness) * kUs;
    case FaultKind::kDiskSpike: return Between(draws, 1, 10 * hardness) * kMs;
    default: return Between(draws, 1, 12 * hardness) * kMs;  // lag
  }
}

int64_t DrawRate(int hardness, Draws& draws) {
  switch (hardness) {
    case 1: return Pick(draws, {20, 50, 100});
    case 2: return Pick(draws, {50, 200, 500});
    default: return Pick(draws, {200, 500, 1000});
  }
}

// After the n-th disk operation is where a crash meets the engine in the middle of something.
int64_t DrawAfterIo(Draws& draws) { return draws.Chance(400) ? 0 : Between(draws, 1, draws.Chance(700) ? 24 : 200); }

int64_t DrawParam(Param param, const Order& order, const Settings& settings, NodeId node, Draws& draws) {
  const int64_t nodes = settings[Setting::kNodes];
  switch (param) {
    case Param::kDown: return Between(draws, 0, 8 * order.hardness) * 500 * kUs;
    case Param::kBy: return DrawBy(order.kind, order.hardness, draws);
    case Param::kRate: return DrawRate(order.hardness, draws);
    case Param::kCount:
      // Spots of a medium, or a limit of hits.
      if (!InfoOf(order.kind).windowed) return draws.Chance(600) ? 1 : Between(draws, 1, 2 * order.hardness);
      return draws.Chance(500) ? Between(draws, 1, 2 * order.hardness) : 0;
    case Param::kKeep:
    case Param::kNames: return Chance(draws);
    case Param::kGarbage: return draws.Chance(500) ? 0 : Between(draws, 1, 1000);
    case Param::kTear: return Pick(draws, {0, 1, 1, 1, 2, 2});
    case Param::kSector: return SmallestBlockBytes(settings) == 4096 ? Pick(draws, {0, 1}) : 0;
    case Param::kBytes: return Pick(draws, {0, 4, 64, 128, 256}) * 1024;
    case Param::kPpm: return Between(draws, -400'000, 400'000);
    case Param::kAfterIo: return DrawAfterIo(draws);
    case Param::kWhen: return draws.Chance(300) ? 1 : 0;
    case Param::kPartition:
      // One that is stuck for ever is enough; what the others do meanwhile is what matters.
      if (order.kind == FaultKind::kApplyStuck) return Between(draws, 1, settings[Setting::kPartitions]);
      return draws.Chance(500) ? kAnyPartition : Between(draws, 1, settings[Setting::kPartitions]);
    case Param::kWith: return nodes > 1 && draws.Chance(700) ? 1 + static_cast<int64_t>(node.value()) % nodes : 0;
    default: return InfoOf(param).fallback;
  }
}

Duration PartOf(Duration span, int64_t permille) { return Duration::Micros(span.micros() * permille / 1000); }

Duration DrawLength(const Order& order, Duration span, Draws& draws) {
  if (order.length.high > 0) return PartOf(span, Between(draws, order.length.low, order.length.high));
  return PartOf(span, Between(draws, 10, 130 * order.hardness));
}

Fault DrawFault(const Order& order, uint64_t id, const Settings& settings, Duration span, RandomKey key) {
  const FaultKindInfo& info = InfoOf(order.kind);
  Fault fault;
  fault.id = id;
  fault.kind = order.kind;
  Draws place(key.Fork("place"));
  fault.node = NodeId(1 + place.Uniform(static_cast<uint64_t>(settings[Setting::kNodes])));
  fault.at = Instant() + PartOf(span, Between(place, order.at.low, order.at.high));
  if (info.windowed) fault.length = DrawLength(order, span, place);
  if (info.has_files) {
    constexpr const char* kFiles[] = {"*", "log/*", "p-*"};
    fault.files = order.files.empty() ? kFiles[place.Uniform(3)] : order.files;
  }
  for (const Param param : info.params) {
    Draws draws(key.Fork("param").Fork(static_cast<uint64_t>(param)));
    fault.params.Set(param, DrawParam(param, order, settings, fault.node, draws));
  }
  for (const auto& [param, value] : order.fixed) fault.params.Set(param, value);
  // `when` means something for the n-th operation only.
  if (fault.params[Param::kAfterIo] == 0) fault.params.Set(Param::kWhen, 0);
  return fault;
}

}  // namespace

std::vector<Fault> DrawFaults(const Profile& profile, const Settings& settings, Duration span, RandomKey key) {
  std::vector<Fault> faults;
  std::array<uint64_t, kFaultKindCount> slots = {};
  for (const Order& order : profile.orders) {
    const uint64_t kind = static_cast<uint64_t>(order.kind);
    const uint64_t slot = slots[kind]++;
    CHECK_LT(slot, Profile::kMaxOrdersPerKind) << "orders of " << InfoOf(order.kind).name;
    CHECK_LE(order.count.high, Profile::kMaxPerOrder) << "an order of " << InfoOf(order.kind).name;
    const RandomKey order_key = key.Fork(kind).Fork(slot);
    Draws draws(order_key.Fork("count"));
    const uint64_t count = static_cast<uint64_t>(Between(draws, order.count.low, order.count.high));
    for (uint64_t n = 0; n < count; ++n) {
      faults.push_back(DrawFault(order, 1000 * (kind + 1) + 100 * slot + n, settings, span, order_key.Fork(n)));
    }
  }
  std::sort(faults.begin(), faults.end(),
            [](const Fault& a, const Fault& b) { return std::tie(a.at, a.id) < std::tie(b.at, b.id); });
  return faults;
}

}  // namespace tidemark::fault
