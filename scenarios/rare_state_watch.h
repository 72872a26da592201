#pragma once

// Learns which rare states one run reached, from trace events, recovery reports and what clients see. O(1) an event.

#include <bitset>
#include <cstdint>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "engine/node/recovery_report.h"
#include "scenarios/oracles/per_node.h"
#include "scenarios/rare_state.h"
#include "sim/trace.h"

namespace tidemark::scenarios {

class RareStateWatch {
 public:
  // Of any node, in order.
  void OnTrace(const sim::TraceRecord& record);
  // Its recovery ended: with these findings, or with this refusal (and what was found before it).
  void OnRecovered(NodeId node, const RecoveryReport& report);
  void OnRecoveryRefused(NodeId node, const absl::Status& status, const RecoveryReport& report);
  // A reader's answer.
  void OnRead(const absl::Status& status);
  // Of a call that a crash left unanswered a client finds some records, and not all.
  void OnBatchCutShort() { Reach(RareState::kBatchCutShort); }

  bool reached(RareState state) const { return reached_[static_cast<size_t>(state)]; }

 private:
  struct Partition {
    PartitionIndex applied;  // the highest ever
    PartitionIndex started;  // the last apply of this life
    bool was_dropped = false;
    bool was_refused = false;  // by a limit, in this life
  };
  struct Node {
    bool ever_served = false;
    bool serves = false;               // in this life
    bool crashed_in_recovery = false;  // the last crash was one, and nothing was served since
    bool was_full = false;             // in this life
    Instant rotated = Instant::FromNanos(kNever);
    Instant truncated = Instant::FromNanos(kNever);
    Instant dropped = Instant::FromNanos(kNever);
    Instant spilled = Instant::FromNanos(kNever);
    Instant partition_truncated = Instant::FromNanos(kNever);
    Instant reused = Instant::FromNanos(kNever);
    PerPartition<Partition> partitions;
    std::set<std::pair<PartitionId, uint64_t>> let_go;  // logs and file ids, in this life
  };
  static constexpr int64_t kNever = -1'000'000'000'000;

  void Reach(RareState state) { reached_.set(static_cast<size_t>(state)); }
  void OnPartitionTrace(Node& node, const sim::TraceRecord& record);
  void OnAppended(Node& node, const TraceEvent& event);
  void OnApplied(Node& node, const TraceEvent& event);
  static void OnLifeEnds(Node& node);
  void OnCrash(Node& node, Instant now, bool in_recovery);
  void OnRefused(Node& node, const TraceEvent& event);
  void OnFound(const RecoveryReport& report);

  std::bitset<kRareStateCount> reached_;
  PerNode<Node> nodes_;
};

}  // namespace tidemark::scenarios
