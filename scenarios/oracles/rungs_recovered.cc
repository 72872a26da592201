// R4: a recovery brings every durable rung back at least to where it stood when the process or the machine died. Where
// it may roll back, this holds of what was committed.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"

namespace tidemark::scenarios {
namespace {

class RungsRecovered : public Oracle {
 public:
  explicit RungsRecovered(const OracleContext& context) : Oracle(kRungsRecovered, 0, context) {}

  void OnRecovered(const RecoveredNode& r) override {
    if (!contract().of(r.node).owes_everything()) return;
    const bool may_roll_back = contract().of(r.node).may_roll_back;
    if (!may_roll_back) Compare(r, "durable", r.before.durable(), r.ladder.durable);
    Compare(r, "committed", r.before.committed(), r.ladder.committed);
    Compare(r, "truncated", r.before.truncated(), r.ladder.truncated);
    for (const PartitionLadder& p : r.ladder.partitions) {
      if (WasMadeAnew(r.report, p.partition)) continue;
      PartitionIndex before = r.before.partition(p.partition).durable.index;
      if (may_roll_back) before = LastCommitted(p.partition, before, r.before.committed());
      if (p.durable_index >= before) continue;
      Report({.what = "partition file",
              .at = r.at,
              .node = r.node,
              .partition = p.partition,
              .raft_index = p.partition_durable,
              .partition_index = p.durable_index,
              .message = absl::StrCat("the file of ", p.partition.ToString(), " came back durable to ",
                                      p.durable_index.ToString(), "; it had been durable to ", before.ToString())});
    }
  }

 private:
  // From the log, which has all its records: a damaged file, or one that an interrupted recovery had removed as
  // damaged.
  static bool WasMadeAnew(const RecoveryReport& report, PartitionId partition) {
    return std::any_of(report.partitions.begin(), report.partitions.end(), [&](const PartitionRecovery& p) {
      return p.partition == partition && (p.rebuilt || p.created);
    });
  }
  // The partition's last record that is committed, and not above `through`.
  PartitionIndex LastCommitted(PartitionId partition, PartitionIndex through, RaftIndex committed) const {
    const ModelRecord* record = model().At(partition, through);
    while (record != nullptr && record->raft_index > committed) {
      through = through.Prev();
      record = model().At(partition, through);
    }
    return through;
  }
  void Compare(const RecoveredNode& r, absl::string_view rung, RaftIndex before, RaftIndex after) {
    if (after >= before) return;
    Report({.what = "log",
            .at = r.at,
            .node = r.node,
            .raft_index = after,
            .message = absl::StrCat("the log's rung ", rung, " came back at ", after.ToString(), "; it had stood at ",
                                    before.ToString())});
  }
};

}  // namespace

std::unique_ptr<Oracle> MakeRungsRecovered(const OracleContext& context) {
  return std::make_unique<RungsRecovered>(context);
}

}  // namespace tidemark::scenarios
