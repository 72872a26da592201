// V3: also while faults hold others, a partition's file that none of them holds moves on: as long as it lacks a record
// that is durable in the log, it makes some durable within the time that scenarios/file_pace.h allows, counted from
// when it began to lack one, from its last step, or from the last fault that held it.

#include <algorithm>
#include <deque>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/strings/str_cat.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"
#include "scenarios/oracles/per_node.h"

namespace tidemark::scenarios {
namespace {

class FilesKeepUp : public Oracle {
 public:
  explicit FilesKeepUp(const OracleContext& context)
      : Oracle(kFilesKeepUp,
               Bits(TraceKind::kAppended, TraceKind::kDurable, TraceKind::kForwarded, TraceKind::kPartitionDurable,
                    TraceKind::kApplied, TraceKind::kMinRequired, TraceKind::kTruncatedPrefix, TraceKind::kSpilled,
                    TraceKind::kPartitionDropped, TraceKind::kPoisoned),
               context) {}

  void OnDown(Instant, NodeId node, DownReason) override { nodes_[node] = Node(); }
  void OnRecovered(const RecoveredNode& r) override {
    if (!IsDue(r.node)) return;
    Node& node = nodes_[r.node];
    for (const PartitionLadder& p : r.ladder.partitions) {
      File& file = node.files[p.partition];
      file.stopped = p.stopped != ErrorKind::kNone || p.dropped;
      if (p.durable_index < p.appended_index) Begin(r.node, p.partition, r.at);
    }
  }
  void OnEvent(const Observation& o) override {
    if (!o.rungs.live() || !IsDue(o.node)) return;
    Node& node = nodes_[o.node];
    CheckDue(o, node);
    switch (o.event.kind) {
      case TraceKind::kAppended:
        if (o.event.partition != kSystemPartition) node.coming.emplace_back(o.rungs.appended(), o.event.partition);
        break;
      case TraceKind::kDurable: OnLogDurable(o, node); break;
      case TraceKind::kPartitionDurable:
        End(node, o.event.partition);
        if (Lacks(o, o.event.partition)) Begin(o.node, o.event.partition, o.at);
        break;
      case TraceKind::kSpilled: OnSpilled(o, node.files[o.event.partition]); break;
      case TraceKind::kPartitionDropped:
        End(node, o.event.partition);
        node.files[o.event.partition] = File();
        break;
      case TraceKind::kPoisoned:
        if (o.event.partition == kSystemPartition) {
          node = Node();
          return;
        }
        if (!o.rungs.partition(o.event.partition).known) break;  // the spill
        End(node, o.event.partition);
        node.files[o.event.partition].stopped = true;
        break;
      default: break;
    }
    HurryHolder(o, node);
  }

 private:
  struct File {
    bool lacks = false;  // a record that the log has
    bool hurried = false;
    bool stopped = false;
    PartitionIndex spilled;  // up to here its records do not hold the log
    Instant since;
    Instant due;  // in Node::due, where it lacks one
  };
  struct Node {
    std::deque<std::pair<RaftIndex, PartitionId>> coming;  // appended, not yet durable in the log
    PerPartition<File> files;
    absl::btree_set<std::pair<Instant, PartitionId>> due;
  };

  bool IsDue(NodeId node) const { return contract().file_pace().IsDue(node) && contract().of(node).owes_everything(); }
  bool Lacks(const Observation& o, PartitionId partition) const {
    const PartitionRungs& p = o.rungs.partition(partition);
    const ModelRecord* next = p.known ? model().At(partition, p.durable.index.Next()) : nullptr;
    return next != nullptr && next->raft_index <= o.rungs.durable();
  }
  void Begin(NodeId node, PartitionId partition, Instant at) {
    File& file = nodes_[node].files[partition];
    if (file.stopped || file.lacks) return;
    file.lacks = true;
    file.hurried = false;
    Allow(node, partition, at);
  }
  // Counts anew from `since` on.
  void Allow(NodeId node, PartitionId partition, Instant since) {
    File& file = nodes_[node].files[partition];
    nodes_[node].due.erase({file.due, partition});
    file.since = since;
    file.due = since + AllowedTo(node, file);
    nodes_[node].due.insert({file.due, partition});
  }
  Duration AllowedTo(NodeId node, const File& file) const {
    const FilePace& pace = contract().file_pace();
    return (file.hurried ? Duration() : pace.gather()) + pace.TurnOf(node);
  }
  static void End(Node& node, PartitionId partition) {
    File& file = node.files[partition];
    node.due.erase({file.due, partition});
    file.lacks = false;
  }
  void OnLogDurable(const Observation& o, Node& node) {
    for (; !node.coming.empty() && node.coming.front().first <= o.rungs.durable(); node.coming.pop_front()) {
      const PartitionId partition = node.coming.front().second;
      if (!node.files[partition].lacks && Lacks(o, partition)) Begin(o.node, partition, o.at);
    }
  }
  // What it lacks holds the log no longer: it may gather.
  void OnSpilled(const Observation& o, File& file) {
    file.spilled = PartitionIndex(o.event.args[1]);
    if (!file.hurried || o.rungs.partition(o.event.partition).durable.index >= file.spilled) return;
    file.hurried = false;
    Allow(o.node, o.event.partition, o.at);
  }
  // Who holds the log by too much may gather no longer.
  void HurryHolder(const Observation& o, Node& node) {
    const uint64_t most = contract().file_pace().hurried_records();
    const RaftIndex held = o.rungs.min_required();
    if (most == 0 || o.rungs.appended().value() < held.value() + most) return;
    const RecordModel::LogPlace* place = model().AtLog(held);
    if (place == nullptr || place->partition == kSystemPartition) return;
    File& file = node.files[place->partition];
    const PartitionIndex next = o.rungs.partition(place->partition).durable.index.Next();
    const ModelRecord* lacked = model().At(place->partition, next);
    if (!file.lacks || file.hurried || lacked == nullptr || lacked->raft_index != held) return;
    if (next <= file.spilled) return;
    if (o.at + contract().file_pace().TurnOf(o.node) >= file.due) return;
    file.hurried = true;
    Allow(o.node, place->partition, o.at);
  }
  void CheckDue(const Observation& o, Node& node) {
    while (!node.due.empty() && node.due.begin()->first < o.at) {
      const PartitionId partition = node.due.begin()->second;
      File& file = node.files[partition];
      const Instant free = contract().file_pace().FreeFrom(o.node, partition, o.at);
      if (free > file.since) {
        Allow(o.node, partition, free);
        continue;
      }
      Complain(o, partition, file);
      End(node, partition);
    }
  }
  void Complain(const Observation& o, PartitionId partition, const File& file) {
    Report({.at = o.at,
            .node = o.node,
            .partition = partition,
            .message = absl::StrCat("the file of ", partition.ToString(), ", which no fault holds, lacks what the log ",
                                    "has, and made nothing of it durable from ", file.since.ToString(), " to ",
                                    o.at.ToString(), "; it is allowed ", AllowedTo(o.node, file).ToString(),
                                    file.hurried ? ", for it holds the log" : "")});
  }

  PerNode<Node> nodes_;
};

}  // namespace

std::unique_ptr<Oracle> MakeFilesKeepUp(const OracleContext& context) { return std::make_unique<FilesKeepUp>(context); }

}  // namespace tidemark::scenarios
