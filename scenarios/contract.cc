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
  contract.may_be_unnamed = damage.unnamed;
  contract.may_stumble = damage.stumbles;
  return contract;
}

bool DisturbsTime(fault::FaultKind kind) {
  return kind == fault::FaultKind::kClockDrift || kind == fault::FaultKind::kClockJump ||
         kind == fault::FaultKind::kClockFreeze;
}

// A record in a file: its payload, headers, and what aligns the batch that it may have for itself.
uint64_t RecordBytes(const fault::Settings& settings) {
  return static_cast<uint64_t>(settings[Setting::kMaxRecordBytes] + 2 * settings[Setting::kBlockBytes]);
}

// A file that was begun, the one before it, one made ahead and a spare.
constexpr uint64_t kFiles = 4;

Limits LimitsOf(const fault::Plan& plan) {
  const auto of = [&](Setting setting) { return static_cast<uint64_t>(plan.settings[setting]); };
  Limits limits;
  limits.unapplied_records = of(Setting::kMaxUnappliedRecords);
  limits.unapplied_bytes = of(Setting::kMaxUnappliedBytes);
  limits.total_unapplied_bytes = of(Setting::kMaxTotalUnappliedBytes);
  limits.retained_records = of(Setting::kMaxRetainedRecords);
  limits.lag_records = of(Setting::kMaxLagRecords);
  limits.unapplied_age = plan.settings.DurationOf(Setting::kMaxUnappliedAge);
  const auto stuck = [](const fault::Fault& fault) { return fault.kind == fault::FaultKind::kApplyStuck; };
  const bool is_held = std::any_of(plan.faults.begin(), plan.faults.end(), stuck);
  const uint64_t held = is_held ? of(Setting::kMaxHoldRecords) : 0;
  if (of(Setting::kAutoTruncate) != 0)
    limits.log_bytes = kFiles * of(Setting::kSegmentBytes) + held * RecordBytes(plan.settings);
  if (const uint64_t snapshot = of(Setting::kSnapshotBytes); snapshot > 0) {
    // At the last but one snapshot, of which one in a row may fail, all that may be unapplied was unapplied.
    const uint64_t backlog = std::min(limits.unapplied_records * RecordBytes(plan.settings),
                                      limits.unapplied_bytes * (1 + 2 * of(Setting::kBlockBytes)));
    limits.partition_bytes = kFiles * of(Setting::kPartitionSegmentBytes) + 3 * snapshot + backlog;
    limits.stuck_file_bytes = kFiles * of(Setting::kPartitionSegmentBytes);
    limits.stuck_record_bytes = 2 * of(Setting::kBlockBytes);
  }
  return limits;
}

}  // namespace

Contract::Contract(const fault::Plan& plan) : file_pace_(plan) {
  const fault::Budget budget(plan);
  limits_ = LimitsOf(plan);
  nodes_.resize(static_cast<size_t>(plan.settings[fault::Setting::kNodes]) + 1);
  const int64_t policy = plan.settings[fault::Setting::kRecoveryPolicy];
  for (size_t i = 0; i < nodes_.size(); ++i) nodes_[i] = ContractUnder(budget.of(NodeId(i)), policy);
  for (const fault::Fault& fault : plan.faults) {
    if (DisturbsTime(fault.kind) && fault.node.value() < nodes_.size()) nodes_[fault.node.value()].clock_is_off = true;
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
