// W1: a barrier passes only once each of its partitions has applied all its records up to the barrier's place, and none
// can come there any more; one that was dropped before it had done so is not waited for: then the barrier is refused. A
// follower gets records that are applied, from the one it asked for on, without a gap, and no more than it asked for; a
// flush is done once the log has made durable what it had taken, and each partition's file what it had been given; a
// truncation once the log is truncated to what somebody needed when it was asked for; a snapshot once the machine has
// taken one since and the partition's file is cut below it, for good. An error tells the truth: something failed, or
// is not there; and who asks for a place in the log, for a record, a creation or a drop, is told by the code whether to
// try again (answers.h). That each is the right record is judged as for any reader.

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/answers.h"
#include "scenarios/oracles/oracle_infos.h"
#include "scenarios/oracles/per_node.h"

namespace tidemark::scenarios {
namespace {

absl::string_view NameOf(Call call) {
  switch (call) {
    case Call::kTruncate: return "a truncation";
    case Call::kFlush: return "a flush";
    case Call::kSnapshot: return "a snapshot";
    case Call::kBarrier: return "a barrier";
  }
  return "";
}

class WaitersKept : public Oracle {
 public:
  explicit WaitersKept(const OracleContext& context)
      : Oracle(kWaitersKept, Bits(TraceKind::kPoisoned, TraceKind::kPartitionDropped), context) {}

  void OnEvent(const Observation& o) override {
    Node& node = nodes_[o.node];
    if (o.event.kind == TraceKind::kPoisoned) {
      node.failed.insert(o.event.partition);
      return;
    }
    node.snapshots.erase(o.event.partition);
    cut_[o.node].erase(o.event.partition);
    if (!o.rungs.live()) return;
    node.ended.push_back(
        {{o.event.partition, model().Incarnation(o.event.partition) - 1}, o.rungs.committed(), o.unapplied});
  }
  void OnDown(Instant, NodeId node, DownReason reason) override {
    nodes_[node] = Node();
    if (reason == DownReason::kDiskLost) cut_[node].clear();
  }
  // What a snapshot was answered to have taken from a file does not come back.
  void OnRecovered(const RecoveredNode& r) override {
    absl::btree_map<PartitionId, PartitionIndex> cut = std::exchange(cut_[r.node], {});
    if (!contract().of(r.node).owes_everything()) return;
    for (const PartitionLadder& p : r.ladder.partitions) {
      const auto was = cut.find(p.partition);
      if (was == cut.end()) continue;
      if (p.truncated_index >= was->second) {
        cut_[r.node].insert(*was);
        continue;
      }
      Report({.what = "snapshot undone",
              .at = r.at,
              .node = r.node,
              .partition = p.partition,
              .partition_index = p.truncated_index.Next(),
              .message = absl::StrCat("recovery found ", p.partition.ToString(), " cut below ",
                                      p.truncated_index.Next().ToString(),
                                      "; a snapshot had been answered, and all up to ", was->second.ToString(),
                                      " was to be gone for good")});
    }
  }

  void OnBarrier(const BarrierPassed& b) override {
    for (const AskedPartition& asked : b.partitions) {
      const RaftIndex unapplied = CheckPassed(b, asked);
      if (unapplied == RaftIndex(0) || unapplied > b.through) continue;
      Complain(b, asked, unapplied, absl::StrCat("has not applied its ", unapplied.ToString()));
    }
  }
  void OnFollowed(const Followed& f) override {
    if (f.entries.empty()) return Complain(f, "without any record");
    if (f.entries.size() > f.max_records) return Complain(f, "with more records than it asked for");
    uint64_t bytes = 0;
    for (size_t i = 0; i < f.entries.size(); ++i) {
      const Entry& entry = f.entries[i];
      if (entry.header.partition != f.partition || entry.header.partition_index != f.from.Plus(i)) {
        return Complain(f, absl::StrCat("with ", entry.header.partition.ToString(), "/",
                                        entry.header.partition_index.ToString(), " as record ", i));
      }
      bytes += entry.payload.size();
    }
    if (f.entries.size() > 1 && bytes > f.max_bytes) return Complain(f, "with more bytes than it asked for");
    if (f.from.Plus(f.entries.size() - 1) > f.rungs.partition(f.partition).applied.index) {
      Complain(f, "with records that are not applied");
    }
  }

