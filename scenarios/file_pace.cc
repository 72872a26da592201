#include "scenarios/file_pace.h"

#include <algorithm>

#include "absl/container/btree_map.h"
#include "engine/node/options.h"
#include "scenarios/store_options.h"

namespace tidemark::scenarios {
namespace {

using fault::Fault;
using fault::FaultGroup;
using fault::FaultKind;
using fault::Param;
using fault::Setting;

// Operations of each kind that a batch may need, with the new file and the spare that it makes.
constexpr int64_t kBatchOperations = 20;
// Disks on which a batch takes longer than all else are no test of turns.
constexpr Duration kSlowDisk = Duration::Seconds(1);
// Longer than any run: where a sum over many faults stops, for Duration ends at 292 years.
constexpr Duration kForEver = Duration::Seconds(int64_t{100} * 365 * 86'400);

bool LeavesFilesAlone(FaultKind kind) {
  switch (kind) {
    case FaultKind::kProcessCrash:
    case FaultKind::kPowerLoss:  // what is due begins anew with each life
    case FaultKind::kClockSkew:
    case FaultKind::kApplyLag:
    case FaultKind::kApplyFailure:
    case FaultKind::kApplyStall:
    case FaultKind::kApplyStuck: return true;
    default: return false;
  }
}

bool IsOfFiles(const Fault& fault) { return fault.kind == FaultKind::kSyncLag || fault.kind == FaultKind::kForwardLag; }

// How long the node's clock may stand still after it has jumped back: it catches up by all that it ever jumps back, at
// half its pace at worst, and not while it is frozen.
Duration CatchingUp(const fault::Plan& plan, NodeId node) {
  Duration sum;
  for (const Fault& fault : plan.faults) {
    if (fault.node != node) continue;
    Duration still;
    if (fault.kind == FaultKind::kClockFreeze) still = fault.length;
    if (fault.kind == FaultKind::kClockJump)
      still = Duration::Nanos(std::max<int64_t>(0, -fault.params[Param::kBy])) * 2;
    sum = std::min(kForEver, sum + still);
  }
  return sum;
}

// Operations that began while it lasted are late as it says; who was refused comes again after a while,
// by a clock that may stand still.
Instant HoldsUntil(const Fault& fault, Duration catching_up, Instant heals_at) {
  const int64_t by = fault.params[Param::kBy];
  if (fault.kind == FaultKind::kClockJump) return by < 0 ? fault.at + catching_up : fault.at;
  const Instant end = fault::InfoOf(fault.kind).windowed ? fault.end() : fault.at;
  return std::min(heals_at, end + Duration::Nanos(std::max<int64_t>(0, by))) + EngineOptions().full_retry + catching_up;
}

// The part of one turn, in thousandths, that a file takes whose operations are late by so much.
int64_t PartOfTurn(const Fault& fault) {
  const Duration by = Duration::Nanos(std::max<int64_t>(0, fault.params[Param::kBy]));
  return by <= FilePace::kLongestTurn ? 1000 : FilePace::kLongestTurn.nanos() / (by.nanos() / 1000);
}

}  // namespace

FilePace::FilePace(const fault::Plan& plan) {
  const auto duration = [&](Setting setting) { return plan.settings.DurationOf(setting); };
  const EngineOptions defaults;
  gather_ = duration(Setting::kPartitionFlushDelay);
  // Where recovery may roll back, no file is made to hurry: each syncs as soon as it can.
  if (plan.settings[Setting::kRecoveryPolicy] == 0)
    hurried_records_ = static_cast<uint64_t>(std::max<int64_t>(1, plan.settings[Setting::kMaxHoldRecords] / 2));
  nodes_.resize(static_cast<size_t>(plan.settings[Setting::kNodes]) + 1);
  const Duration operations = duration(Setting::kReadLatency) + duration(Setting::kWriteLatency) +
                              duration(Setting::kSyncLatency);
  if (operations > kSlowDisk) return;
  const Duration batch = operations * kBatchOperations + kPartitionSyncGap;
  for (NodeId id(1); id.value() < nodes_.size(); id = id.Next()) {
    Node& node = nodes_[id.value()];
    const Duration catching_up = CatchingUp(plan, id);
    absl::btree_map<int64_t, int64_t> late;  // the part of a turn that each late file takes
    for (const Fault& fault : plan.faults) {
      if (fault.node != id || LeavesFilesAlone(fault.kind)) continue;
      const int64_t partition = IsOfFiles(fault) ? fault.params[Param::kPartition] : fault::kAnyPartition;
      node.holds.push_back({partition, fault.at, HoldsUntil(fault, catching_up, plan.HealsAt())});
      if (partition == fault::kAnyPartition) continue;
      late[partition] = std::max(late[partition], PartOfTurn(fault));
    }
    int64_t taken = 0;
    for (const auto& [partition, part] : late) taken += part;
    node.due = taken <= (int64_t{defaults.partition_syncs} - 1) * 1000;
    node.turn = kLongestTurn * static_cast<int64_t>(late.size()) + batch * plan.settings[Setting::kPartitions];
  }
}

Instant FilePace::FreeFrom(NodeId node, PartitionId partition, Instant now) const {
  Instant free;
  for (const Hold& hold : nodes_[node.value()].holds) {
    const bool concerns = hold.partition == fault::kAnyPartition ||
                          PartitionId(static_cast<uint64_t>(hold.partition)) == partition;
    if (concerns && hold.from <= now) free = std::max(free, hold.until);
  }
  return free;
}

}  // namespace tidemark::scenarios
