// T2: a reader gets the record, or is told that it was truncated: never that it is missing in the middle, nor that the
// device or the store failed where neither did. Nor does he get what is not committed: a recovery may drop that.

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"
#include "scenarios/oracles/per_node.h"

namespace tidemark::scenarios {
namespace {

class NoHoles : public Oracle {
 public:
  explicit NoHoles(const OracleContext& context) : Oracle(kNoHoles, Bits(TraceKind::kPoisoned), context) {}

  void OnEvent(const Observation& o) override { failed_[o.node] = 1; }
  void OnRecovered(const RecoveredNode& r) override { failed_[r.node] = 0; }
  void OnReadBack(const ReadBack& read) override {
    if (read.status.ok()) return CheckCommitted(read);
    if (!OughtToBeThere(read)) return;
    if (IsHonest(read.node, KindOf(read.status))) return;
    Report({.at = read.at,
            .node = read.node,
            .partition = read.partition,
            .raft_index = read.raft_index,
            .partition_index = read.index,
            .message = absl::StrCat("a reader of ", read.from_log ? "the log" : read.partition.ToString(), " at ",
                                    read.from_log ? read.raft_index.ToString() : read.index.ToString(),
                                    " was answered \"", std::string(read.status.ToString()),
                                    "\", although the record is promised and was not truncated (truncated ",
                                    read.truncated.ToString(), ")")});
  }

 private:
  void CheckCommitted(const ReadBack& read) {
    if (read.raft_index <= read.committed) return;
    Report({.what = "uncommitted record",
            .at = read.at,
            .node = read.node,
            .partition = read.partition,
            .raft_index = read.raft_index,
            .partition_index = read.index,
            .message = absl::StrCat("a reader of ", read.from_log ? "the log" : read.partition.ToString(), " got ",
                                    read.partition.ToString(), "/", read.index.ToString(), " (",
                                    read.raft_index.ToString(), ") while committed is ", read.committed.ToString())});
  }
  // Damage is an answer about a record that is there; when it may be given is R6's truth.
  bool IsHonest(NodeId node, ErrorKind kind) {
    const NodeContract& owed = contract().of(node);
    if (kind == ErrorKind::kIoError) return owed.may_stumble || owed.may_find_damage;
    return kind == ErrorKind::kCorruption || (kind == ErrorKind::kPoisoned && failed_[node] != 0);
  }
  static bool OughtToBeThere(const ReadBack& read) {
    if (!read.promised) return false;
    return read.from_log ? read.raft_index > read.truncated : read.index > read.partition_truncated;
  }

  PerNode<uint8_t> failed_;  // 1: the log, or a partition's file, in this life
};

}  // namespace

std::unique_ptr<Oracle> MakeNoHoles(const OracleContext& context) { return std::make_unique<NoHoles>(context); }

}  // namespace tidemark::scenarios
