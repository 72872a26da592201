// Both ways to a roster agree with reading the log from its begin.

#include "engine/segmented_log/roster_ahead.h"

#include <iterator>
#include <map>
#include <string>
#include <utility>
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

std::string Named(uint64_t partition) {
  std::string payload(8, '\0');
  PutFixed64(reinterpret_cast<uint8_t*>(&payload[0]), partition);
  return payload;
}

// A log of creations, drops and records, chosen by numbers.
std::vector<Logged> LogOf(const std::vector<uint8_t>& choices) {
  std::vector<Logged> log;
  std::map<uint64_t, PartitionIndex> next = {{0, PartitionIndex(1)}};
  const auto add = [&](uint64_t partition, RecordKind kind, std::string payload) {
    log.push_back({{Term(1), PartitionId(partition), next[partition], kind}, std::move(payload)});
    next[partition] = next[partition].Next();
  };
  for (uint8_t choice : choices) {
    const uint64_t chosen = std::next(next.begin(), choice / 8 % next.size())->first;
    if (choice % 8 == 0) {
      const uint64_t created = next.rbegin()->first + 1;  // a dropped one may come again
      add(0, RecordKind::kCreatePartition, Named(created));
      next[created] = PartitionIndex(1);
    } else if (choice % 8 == 1 && chosen != 0) {
      add(0, RecordKind::kDropPartition, Named(chosen));
      next.erase(chosen);
    } else {
      add(chosen, chosen == 0 ? RecordKind::kNoOp : RecordKind::kData, "");
    }
  }
  return log;
}

// Whether the first record from `place` on that concerns the partition is its drop.
bool IsDroppedNext(const std::vector<Logged>& log, size_t place, size_t end, PartitionId partition) {
  for (size_t i = place; i < end; ++i) {
    if (log[i].header.partition == partition) return false;
    if (log[i].payload == Named(partition.value())) return true;
  }
  return false;
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
  std::vector<RosterEntry> expected = ahead.Entries();
  for (RosterEntry& entry : expected) {
    const bool is_system = entry.partition == kSystemPartition;
    if (!is_system && IsDroppedNext(log, place, known, entry.partition)) entry.next_index = PartitionIndex(1);
  }
  RC_ASSERT(behind.Before(further.Entries()) == expected);
}

}  // namespace
}  // namespace tidemark
