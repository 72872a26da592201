// R2: every record that is taken, recovered, applied or read is one that a client sent, to a partition that nobody has
// dropped; and who is told that a partition was dropped finds nothing of it.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"

namespace tidemark::scenarios {
namespace {

class NothingInvented : public Oracle {
 public:
  explicit NothingInvented(const OracleContext& context)
      : Oracle(kNothingInvented, Bits(TraceKind::kAppended), context) {}

  void OnEvent(const Observation& o) override {
    if (o.event.partition == kSystemPartition) return;
    if (o.rungs.live() && o.rungs.partition(o.event.partition).dropping) ReportLate(o);
    if (o.placement != Placement::kNobodySent && o.placement != Placement::kOtherPayload) return;
    Report(
        {.what = "taken record",
         .at = o.at,
         .node = o.node,
         .partition = o.event.partition,
         .raft_index = RaftIndex(o.event.args[0]),
         .partition_index = PartitionIndex(o.event.args[1]),
         .message = absl::StrCat(
             "the store took a record of ", o.event.args[2], " bytes for ", o.event.partition.ToString(),
             o.placement == Placement::kNobodySent ? " that no client had sent" : " that is not the one sent next")});
  }
  void OnRecovered(const RecoveredNode& r) override {
    for (const PartitionLadder& p : r.ladder.partitions) {
      const bool may_lie = contract().of(r.node).may_lose_silently;
      if (!model().MayExist(p.partition) && !may_lie) ReportBack(r, p.partition);
      const PartitionIndex last = may_lie
                                      ? std::max(model().LastUnseen(p.partition), model().LastBeforeDrop(p.partition))
                                      : model().Last(p.partition);
      if (p.appended_index <= last) continue;
      Report(
          {.what = "recovered record",
           .at = r.at,
           .node = r.node,
           .partition = p.partition,
           .raft_index = p.appended,
           .partition_index = p.appended_index,
           .message = absl::StrCat("recovery found ", p.partition.ToString(), " filled to ",
                                   p.appended_index.ToString(), "; the last record ever taken was ", last.ToString())});
    }
  }
  void OnDropDone(const DropDone& d) override {
    const bool dropped = model().Incarnation(d.partition) != d.incarnation;
    if (dropped && !d.rungs.partition(d.partition).known) return;
    Report({.what = "dropped partition",
            .at = d.at,
            .node = d.node,
            .partition = d.partition,
            .message = absl::StrCat("a drop was answered although ", d.partition.ToString(),
                                    dropped ? "'s files are not gone" : "'s end is not durable")});
  }
  void OnApply(const ApplyStep& step) override {
    Judge(step.content, "applied",
          {.at = step.at,
           .node = step.node,
           .partition = step.partition,
           .raft_index = step.raft_index,
           .partition_index = step.index},
          step.payload);
  }
  void OnReadBack(const ReadBack& read) override {
    Judge(read.content, "served",
          {.at = read.at,
           .node = read.node,
           .partition = read.partition,
           .raft_index = read.raft_index,
           .partition_index = read.index},
          read.payload);
  }

 private:
  void ReportLate(const Observation& o) {
    Report({.what = "record after the drop",
            .at = o.at,
            .node = o.node,
            .partition = o.event.partition,
            .raft_index = RaftIndex(o.event.args[0]),
            .partition_index = PartitionIndex(o.event.args[1]),
            .message = absl::StrCat("the store took a record for ", o.event.partition.ToString(),
                                    " after it had accepted that partition's drop")});
  }
  void ReportBack(const RecoveredNode& r, PartitionId id) {
    Report({.what = "recovered partition",
            .at = r.at,
            .node = r.node,
            .partition = id,
            .message = absl::StrCat("recovery came with ", id.ToString(), ", which ",
                                    model().IsDropped(id) ? "had been dropped durably" : "nobody had created")});
  }
  void Judge(Content content, absl::string_view verb, Violation where, ByteSpan payload) {
    if (content != Content::kInvented && content != Content::kBeyond) return;
    where.what = "content";
    where.message =
        absl::StrCat(DescribeContent(payload), " was ", verb, " at ", where.partition_index.ToString(), " of ",
                     where.partition.ToString(),
                     content == Content::kBeyond ? ", where no record ought to stand" : "; no client ever sent it");
    Report(std::move(where));
  }
};

}  // namespace

std::unique_ptr<Oracle> MakeNothingInvented(const OracleContext& context) {
  return std::make_unique<NothingInvented>(context);
}

}  // namespace tidemark::scenarios
