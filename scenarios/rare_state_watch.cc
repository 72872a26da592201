#include "scenarios/rare_state_watch.h"

#include <algorithm>

#include "engine/base/status.h"

namespace tidemark::scenarios {
namespace {

constexpr uint64_t kMebibyte = 1u << 20;
constexpr size_t kManyPartitions = 1000;
constexpr Duration kNear = Duration::Millis(1);

constexpr uint16_t Number(TraceKind kind) { return static_cast<uint16_t>(kind); }

}  // namespace

void RareStateWatch::OnTrace(const sim::TraceRecord& record) {
  const TraceEvent& event = record.event;
  const bool of_log = event.partition == kSystemPartition;
  switch (Number(event.kind)) {
    case Number(TraceKind::kApplied): return OnApplied(nodes_[record.node], event);
    case Number(TraceKind::kAppended): return OnAppended(nodes_[record.node], event);
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
    case sim::kProcessExited: return OnLifeEnds(nodes_[record.node]);
    default: return OnPartitionTrace(nodes_[record.node], record);
  }
}

void RareStateWatch::OnPartitionTrace(Node& node, const sim::TraceRecord& record) {
  const TraceEvent& event = record.event;
  switch (event.kind) {
    case TraceKind::kApplyStarted: {
      Partition& p = node.partitions[event.partition];
      if (p.started == PartitionIndex(event.args[1])) Reach(RareState::kApplyTriedAgain);
      p.started = PartitionIndex(event.args[1]);
      return;
    }
    case TraceKind::kReleased: return Reach(RareState::kAppliesReleased);
    case TraceKind::kCreationReleased: return Reach(RareState::kCreationReleased);
    case TraceKind::kSpilled: node.spilled = record.time; return Reach(RareState::kSpilled);
    case TraceKind::kSealedFileRead: {
      const bool again = node.let_go.erase({event.partition, event.args[0]}) > 0;
      return Reach(again ? RareState::kFoundAgain : RareState::kSkippedFileRead);
    }
    case TraceKind::kPlacesLetGo:
      node.let_go.insert({event.partition, event.args[0]});
      return Reach(RareState::kPlacesLetGo);
    case TraceKind::kCorruptionFound:
      if (node.serves) Reach(RareState::kSkippedFileDamaged);
      return;
    case TraceKind::kPartitionTruncated:
      node.partition_truncated = record.time;
      return Reach(RareState::kPartitionTruncated);
    case TraceKind::kPartitionDropped:
      node.dropped = record.time;
      node.partitions[event.partition] = Partition();
      node.partitions[event.partition].was_dropped = true;
      return;
    case TraceKind::kFileReused: node.reused = record.time; return Reach(RareState::kFileReused);
    case TraceKind::kPartitionRemoved: return Reach(RareState::kPartitionDropped);
    default: return;
  }
}

void RareStateWatch::OnAppended(Node& node, const TraceEvent& event) {
  if (event.partition == kSystemPartition) return;
  if (node.was_full) Reach(RareState::kSpaceAgain);
  if (event.args[2] >= kMebibyte) Reach(RareState::kRecordOfAMebibyte);
  const Partition& p = node.partitions[event.partition];
  if (p.was_dropped) Reach(RareState::kPartitionRecreated);
  if (p.was_refused) Reach(RareState::kAdmittedAgain);
}

void RareStateWatch::OnApplied(Node& node, const TraceEvent& event) {
  PartitionIndex& highest = node.partitions[event.partition].applied;
  if (PartitionIndex(event.args[1]) <= highest) Reach(RareState::kApplyRedelivered);
  highest = std::max(highest, PartitionIndex(event.args[1]));
}

void RareStateWatch::OnLifeEnds(Node& node) {
  node.was_full = false;
  node.serves = false;
  node.let_go.clear();
  for (PartitionId p(1); p.value() < node.partitions.size(); p = p.Next()) {
    node.partitions[p].started = PartitionIndex(0);
    node.partitions[p].was_refused = false;
  }
}

void RareStateWatch::OnRefused(Node& node, const TraceEvent& event) {
  const ErrorKind kind = static_cast<ErrorKind>(event.args[0]);
  if (kind == ErrorKind::kRefused) {
    Reach(RareState::kAppendRefused);
    node.partitions[event.partition].was_refused = true;
  }
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
  if (now - node.dropped < kNear) Reach(RareState::kCrashNearDrop);
  if (now - node.spilled < kNear) Reach(RareState::kCrashNearSpill);
  if (now - node.partition_truncated < kNear) Reach(RareState::kCrashNearPartitionTruncation);
  if (now - node.reused < kNear) Reach(RareState::kCrashNearReuse);
  node.crashed_in_recovery = in_recovery;
  OnLifeEnds(node);
}

void RareStateWatch::OnFound(const RecoveryReport& report) {
  if (report.log.torn_bytes > 0) Reach(RareState::kTornTail);
  if (report.log.unfinished_files > 0) Reach(RareState::kTornHeader);
  if (report.log.reappended_records > 0) Reach(RareState::kTailReappended);
  if (report.redo_records > 0) Reach(RareState::kRedo);
  if (report.rolled_back_records > 0) Reach(RareState::kRolledBack);
  if (!report.log.mended.empty()) Reach(RareState::kGapMended);
  if (report.kept_to != RaftIndex(0)) Reach(RareState::kKeptAboveSafe);
  if (report.partitions.size() >= kManyPartitions) Reach(RareState::kThousandPartitions);
  for (const PartitionRecovery& p : report.partitions) {
    if (p.file.torn_bytes > 0) Reach(RareState::kTornPartitionTail);
    if (p.file.unfinished_files > 0) Reach(RareState::kTornHeader);
    if (p.file.skipped_files > 0) Reach(RareState::kFilesSkipped);
    if (p.dropped) Reach(RareState::kDropFinishedInRecovery);
    if (p.created) Reach(RareState::kPartitionCreatedInRecovery);
    if (p.rebuilt) Reach(RareState::kPartitionRebuilt);
    if (p.spilled_records > 0) Reach(RareState::kRecoveredFromSpill);
  }
}

void RareStateWatch::OnRecovered(NodeId node, const RecoveryReport& report) {
  nodes_[node].ever_served = true;
  nodes_[node].serves = true;
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
    case ErrorKind::kRefused: return Reach(RareState::kOptionsRefused);
    default: return;
  }
}

void RareStateWatch::OnRead(const absl::Status& status) {
  if (KindOf(status) == ErrorKind::kCorruption) Reach(RareState::kReadRefusedDamaged);
}

}  // namespace tidemark::scenarios
