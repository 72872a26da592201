#include "fault/budget.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace tidemark::fault {
namespace {

const Damage kNone;

constexpr Damage kLyingMedium{.silent_spots = Damage::kManySpots, .evident = true};

// Garbage fills whole sectors of the device. Where these are larger than the blocks a store aligns its writes to, a
// torn write damages what was promised before it.
bool GarblesPromises(const Fault& fault, const Settings& settings) {
  const int64_t sector = fault.params[Param::kSector] == 1 ? 4096 : 512;
  const bool by_sector = fault.params[Param::kTear] == 1;
  return by_sector && fault.params[Param::kGarbage] > 0 && fault.params[Param::kKeep] < 1000 &&
         sector > SmallestBlockBytes(settings);
}

// Disks change places between two nodes of the plan, or a disk of nobody here comes.
bool Swaps(const Fault& fault, const Settings& settings) {
  const int64_t with = fault.params[Param::kWith];
  return with <= settings[Setting::kNodes] && with != static_cast<int64_t>(fault.node.value());
}

// Whether a sync that lies may be the one of the store's directory, or of the log's.
bool LosesNamesOfLog(const Fault& fault) {
  return GlobMatches(fault.files, "") || GlobMatches(fault.files, "log") || GlobMatches(fault.files, "log/");
}

}  // namespace

void Damage::Add(const Damage& other) {
  silent_spots = std::min(kManySpots, silent_spots + other.silent_spots);
  evident |= other.evident;
  gone |= other.gone;
  unnamed |= other.unnamed;
  stumbles |= other.stumbles;
}

Damage Budget::DamageOf(const Fault& fault, const Settings& settings) {
  switch (fault.kind) {
    case FaultKind::kPowerLoss: return GarblesPromises(fault, settings) ? kLyingMedium : Damage();
    case FaultKind::kLostSync: {
      Damage lost = kLyingMedium;
      lost.unnamed = LosesNamesOfLog(fault);
      return lost;
    }
    case FaultKind::kMisdirectedWrite:
    case FaultKind::kMisdirectedRead:
    case FaultKind::kPhantomWrite: return kLyingMedium;
    case FaultKind::kBitRot: {
      const uint64_t spots = static_cast<uint64_t>(std::max<int64_t>(1, fault.params[Param::kCount]));
      return {.silent_spots = std::min(Damage::kManySpots, spots), .evident = true};
    }
    case FaultKind::kLatentSectorError: return {.evident = true};
    case FaultKind::kDiskLoss: return {.gone = true};
    case FaultKind::kDiskSwap: return {.gone = Swaps(fault, settings)};
    case FaultKind::kFailedSync:
    case FaultKind::kFailedWrite:
    case FaultKind::kReadError:
    case FaultKind::kFailedName:
    case FaultKind::kDiskFull: return {.stumbles = true};
    default: return {};  // crashes, lateness, short writes, clocks
  }
}

Budget::Budget(const Plan& plan) {
  nodes_.resize(static_cast<size_t>(plan.settings[Setting::kNodes]) + 1);
  for (const Fault& fault : plan.faults) {
    if (fault.node.value() < nodes_.size()) nodes_[fault.node.value()].Add(DamageOf(fault, plan.settings));
  }
  ShareAlongSwaps(plan);
}

// Damage of a medium goes where the medium goes: nodes that swap disks, directly or through others, share it.
void Budget::ShareAlongSwaps(const Plan& plan) {
  std::vector<size_t> group(nodes_.size());
  std::iota(group.begin(), group.end(), 0);
  for (const Fault& fault : plan.faults) {
    const uint64_t with = static_cast<uint64_t>(fault.params[Param::kWith]);
    if (fault.kind != FaultKind::kDiskSwap || with == 0) continue;  // 0: a disk of nobody here
    if (fault.node.value() >= group.size() || with >= group.size()) continue;
    std::replace(group.begin(), group.end(), size_t{group[with]}, size_t{group[fault.node.value()]});
  }
  std::vector<Damage> shared(nodes_.size());
  for (size_t i = 0; i < nodes_.size(); ++i) shared[group[i]].Add(nodes_[i]);
  for (size_t i = 0; i < nodes_.size(); ++i) nodes_[i] = shared[group[i]];
}

const Damage& Budget::of(NodeId node) const { return node.value() < nodes_.size() ? nodes_[node.value()] : kNone; }

bool Budget::survivable() const {
  return std::all_of(nodes_.begin(), nodes_.end(), [](const Damage& d) { return d.survivable(); });
}

}  // namespace tidemark::fault
