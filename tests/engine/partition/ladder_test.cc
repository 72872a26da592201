#include "engine/partition/ladder.h"

#include "gtest/gtest.h"

namespace tidemark {
namespace {

TEST(Ladder, PrintsEveryRung) {
  Ladder ladder;
  ladder.appended = RaftIndex(17);
  ladder.durable = RaftIndex(16);
  ladder.committed = RaftIndex(15);
  ladder.min_required = RaftIndex(9);
  ladder.holder = PartitionId(2);
  ladder.reason = NeedReason::kSync;
  ladder.truncated = RaftIndex(4);
  EXPECT_EQ(ladder.ToString(), "appended r17 durable r16 committed r15 min_required r9 (p2 sync) truncated r4");
  ladder.partitions.push_back({.partition = PartitionId(2),
                               .appended = RaftIndex(14),
                               .forwarded = RaftIndex(12),
                               .partition_durable = RaftIndex(8),
                               .applied = RaftIndex(3),
                               .appended_index = PartitionIndex(7),
                               .forwarded_index = PartitionIndex(6),
                               .durable_index = PartitionIndex(5),
                               .applied_index = PartitionIndex(1),
                               .min_required = RaftIndex(9),
                               .reason = NeedReason::kSync,
                               .stopped = ErrorKind::kPoisoned});
  const std::string text = ladder.ToString();
  for (const char* part :
       {"p2 appended r14/i7", "forwarded r12/i6", "durable r8/i5", "applied r3/i1", "needs r9 to sync", "STOPPED"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in: " << text;
  }
}

}  // namespace
}  // namespace tidemark
