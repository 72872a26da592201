// R3: every record stands at one place of its partition only, and that is where it was put.

#include "absl/strings/str_cat.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"

namespace tidemark::scenarios {
namespace {

class NothingTwice : public Oracle {
 public:
  explicit NothingTwice(const OracleContext& context) : Oracle(kNothingTwice, Bits(TraceKind::kAppended), context) {}

  void OnEvent(const Observation& o) override {
    if (o.placement != Placement::kOtherPlace) return;
    Report({.what = "put elsewhere",
            .at = o.at,
            .node = o.node,
            .partition = o.event.partition,
            .raft_index = RaftIndex(o.event.args[0]),
            .partition_index = PartitionIndex(o.event.args[1]),
            .message = absl::StrCat("a record was put at ", PartitionIndex(o.event.args[1]).ToString(), " of ",
                                    o.event.partition.ToString(), ", whose last record is ",
                                    model().Last(o.event.partition).ToString())});
  }
  void OnApply(const ApplyStep& step) override {
    Judge(step.content, "applied",
          {.at = step.at,
           .node = step.node,
           .partition = step.partition,
           .raft_index = step.raft_index,
           .partition_index = step.index},
          step.payload);
    const ModelRecord* record = model().At(step.partition, step.index);
    if (record == nullptr || record->raft_index == step.raft_index) return;
    ReportPlace({.at = step.at,
                 .node = step.node,
                 .partition = step.partition,
                 .raft_index = step.raft_index,
                 .partition_index = step.index},
                record->raft_index);
  }
  void OnReadBack(const ReadBack& read) override {
    if (!read.status.ok()) return;
    const Violation where{.at = read.at,
                          .node = read.node,
                          .partition = read.partition,
                          .raft_index = read.raft_index,
                          .partition_index = read.index};
    Judge(read.content, "served", where, read.payload);
    if (!read.from_log) {
      const ModelRecord* record = model().At(read.partition, read.index);
      if (record != nullptr && record->raft_index != read.raft_index) ReportPlace(where, record->raft_index);
      return;
    }
    const RecordModel::LogPlace* place = model().AtLog(read.raft_index);
    if (place == nullptr || (place->partition == read.partition && (read.is_control || place->index == read.index))) {
      return;
    }
    Violation violation = where;
    violation.what = "served from elsewhere";
    violation.message = absl::StrCat("the log's ", read.raft_index.ToString(), " was served as ",
                                     read.partition.ToString(), "/", read.index.ToString(), "; it was put there as ",
                                     place->partition.ToString(), "/", place->index.ToString());
    Report(std::move(violation));
  }

 private:
  void Judge(Content content, absl::string_view verb, Violation where, ByteSpan payload) {
    if (content != Content::kOther) return;
    where.what = "other content";
    where.message = absl::StrCat(DescribeContent(payload), " was ", verb, " at ", where.partition_index.ToString(),
                                 " of ", where.partition.ToString(), ", the place of another record");
    Report(std::move(where));
  }
  void ReportPlace(Violation where, RaftIndex put) {
    where.what = "other raft index";
    where.message = absl::StrCat(where.partition.ToString(), "/", where.partition_index.ToString(),
                                 " came as raft index ", where.raft_index.ToString(), "; it was put at ",
                                 put.ToString());
    Report(std::move(where));
  }
};

}  // namespace

std::unique_ptr<Oracle> MakeNothingTwice(const OracleContext& context) {
  return std::make_unique<NothingTwice>(context);
}

}  // namespace tidemark::scenarios
