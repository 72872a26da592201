// T2: a reader gets the record, or is told that it was truncated: never that it is missing in the middle.

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"

namespace tidemark::scenarios {
namespace {

class NoHoles : public Oracle {
 public:
  explicit NoHoles(const OracleContext& context) : Oracle(kNoHoles, 0, context) {}

  void OnReadBack(const ReadBack& read) override {
    if (read.status.ok() || !OughtToBeThere(read)) return;
    const ErrorKind kind = KindOf(read.status);
    // Damage and device errors are answers about a record that is there; what they may be is R6's truth.
    if (kind == ErrorKind::kCorruption || kind == ErrorKind::kIoError || kind == ErrorKind::kPoisoned) return;
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
  bool OughtToBeThere(const ReadBack& read) const {
    if (read.from_log) return read.raft_index > read.truncated && read.raft_index <= model().PromisedLog();
    return read.index > read.partition_truncated && read.index <= model().Promised(read.partition);
  }
};

}  // namespace

std::unique_ptr<Oracle> MakeNoHoles(const OracleContext& context) { return std::make_unique<NoHoles>(context); }

}  // namespace tidemark::scenarios
