#include "fault/disk_policy.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tidemark::fault {
namespace {

using Effect = DiskVerdict::Effect;

bool IsDiskWindow(const Fault& fault) {
  if (fault.kind == FaultKind::kSyncLag || fault.kind == FaultKind::kForwardLag) return true;
  return InfoOf(fault.kind).group == FaultGroup::kDisk && InfoOf(fault.kind).windowed;
}

bool Concerns(FaultKind kind, DiskOpKind op) {
  switch (kind) {
    case FaultKind::kLostSync:
    case FaultKind::kFailedSync: return op == DiskOpKind::kSync || op == DiskOpKind::kSyncDirectory;
    case FaultKind::kSyncLag: return op == DiskOpKind::kSync;
    case FaultKind::kFailedWrite:
    case FaultKind::kShortWrite:
    case FaultKind::kMisdirectedWrite:
    case FaultKind::kPhantomWrite:
    case FaultKind::kForwardLag: return op == DiskOpKind::kWrite;
    case FaultKind::kReadError:
    case FaultKind::kMisdirectedRead: return op == DiskOpKind::kRead;
    case FaultKind::kFailedName:
      return op == DiskOpKind::kOpen || op == DiskOpKind::kName || op == DiskOpKind::kAllocate ||
             op == DiskOpKind::kList;
    default: return true;
  }
}

// A pattern of files, such as "log/*", also means what a directory is told of all its names.
bool IsOfDirectory(FaultKind kind, DiskOpKind op) {
  if (op == DiskOpKind::kList) return kind == FaultKind::kFailedName;
  return op == DiskOpKind::kSyncDirectory && (kind == FaultKind::kFailedSync || kind == FaultKind::kLostSync);
}

bool PathMatches(const Fault& fault, const DiskOp& op) {
  const absl::string_view path = op.path;
  if (InfoOf(fault.kind).group != FaultGroup::kLag) {
    if (fault.files == "*" || GlobMatches(fault.files, path)) return true;
    return IsOfDirectory(fault.kind, op.kind) && GlobMatches(fault.files, absl::StrCat(path, "/"));
  }
  const int64_t partition = fault.params[Param::kPartition];
  if (partition == kAnyPartition) return absl::StartsWith(path, "p-");
  return absl::StartsWith(path, absl::StrFormat("p-%010d/", partition));
}

}  // namespace

DiskPolicy::DiskPolicy(const Plan& plan, NodeId node) : heals_at_(plan.HealsAt()) {
  for (const Fault& fault : plan.faults) {
    if (fault.node != node || !IsDiskWindow(fault)) continue;
    faults_.push_back({fault, RandomKey(plan.seed).Fork("fault.disk").Fork(fault.id), hits_.size(), false, 0});
    hits_.emplace_back(fault.id, 0);
    quiet_until_ = std::max(quiet_until_, fault.end());
  }
}

DiskVerdict DiskPolicy::DecideActive(const DiskOp& op) {
  DiskVerdict verdict;
  const Duration room = std::max(Duration(), heals_at_ - op.now);
  for (Active& active : faults_) {
    if (op.now < active.fault.at || op.now >= active.fault.end()) continue;
    if (!Concerns(active.fault.kind, op.kind) || !PathMatches(active.fault, op) || !Hits(active, op)) continue;
    Apply(active, op, verdict);
    verdict.delay = std::min(verdict.delay, room);  // after each: the sum of many may be more than Duration holds
  }
  return verdict;
}

bool DiskPolicy::Hits(Active& active, const DiskOp& op) {
  if (active.fault.kind == FaultKind::kDiskFull) return false;
  const int64_t limit = active.fault.params[Param::kCount];
  if (limit > 0 && hits_[active.hit_row].second >= static_cast<uint64_t>(limit)) return false;
  const uint64_t rate = static_cast<uint64_t>(active.fault.params[Param::kRate]);
  if (rate >= 1000) return true;
  return active.key.Fork(op.path_hash).Fork(static_cast<uint64_t>(op.kind)).ChanceAt(op.ordinal, rate);
}

void DiskPolicy::Apply(Active& active, const DiskOp& op, DiskVerdict& verdict) {
  const Fault& fault = active.fault;
  const Duration by = Duration::Nanos(std::max<int64_t>(0, fault.params[Param::kBy]));
  const RandomKey key = active.key.Fork(op.path_hash).Fork("amount");
  const auto take = [&](Effect effect) {
    if (verdict.effect != Effect::kNormal) return false;
    verdict.effect = effect;
    verdict.fault_id = fault.id;
    return true;
  };
  bool acted = true;
  switch (fault.kind) {
    case FaultKind::kLostSync: acted = take(Effect::kLie); break;
    case FaultKind::kFailedSync: acted = take(Effect::kFailSync); break;
    case FaultKind::kFailedWrite:
    case FaultKind::kReadError:
    case FaultKind::kFailedName: acted = take(Effect::kError); break;
    case FaultKind::kPhantomWrite: acted = take(Effect::kPhantom); break;
    case FaultKind::kShortWrite:
      acted = op.length > 1 && take(Effect::kShort);
      if (acted) verdict.bytes = key.UniformAt(op.ordinal, op.length);
      break;
    case FaultKind::kMisdirectedWrite:
    case FaultKind::kMisdirectedRead: {
      // Somewhere else among the file's first sectors up to twice as far as the operation.
      const uint64_t sectors = 2 * (op.offset + op.length) / 512 + 2;
      const uint64_t target = key.UniformAt(op.ordinal, sectors) * 512;
      acted = target != op.offset && take(Effect::kMisdirect);
      if (acted) verdict.offset = target;
      break;
    }
    case FaultKind::kDiskStall: verdict.delay = verdict.delay + (fault.end() - op.now); break;
    default: verdict.delay = verdict.delay + by; break;
  }
  if (acted) ++hits_[active.hit_row].second;
}

bool DiskPolicy::LimitsSpace(Instant now) const {
  if (healed_ || now >= quiet_until_) return false;
  return std::any_of(faults_.begin(), faults_.end(), [&](const Active& active) {
    return active.fault.kind == FaultKind::kDiskFull && now >= active.fault.at && now < active.fault.end();
  });
}

uint64_t DiskPolicy::CapacityAt(Instant now, uint64_t used, uint64_t capacity) {
  if (healed_ || now >= quiet_until_) return capacity;
  for (Active& active : faults_) {
    if (active.fault.kind != FaultKind::kDiskFull || now < active.fault.at || now >= active.fault.end()) continue;
    if (!active.armed) {
      active.armed = true;
      active.limit = used + static_cast<uint64_t>(active.fault.params[Param::kBytes]);
      ++hits_[active.hit_row].second;
    }
    capacity = std::min(capacity, active.limit);
  }
  return capacity;
}

}  // namespace tidemark::fault
