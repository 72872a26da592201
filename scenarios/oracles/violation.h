#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/base/ids.h"
#include "engine/base/time.h"

namespace tidemark::scenarios {

// What an oracle says when its truth is broken: where, and in one sentence why.
struct Violation {
  absl::string_view oracle = {};  // "L1"; static
  absl::string_view what = {};    // which way of breaking the truth, where there are several: "lost record"; static
  Instant at = {};
  NodeId node = {};
  PartitionId partition = {};           // 0: the log as a whole
  RaftIndex raft_index = {};            // 0: none
  PartitionIndex partition_index = {};  // 0: none
  std::string message = {};
};

// Where oracles report. Keeps the first few: what follows a broken truth is noise.
class ViolationSink {
 public:
  static constexpr size_t kKept = 8;
  void Report(Violation violation) {
    if (violations_.size() < kKept) violations_.push_back(std::move(violation));
  }
  bool empty() const { return violations_.empty(); }
  const std::vector<Violation>& violations() const { return violations_; }

 private:
  std::vector<Violation> violations_;
};

}  // namespace tidemark::scenarios
