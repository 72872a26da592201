#include "scenarios/rare_state_watch.h"

#include <algorithm>

#include "engine/base/status.h"

namespace tidemark::scenarios {
namespace {

constexpr Duration kNear = Duration::Millis(1);

constexpr uint16_t Number(TraceKind kind) { return static_cast<uint16_t>(kind); }

}  // namespace

void RareStateWatch::OnTrace(const sim::TraceRecord& record) {
  const TraceEvent& event = record.event;
  const bool of_log = event.partition == kSystemPartition;
  switch (Number(event.kind)) {
    case Number(TraceKind::kApplied): {
      if (reached(RareState::kApplyRedelivered)) return;
      PartitionIndex& highest = nodes_[record.node].applied[event.partition];
      if (PartitionIndex(event.args[1]) <= highest) Reach(RareState::kApplyRedelivered);
      highest = std::max(highest, PartitionIndex(event.args[1]));
      return;
    }
    case Number(TraceKind::kAppended): {
      Node& node = nodes_[record.node];
      if (node.was_full && !of_log) Reach(RareState::kSpaceAgain);
      return;
    }
    case Number(TraceKind::kRefused): return OnRefused(nodes_[record.node], event);
    case Number(TraceKind::kRotated):
      if (!of_log) return;
      nodes_[record.node].rotated = record.time;
      return Reach(RareState::kRotated);
    case Number(TraceKind::kTruncatedPrefix):
      nodes_[record.node].truncated = record.time;
      return Reach(RareState::kPrefixTruncated);
    case Number(TraceKind::kPoisoned): return Reach(of_log ? RareState::kLogPoisoned : RareState::kPartitionStopped);
    case Number(TraceKind::kFull): return Reach(of_log ? RareState::kLogFull : RareState::kPartitionFull);
    case sim::kProcessCrashed:
    case sim::kPowerLost: return OnCrash(nodes_[record.node], record.time, event.args[1] != 0);
    case sim::kProcessExited: nodes_[record.node].was_full = false; return;
    default: return;
  }
}

void RareStateWatch::OnRefused(Node& node, const TraceEvent& event) {
  const ErrorKind kind = static_cast<ErrorKind>(event.args[0]);
  if (kind == ErrorKind::kRefused) Reach(RareState::kAppendRefused);
  if (kind != ErrorKind::kDiskFull) return;
  node.was_full = true;
  Reach(RareState::kLogFull);
}

void RareStateWatch::OnCrash(Node& node, Instant now, bool in_recovery) {
  if (in_recovery) {
    Reach(RareState::kCrashInRecovery);
    if (node.crashed_in_recovery) Reach(RareState::kCrashInRecoveryAgain);
    if (!node.ever_served) Reach(RareState::kCrashWhileCreating);
  }
  if (now - node.rotated < kNear) Reach(RareState::kCrashNearRotation);
  if (now - node.truncated < kNear) Reach(RareState::kCrashNearTruncation);
  node.crashed_in_recovery = in_recovery;
  node.was_full = false;
}

void RareStateWatch::OnFound(const RecoveryReport& report) {
  if (report.log.torn_bytes > 0) Reach(RareState::kTornTail);
  if (report.log.unfinished_files > 0) Reach(RareState::kTornHeader);
  if (report.log.reappended_records > 0) Reach(RareState::kTailReappended);
  if (report.redo_records > 0) Reach(RareState::kRedo);
  if (report.rolled_back_records > 0) Reach(RareState::kRolledBack);
  if (report.kept_to != RaftIndex(0)) Reach(RareState::kKeptAboveSafe);
  for (const PartitionRecovery& p : report.partitions) {
    if (p.file.torn_bytes > 0) Reach(RareState::kTornPartitionTail);
    if (p.file.unfinished_files > 0) Reach(RareState::kTornHeader);
    if (p.created) Reach(RareState::kPartitionCreatedInRecovery);
    if (p.rebuilt) Reach(RareState::kPartitionRebuilt);
  }
}

void RareStateWatch::OnRecovered(NodeId node, const RecoveryReport& report) {
  nodes_[node].ever_served = true;
  nodes_[node].crashed_in_recovery = false;
  OnFound(report);
}

void RareStateWatch::OnRecoveryRefused(NodeId node, const absl::Status& status, const RecoveryReport& report) {
  nodes_[node].crashed_in_recovery = false;
  OnFound(report);
  switch (KindOf(status)) {
    case ErrorKind::kCorruption: return Reach(RareState::kCorruptionReported);
    case ErrorKind::kLostRecords: return Reach(RareState::kLostRecordsReported);
    case ErrorKind::kNoStore:
    case ErrorKind::kWrongStore: return Reach(RareState::kStoreMissing);
    default: return;
  }
}

void RareStateWatch::OnRead(const absl::Status& status) {
  if (KindOf(status) == ErrorKind::kCorruption) Reach(RareState::kReadRefusedDamaged);
}

}  // namespace tidemark::scenarios
