// W1: a barrier passes only once each of its partitions has applied all its records up to the barrier's place, and none
// can come there any more; one that was dropped before it had done so is not waited for: then the barrier is refused. A
// follower gets records that are applied, from the one it asked for on, without a gap, and no more than it asked for; a
// flush is done once the log has made durable what it had taken, and each partition's file what it had been given.
// That each is the right record is judged as for any reader.

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"
#include "scenarios/oracles/per_node.h"

namespace tidemark::scenarios {
namespace {

class WaitersKept : public Oracle {
 public:
  explicit WaitersKept(const OracleContext& context)
      : Oracle(kWaitersKept, Bits(TraceKind::kPartitionDropped), context) {}

  void OnEvent(const Observation& o) override {
    if (!o.rungs.live()) return;
    ended_[o.node].push_back(
        {{o.event.partition, model().Incarnation(o.event.partition) - 1}, o.rungs.committed(), o.unapplied});
  }
  void OnDown(Instant, NodeId node, DownReason) override { ended_[node].clear(); }

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

 private:
  // A partition that was dropped in this life, and how it stood then.
  struct Ended {
    AskedPartition was;
    RaftIndex committed;
    RaftIndex unapplied;  // 0: nothing
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
      const std::vector<Ended>& ended = ended_[b.node];
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

  PerNode<std::vector<Ended>> ended_;
};

}  // namespace

std::unique_ptr<Oracle> MakeWaitersKept(const OracleContext& context) { return std::make_unique<WaitersKept>(context); }

}  // namespace tidemark::scenarios