  void OnFlushed(const Flushed& f) override {
    if (f.rungs.durable() < f.appended) {
      Report({.at = f.at,
              .node = f.node,
              .raft_index = f.rungs.durable().Next(),
              .message = absl::StrCat("a flush was answered although the log, which had taken ", f.appended.ToString(),
                                      ", is durable only to ", f.rungs.durable().ToString())});
    }
    for (const auto& [partition, through] : f.forwarded) {
      const PartitionIndex durable = f.rungs.partition(partition).durable.index;
      if (durable >= through) continue;
      Report({.at = f.at,
              .node = f.node,
              .partition = partition,
              .partition_index = durable.Next(),
              .message = absl::StrCat("a flush was answered although the file of ", partition.ToString(),
                                      ", which had been given ", through.ToString(), ", is durable only to ",
                                      durable.ToString())});
    }
  }
  void OnTruncated(const TruncatedNow& t) override {
    if (t.answer <= t.rungs.truncated() && t.answer.Next() >= t.min_required) return;
    Report(
        {.what = "truncation",
         .at = t.at,
         .node = t.node,
         .raft_index = t.answer.Next(),
         .message = absl::StrCat("a truncation that was asked for when ", t.min_required.ToString(),
                                 " was the first record that somebody needed was answered with ", t.answer.ToString(),
                                 "; the log is truncated to ", t.rungs.truncated().ToString())});
  }
  void OnMachineSnapshot(const MachineSnapshot& s) override {
    nodes_[s.node].snapshots[s.partition].push_back({s.at, s.ok, s.through});
  }
  void OnSnapshotDue(const SnapshotDue& s) override {
    const MachineAnswer* taken = AnswerSince(s.node, s.partition, s.asked, true);
    if (taken == nullptr) return ComplainOfSnapshot(s, "although the machine has taken none since it was asked for");
    const PartitionIndex first = std::min({taken->through, s.applied, s.durable});
    const PartitionIndex cut = s.rungs.partition(s.partition).truncated;
    if (cut.Next() < first)
      return ComplainOfSnapshot(s, absl::StrCat("although its file, of which the snapshot has all up to ",
                                                taken->through.ToString(), ", is cut only to ", cut.ToString()));
    if (first == PartitionIndex(0)) return;
    PartitionIndex& kept = cut_[s.node][s.partition];
    kept = std::max(kept, first.Prev());
  }
  void OnCallFailed(const CallFailed& f) override {
    if (KindOf(f.status) == ErrorKind::kPoisoned) {
      if (MayBePoisoned(f)) return;
    } else if (absl::IsNotFound(f.status)) {
      if (!f.all_there) return;
    } else if (f.call == Call::kSnapshot) {
      const NodeContract& owed = contract().of(f.node);
      if (owed.may_stumble || !owed.owes_everything()) return;  // a file of its could not be removed
      if (AnswerSince(f.node, f.partitions.front(), f.asked, false) != nullptr) return;
    }
    Report({.what = "error",
            .at = f.at,
            .node = f.node,
            .partition = f.partitions.empty() ? kSystemPartition : f.partitions.front(),
            .message = absl::StrCat(NameOf(f.call), " was answered with an error that nothing explains: ",
                                    std::string(f.status.message()))});
  }
  void OnLifeLimits(NodeId node, const LifeLimits& limits) override { nodes_[node].limits = limits; }
  void OnTaken(const Taken& t) override {
    const std::string contradicts = Contradiction(
        t,
        {.life = nodes_[t.node].limits, .limits = contract().limits(), .may_be_poisoned = EngineMayHaveFailed(t.node)});
    if (contradicts.empty()) return;
    Report({.what = "answer", .at = t.at, .node = t.node, .partition = t.partition, .message = contradicts});
  }

 private:
  // A partition that was dropped in this life, and how it stood then.
  struct Ended {
    AskedPartition was;
    RaftIndex committed;
    RaftIndex unapplied;  // 0: nothing
  };

