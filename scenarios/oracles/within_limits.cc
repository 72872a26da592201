// V2: what is taken and not yet applied stays within the limits, for each partition and in all, and so do the
// partitions; room is made by what was applied and by nothing else; the records that the log must keep stay within
// theirs, also with a partition that is stuck for ever, and once all is done the store's files take what the records
// need that they must still have (file_bounds.h). A backlog that is bounded bounds the memory too. And what no limit
// forbids is taken.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/base/ring.h"
#include "engine/base/status.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"
#include "scenarios/oracles/per_node.h"

namespace tidemark::scenarios {
namespace {

class WithinLimits : public Oracle {
 public:
  explicit WithinLimits(const OracleContext& context)
      : Oracle(kWithinLimits,
               Bits(TraceKind::kAppended, TraceKind::kApplied, TraceKind::kRefused, TraceKind::kRecovered,
                    TraceKind::kPartitionDropped, TraceKind::kPartitionCreating),
               context) {}

  void OnDown(Instant, NodeId node, DownReason) override { nodes_[node] = Node(); }
  // Records that an earlier life took count as theirs, not as this one's: the machine may have been thrown back.
  void OnRecovered(const RecoveredNode& r) override {
    for (const PartitionLadder& p : r.ladder.partitions)
      nodes_[r.node].partitions[p.partition].through = p.appended_index;
  }
  void OnLifeLimits(NodeId node, const LifeLimits& limits) override { nodes_[node].limits = limits; }
  void OnEvent(const Observation& o) override {
    Node& node = nodes_[o.node];
    if (o.event.kind == TraceKind::kRecovered) node.recovered_at = o.at;
    if (!o.rungs.live() || o.event.partition == kSystemPartition) return;
    Backlog& backlog = node.partitions[o.event.partition];
    switch (o.event.kind) {
      case TraceKind::kAppended:
        CheckAdmitted(o, node, backlog, OldestOf(o));
        backlog.bytes += o.event.args[2];
        node.bytes += o.event.args[2];
        if (JudgesAge(o.node)) node.accepted[o.event.partition].PushBack({PartitionIndex(o.event.args[1]), o.at});
        return;
      case TraceKind::kRefused: CheckRefused(o, node, backlog, OldestOf(o)); return;
      case TraceKind::kPartitionCreating: CheckCreating(o, node); return;
      case TraceKind::kApplied: {
        const PartitionIndex index(o.event.args[1]);
        if (JudgesAge(o.node)) {
          Ring<Accepted>& accepted = node.accepted[o.event.partition];
          while (!accepted.empty() && accepted.front().index <= index) accepted.PopFront();
        }
        const ModelRecord* record = model().At(o.event.partition, index);
        if (index <= backlog.through || record == nullptr) return;
        backlog.bytes -= std::min<uint64_t>(backlog.bytes, record->bytes);
        node.bytes -= std::min<uint64_t>(node.bytes, record->bytes);
        return;
      }
      default:
        node.bytes -= std::min(node.bytes, backlog.bytes);
        backlog = Backlog();
        node.accepted[o.event.partition].Clear();
    }
  }
  void OnTooMuchUsed(Instant at, NodeId node, const TooMuch& used) override {
    Report({.what = "disk use", .at = at, .node = node, .partition = used.partition, .message = used.message});
  }

 private:
  // What the engine may take for older than it is: it notes times once for all records that come so close together.
  static constexpr Duration kAgeGrain = Duration::Millis(1);

  struct Accepted {
    PartitionIndex index;
    Instant at;
  };
  struct Backlog {
    PartitionIndex through;  // of earlier lives
    uint64_t bytes = 0;      // taken in this life, and not applied
  };
  struct Node {
    PerPartition<Backlog> partitions;
    PerPartition<Ring<Accepted>> accepted;  // in this life, and not applied; empty unless JudgesAge
    uint64_t bytes = 0;
    LifeLimits limits;
    Instant recovered_at;
  };

  bool JudgesAge(NodeId node) const {
    return contract().limits().unapplied_age != Duration() && !contract().of(node).clock_is_off;
  }

  // The first record that was accepted and is not applied; nullptr where there is none, or nobody judges its age.
  const Accepted* OldestOf(const Observation& o) {
    if (!JudgesAge(o.node)) return nullptr;
    const Ring<Accepted>& accepted = nodes_[o.node].accepted[o.event.partition];
    return accepted.empty() ? nullptr : &accepted.front();
  }

