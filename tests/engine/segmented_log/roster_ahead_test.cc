// Both ways to a roster agree with reading the log from its begin.

#include "engine/segmented_log/roster_ahead.h"

#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/coding.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tidemark {
namespace {

struct Logged {
  EntryHeader header;
  std::string payload;
};

// A log of creations and records, chosen by numbers.
std::vector<Logged> LogOf(const std::vector<uint8_t>& choices) {
  std::vector<Logged> log;
  std::vector<PartitionIndex> next = {PartitionIndex(1)};  // by partition; the system partition is the first
  for (uint8_t choice : choices) {
    if (choice % 4 == 0) {
      std::string payload(8, '\0');
      PutFixed64(reinterpret_cast<uint8_t*>(&payload[0]), next.size());
      log.push_back({{Term(1), kSystemPartition, next[0], RecordKind::kCreatePartition}, payload});
      next[0] = next[0].Next();
      next.push_back(PartitionIndex(1));
      continue;
    }
    const size_t partition = choice % next.size();
    log.push_back(
        {{Term(1), PartitionId(partition), next[partition], partition == 0 ? RecordKind::kNoOp : RecordKind::kData},
         ""});
    next[partition] = next[partition].Next();
  }
  return log;
}

RC_GTEST_PROP(RosterAhead, IsTheSameFromBothSides, (const std::vector<uint8_t>& choices)) {
  const std::vector<Logged> log = LogOf(choices);
  const size_t place = *rc::gen::inRange<size_t>(0, log.size() + 1);
  const size_t known = *rc::gen::inRange<size_t>(place, log.size() + 1);
  RosterAhead ahead;
  for (size_t i = 0; i < place; ++i) ahead.Apply(log[i].header, AsBytes(log[i].payload));
  RosterAhead further(ahead.Entries());
  RosterBehind behind;
  for (size_t i = place; i < known; ++i) {
    further.Apply(log[i].header, AsBytes(log[i].payload));
    behind.See(log[i].header, AsBytes(log[i].payload));
  }
  RC_ASSERT(behind.Before(further.Entries()) == ahead.Entries());
}

}  // namespace
}  // namespace tidemark