  struct MachineAnswer {
    Instant at;
    bool ok;
    PartitionIndex through;
  };
  // Of this life.
  struct Node {
    absl::btree_set<PartitionId> failed;
    absl::btree_map<PartitionId, std::vector<MachineAnswer>> snapshots;
    std::vector<Ended> ended;
    LifeLimits limits;
  };

  // As the partition stands, or stood when it was dropped: its first record that is not applied, 0 where there is none.
  RaftIndex CheckPassed(const BarrierPassed& b, const AskedPartition& asked) {
    RaftIndex committed = b.rungs.committed();
    RaftIndex unapplied;
    if (model().Incarnation(asked.partition) == asked.incarnation) {
      const PartitionIndex next = b.rungs.partition(asked.partition).applied.index.Next();
      const ModelRecord* record = model().At(asked.partition, next);
      if (record != nullptr) unapplied = record->raft_index;
    } else {
      const std::vector<Ended>& ended = nodes_[b.node].ended;
      const auto found = std::find_if(ended.begin(), ended.end(), [&](const Ended& e) {
        return e.was.partition == asked.partition && e.was.incarnation == asked.incarnation;
      });
      committed = found == ended.end() ? RaftIndex(0) : found->committed;
      if (found != ended.end()) unapplied = found->unapplied;
    }
    if (b.through > committed)
      Complain(b, asked, RaftIndex(0), absl::StrCat("may get records there: committed is ", committed.ToString()));
    return unapplied;
  }
  void Complain(const BarrierPassed& b, const AskedPartition& asked, RaftIndex raft_index, const std::string& why) {
    const bool gone = model().Incarnation(asked.partition) != asked.incarnation;
    Report({.what = "barrier",
            .at = b.at,
            .node = b.node,
            .partition = asked.partition,
            .raft_index = raft_index,
            .message = absl::StrCat("a barrier at ", b.through.ToString(), " passed although ",
                                    asked.partition.ToString(), gone ? ", when it was dropped, " : " ", why)});
  }
  // The machine's first answer of that sort from then on; null: none.
  const MachineAnswer* AnswerSince(NodeId node, PartitionId partition, Instant asked, bool ok) {
    const std::vector<MachineAnswer>& answers = nodes_[node].snapshots[partition];
    const auto found = std::find_if(answers.begin(), answers.end(),
                                    [&](const MachineAnswer& a) { return a.at >= asked && a.ok == ok; });
    return found == answers.end() ? nullptr : &*found;
  }
  // The log failed, or a file of a partition that it is about; where recovery rolls back, any file. Damage that is
  // found fails a file without its own doing.
  bool MayBePoisoned(const CallFailed& f) {
    const absl::btree_set<PartitionId>& failed = nodes_[f.node].failed;
    return EngineMayHaveFailed(f.node) ||
           std::any_of(f.partitions.begin(), f.partitions.end(), [&](PartitionId p) { return failed.contains(p); });
  }
  bool EngineMayHaveFailed(NodeId node) {
    const NodeContract& owed = contract().of(node);
    const absl::btree_set<PartitionId>& failed = nodes_[node].failed;
    return owed.may_find_damage || failed.contains(kSystemPartition) || (owed.may_roll_back && !failed.empty());
  }
  void ComplainOfSnapshot(const SnapshotDue& s, const std::string& what) {
    Report({.what = "snapshot",
            .at = s.at,
            .node = s.node,
            .partition = s.partition,
            .message = absl::StrCat("a snapshot of ", s.partition.ToString(), " was answered ", what)});
  }
  void Complain(const Followed& f, const std::string& what) {
    Report({.what = "follower",
            .at = f.at,
            .node = f.node,
            .partition = f.partition,
            .partition_index = f.from,
            .message = absl::StrCat("a follower of ", f.partition.ToString(), " from ", f.from.ToString(),
                                    " was answered ", what, "; the partition has applied ",
                                    f.rungs.partition(f.partition).applied.index.ToString())});
  }

  PerNode<Node> nodes_;
  // Up to here a partition's file was to be cut, by a snapshot that was answered.
  PerNode<absl::btree_map<PartitionId, PartitionIndex>> cut_;
};

}  // namespace

std::unique_ptr<Oracle> MakeWaitersKept(const OracleContext& context) { return std::make_unique<WaitersKept>(context); }

}  // namespace tidemark::scenarios
