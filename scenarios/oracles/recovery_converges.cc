// R5: recovering twice equals recovering once. When nothing was taken between two recoveries, the second ends
// every partition, and the log's client records, exactly where the first did.

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"
#include "scenarios/oracles/per_node.h"

namespace tidemark::scenarios {
namespace {

class RecoveryConverges : public Oracle {
 public:
  explicit RecoveryConverges(const OracleContext& context)
      : Oracle(kRecoveryConverges, Bits(TraceKind::kAppended), context) {}

  void OnEvent(const Observation& o) override {
    if (o.rungs.live()) nodes_[o.node].ends.clear();
  }
  void OnRecovered(const RecoveredNode& r) override {
    State& state = nodes_[r.node];
    std::vector<End> ends;
    for (const PartitionLadder& p : r.ladder.partitions) ends.push_back({p.partition, p.appended_index});
    std::sort(ends.begin(), ends.end(), [](const End& a, const End& b) { return a.partition < b.partition; });
    if (!state.ends.empty() && contract().of(r.node).owes_everything()) Compare(r, state.ends, ends);
    state.ends = std::move(ends);
  }

 private:
  struct End {
    PartitionId partition;
    PartitionIndex index;
    friend bool operator==(const End&, const End&) = default;
  };
  struct State {
    std::vector<End> ends;  // empty: unknown, or something was taken since
  };
  void Compare(const RecoveredNode& r, const std::vector<End>& first, const std::vector<End>& second) {
    if (first == second) return;
    Violation violation{.at = r.at, .node = r.node};
    violation.message = absl::StrCat("two recoveries with nothing taken between them differ: ", Text(first),
                                     " and then ", Text(second));
    Report(std::move(violation));
  }
  static std::string Text(const std::vector<End>& ends) {
    std::string text;
    for (const End& end : ends) {
      absl::StrAppend(&text, text.empty() ? "" : " ", end.partition.ToString(), "/", end.index.ToString());
    }
    return text.empty() ? "no partition" : text;
  }

  PerNode<State> nodes_;
};

}  // namespace

std::unique_ptr<Oracle> MakeRecoveryConverges(const OracleContext& context) {
  return std::make_unique<RecoveryConverges>(context);
}

}  // namespace tidemark::scenarios
