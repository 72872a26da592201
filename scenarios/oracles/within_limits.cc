// V2: what is taken and not yet applied stays within the limits, for each partition and in all, and room is made by
// what was applied and by nothing else; the records that the log must keep, and what the store's files take of the
// disk, stay within theirs, also with a partition that is stuck for ever. A backlog that is bounded bounds the memory
// too.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"
#include "scenarios/oracles/per_node.h"

namespace tidemark::scenarios {
namespace {

class WithinLimits : public Oracle {
 public:
  explicit WithinLimits(const OracleContext& context)
      : Oracle(kWithinLimits, Bits(TraceKind::kAppended, TraceKind::kApplied, TraceKind::kPartitionDropped), context) {}

  void OnDown(Instant, NodeId node, DownReason reason) override {
    nodes_[node] = Node();
    if (reason == DownReason::kDiskLost) snapshots_[node].clear();
  }
  void OnSnapshot(NodeId node, PartitionId partition, PartitionIndex through) override {
    snapshots_[node][partition] = through;
  }
  // Records that an earlier life took count as theirs, not as this one's: the machine may have been thrown back.
  void OnRecovered(const RecoveredNode& r) override {
    for (const PartitionLadder& p : r.ladder.partitions)
      nodes_[r.node].partitions[p.partition].through = p.appended_index;
  }
  void OnEvent(const Observation& o) override {
    if (!o.rungs.live() || o.event.partition == kSystemPartition) return;
    Node& node = nodes_[o.node];
    Backlog& backlog = node.partitions[o.event.partition];
    switch (o.event.kind) {
      case TraceKind::kAppended:
        CheckAdmitted(o, node, backlog);
        backlog.bytes += o.event.args[2];
        node.bytes += o.event.args[2];
        return;
      case TraceKind::kApplied: {
        const PartitionIndex index(o.event.args[1]);
        const ModelRecord* record = model().At(o.event.partition, index);
        if (index <= backlog.through || record == nullptr) return;
        backlog.bytes -= std::min<uint64_t>(backlog.bytes, record->bytes);
        node.bytes -= std::min<uint64_t>(node.bytes, record->bytes);
        return;
      }
      default:
        node.bytes -= std::min(node.bytes, backlog.bytes);
        backlog = Backlog();
        snapshots_[o.node][o.event.partition] = PartitionIndex(0);
    }
  }
  void OnDiskUse(Instant at, NodeId node, const DiskUse& use) override {
    const Limits& limits = contract().limits();
    if (use.log_bytes > limits.log_bytes)
      ReportUse(at, node, kSystemPartition, "the log", use.log_bytes, limits.log_bytes);
    for (const auto& [partition, bytes] : use.partitions) {
      uint64_t limit = limits.partition_bytes;
      if (contract().IsStuck(node, partition)) limit = std::max(limit, StuckFileLimit(node, partition));
      if (bytes > limit)
        ReportUse(at, node, partition, absl::StrCat("the file of ", partition.ToString()), bytes, limit);
    }
  }

 private:
  struct Backlog {
    PartitionIndex through;  // of earlier lives
    uint64_t bytes = 0;      // taken in this life, and not applied
  };
  struct Node {
    PerPartition<Backlog> partitions;
    uint64_t bytes = 0;
  };

  // What its machine's snapshot has may be gone from it.
  uint64_t StuckFileLimit(NodeId node, PartitionId partition) {
    uint64_t limit = contract().limits().stuck_file_bytes;
    if (limit == Limits::kNone) return limit;
    for (PartitionIndex i = snapshots_[node][partition].Next(); i <= model().Last(partition); i = i.Next()) {
      limit += model().At(partition, i)->bytes + contract().limits().stuck_record_bytes;
    }
    return limit;
  }
  // As the record's predecessors left it. A term's first record may have come in between: one more is no surprise where
  // records of the log are counted.
  void CheckAdmitted(const Observation& o, const Node& node, const Backlog& backlog) {
    const Limits& limits = contract().limits();
    const PartitionRungs& p = o.rungs.partition(o.event.partition);
    const RaftIndex raft_index(o.event.args[0]);
    const uint64_t bytes = o.event.args[2];
    const uint64_t unapplied = o.event.args[1] - p.applied.index.value();
    Check(o, "records that are not applied", unapplied, limits.unapplied_records);
    if (backlog.bytes > 0) Check(o, "bytes that are not applied", backlog.bytes + bytes, limits.unapplied_bytes);
    if (node.bytes > 0)
      Check(o, "bytes of all partitions that are not applied", node.bytes + bytes, limits.total_unapplied_bytes);
    Check(o, "records that the log must keep", raft_index.value() - o.rungs.min_required().value(),
          limits.retained_records);
    const ModelRecord* oldest = unapplied > 1 ? model().At(o.event.partition, p.applied.index.Next()) : nullptr;
    if (oldest == nullptr) return;
    const RaftIndex from = std::max(oldest->raft_index, o.rungs.truncated());
    Check(o, "records of the log from the first one on that is not applied", raft_index.value() - from.value(),
          limits.lag_records);
  }
  void Check(const Observation& o, absl::string_view what, uint64_t is, uint64_t limit) {
    if (is <= limit) return;
    Report({.what = "record taken",
            .at = o.at,
            .node = o.node,
            .partition = o.event.partition,
            .raft_index = RaftIndex(o.event.args[0]),
            .partition_index = PartitionIndex(o.event.args[1]),
            .message = absl::StrCat("a record was taken for ", o.event.partition.ToString(), " although that makes ",
                                    is, " ", what, "; the limit is ", limit)});
  }
  void ReportUse(Instant at, NodeId node, PartitionId partition, const std::string& what, uint64_t is, uint64_t limit) {
    Report({.what = "disk use",
            .at = at,
            .node = node,
            .partition = partition,
            .message = absl::StrCat("after all is done ", what, " takes ", is, " bytes of the disk; its limits allow ",
                                    limit)});
  }

  PerNode<Node> nodes_;
  PerNode<PerPartition<PartitionIndex>> snapshots_;
};

}  // namespace

std::unique_ptr<Oracle> MakeWithinLimits(const OracleContext& context) {
  return std::make_unique<WithinLimits>(context);
}

}  // namespace tidemark::scenarios
