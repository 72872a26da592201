#include "scenarios/contract.h"

#include <algorithm>

#include "fault/budget.h"
#include "fault/lag_policy.h"

namespace tidemark::scenarios {
namespace {

using fault::Setting;

const NodeContract kOwesEverything;

NodeContract ContractUnder(const fault::Damage& damage, int64_t recovery_policy) {
  NodeContract contract;
  contract.may_roll_back = recovery_policy != 0;
  contract.waits_for_safe = recovery_policy == 1;
  contract.may_lose_silently = damage.silent_spots > 0;
  contract.only_newest_batch = damage.silent_spots == 1 && !contract.may_roll_back;
  contract.may_find_damage = damage.evident;
  contract.may_be_gone = damage.gone;
  contract.damage_is_told = !damage.gone;
  contract.may_be_unnamed = damage.unnamed;
  contract.may_stumble = damage.stumbles;
  return contract;
}

bool DisturbsTime(fault::FaultKind kind) {
  return kind == fault::FaultKind::kClockDrift || kind == fault::FaultKind::kClockJump ||
         kind == fault::FaultKind::kClockFreeze;
}

Limits LimitsOf(const fault::Plan& plan) {
  const auto of = [&](Setting setting) { return static_cast<uint64_t>(plan.settings[setting]); };
  Limits limits;
  limits.unapplied_records = of(Setting::kMaxUnappliedRecords);
  limits.unapplied_bytes = of(Setting::kMaxUnappliedBytes);
  limits.total_unapplied_bytes = of(Setting::kMaxTotalUnappliedBytes);
  limits.retained_records = of(Setting::kMaxRetainedRecords);
  limits.lag_records = of(Setting::kMaxLagRecords);
  limits.unapplied_age = plan.settings.DurationOf(Setting::kMaxUnappliedAge);
  return limits;
}

FileLimits FileLimitsOf(const fault::Settings& settings) {
  const auto of = [&](Setting setting) { return static_cast<uint64_t>(settings[setting]); };
  const uint64_t overhead = 2 * of(Setting::kBlockBytes);
  const uint64_t backlog = std::min(of(Setting::kMaxUnappliedRecords) * (of(Setting::kMaxRecordBytes) + overhead),
                                    of(Setting::kMaxUnappliedBytes) * (1 + overhead));
  return {.log_truncates_itself = of(Setting::kAutoTruncate) != 0,
          .hold_records = of(Setting::kMaxHoldRecords),
          .log_segment_bytes = of(Setting::kSegmentBytes),
          .partition_segment_bytes = of(Setting::kPartitionSegmentBytes),
          .snapshot_bytes = of(Setting::kSnapshotBytes),
          .backlog_bytes = backlog,
          .record_overhead_bytes = overhead};
}

}  // namespace

Contract::Contract(const fault::Plan& plan) : file_pace_(plan) {
  const fault::Budget budget(plan);
  limits_ = LimitsOf(plan);
  file_limits_ = FileLimitsOf(plan.settings);
  nodes_.resize(static_cast<size_t>(plan.settings[fault::Setting::kNodes]) + 1);
  const int64_t policy = plan.settings[fault::Setting::kRecoveryPolicy];
  for (size_t i = 0; i < nodes_.size(); ++i) nodes_[i] = ContractUnder(budget.of(NodeId(i)), policy);
  for (const fault::Fault& fault : plan.faults) {
    if (fault.node.value() >= nodes_.size()) continue;
    if (DisturbsTime(fault.kind)) nodes_[fault.node.value()].clock_is_off = true;
    if (fault::Budget::DamageOf(fault, plan.settings).survivable()) continue;
    damaging_.insert(fault.id);
    if (fault.kind == fault::FaultKind::kPowerLoss) nodes_[fault.node.value()].damage_is_told = false;
  }
  for (NodeId node(1); node.value() < nodes_.size(); node = node.Next()) {
    for (PartitionId id(1); id.value() <= static_cast<uint64_t>(plan.settings[Setting::kPartitions]); id = id.Next()) {
      if (fault::IsStuckForEver(plan, node, id)) stuck_.insert({node, id});
    }
  }
}

const NodeContract& Contract::of(NodeId node) const {
  return node.value() < nodes_.size() ? nodes_[node.value()] : kOwesEverything;
}

bool Contract::owes_everything() const {
  return std::all_of(nodes_.begin(), nodes_.end(), [](const NodeContract& n) { return n.owes_everything(); });
}

}  // namespace tidemark::scenarios