  // As the record's predecessors left it. A term's first record may have come in between: one more is no surprise where
  // records of the log are counted.
  void CheckAdmitted(const Observation& o, const Node& node, const Backlog& backlog, const Accepted* oldest_accepted) {
    const Limits& limits = contract().limits();
    const PartitionRungs& p = o.rungs.partition(o.event.partition);
    const RaftIndex raft_index(o.event.args[0]);
    const uint64_t bytes = o.event.args[2];
    const uint64_t unapplied = o.event.args[1] - p.applied.index.value();
    Check(o, "bytes of payload", bytes, node.limits.payload_bytes);
    Check(o, "records that are not applied", unapplied, limits.unapplied_records);
    if (oldest_accepted != nullptr) {
      Check(o, "nanoseconds of age of the oldest record that is not applied",
            static_cast<uint64_t>((o.at - oldest_accepted->at).nanos()),
            static_cast<uint64_t>(limits.unapplied_age.nanos()));
    }
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
  // Those that are on their way count, in both directions.
  void CheckCreating(const Observation& o, const Node& node) {
    if (o.rungs.present() <= node.limits.partitions) return;
    Report({.what = "partition taken",
            .at = o.at,
            .node = o.node,
            .partition = o.event.partition,
            .raft_index = RaftIndex(o.event.args[0]),
            .message = absl::StrCat("the creation of ", o.event.partition.ToString(), " was taken although that makes ",
                                    o.rungs.present(), " partitions; the limit is ", node.limits.partitions)});
  }
  // By all that the store can count, records of earlier lives too: it counts those of them that its log has.
  void CheckRefused(const Observation& o, const Node& node, const Backlog& backlog, const Accepted* oldest_accepted) {
    if (static_cast<ErrorKind>(o.event.args[0]) != ErrorKind::kRefused) return;
    const Limits& limits = contract().limits();
    const PartitionRungs& p = o.rungs.partition(o.event.partition);
    const uint64_t bytes = o.event.args[1];
    const uint64_t records = o.event.args[2];
    if (records == 0 || o.event.args[3] > node.limits.payload_bytes) return;
    if (p.appended.index.value() - p.applied.index.value() + records > limits.unapplied_records) return;
    const uint64_t own = UnappliedBytes(o.event.partition, p);
    // What is one record passes where there is nothing else.
    if ((own > 0 || records > 1) && own + bytes > limits.unapplied_bytes) return;
    const RaftIndex next = o.rungs.appended().Next();
    if (next.value() - o.rungs.min_required().value() + records > limits.retained_records) return;
    if (IsLate(o, node, backlog, oldest_accepted)) return;
    uint64_t total = 0;
    for (PartitionId id(1); id.value() < o.rungs.partitions(); id = id.Next())
      total += UnappliedBytes(id, o.rungs.partition(id));
    if ((total > 0 || records > 1) && total + bytes > limits.total_unapplied_bytes) return;
    Report(
        {.what = "record refused",
         .at = o.at,
         .node = o.node,
         .partition = o.event.partition,
         .raft_index = next,
         .partition_index = p.appended.index.Next(),
         .message = absl::StrCat(records, " records of ", bytes, " bytes were refused for ",
                                 o.event.partition.ToString(), " although no limit forbids it: applied ",
                                 p.applied.index.ToString(), " of ", p.appended.index.ToString(), ", ", own,
                                 " bytes are not applied, ", total, " of all partitions; the log must keep ",
                                 o.rungs.min_required().ToString(), " and has taken ", o.rungs.appended().ToString())});
  }
  uint64_t UnappliedBytes(PartitionId id, const PartitionRungs& p) const {
    uint64_t bytes = 0;
    for (PartitionIndex i = p.applied.index.Next(); i <= p.appended.index; i = i.Next()) {
      const ModelRecord* record = model().At(id, i);
      if (record != nullptr) bytes += record->bytes;
    }
    return bytes;
  }
  // Whether the partition's first unapplied record may be as far behind, or as old, as is not allowed. Where that one
  // has left the log it counts as the oldest of the log.
  bool IsLate(const Observation& o, const Node& node, const Backlog& backlog, const Accepted* oldest_accepted) const {
    const Limits& limits = contract().limits();
    const PartitionRungs& p = o.rungs.partition(o.event.partition);
    const PartitionIndex oldest = p.applied.index.Next();
    const uint64_t records = o.event.args[2];
    if (oldest > p.appended.index) return records > limits.lag_records;
    const ModelRecord* record = model().At(o.event.partition, oldest);
    if (record == nullptr) return true;
    const bool in_log = !p.needed.empty() && p.needed.front().raft_index <= record->raft_index;
    const RaftIndex from = in_log ? record->raft_index : std::min(record->raft_index, o.rungs.truncated());
    if (o.rungs.appended().Next().value() - from.value() + records > limits.lag_records) return true;
    if (limits.unapplied_age == Duration()) return false;
    if (contract().of(o.node).clock_is_off) return true;
    if (oldest <= backlog.through) return o.at - node.recovered_at > limits.unapplied_age;
    return oldest_accepted == nullptr || o.at - oldest_accepted->at + kAgeGrain > limits.unapplied_age;
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
  PerNode<Node> nodes_;
};

}  // namespace

std::unique_ptr<Oracle> MakeWithinLimits(const OracleContext& context) {
  return std::make_unique<WithinLimits>(context);
}

}  // namespace tidemark::scenarios
