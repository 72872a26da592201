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
  ladder.safe = RaftIndex(11);
  ladder.holder = PartitionId(2);
  ladder.reason = NeedReason::kSync;
  ladder.truncated = RaftIndex(4);
  EXPECT_EQ(ladder.ToString(),
            "appended r17 durable r16 committed r15 safe r11 min_required r9 (p2 sync) truncated r4");
  PartitionLadder p;
  p.partition = PartitionId(2);
  p.appended = RaftIndex(14);
  p.forwarded = RaftIndex(12);
  p.partition_durable = RaftIndex(8);
  p.applied = RaftIndex(3);
  p.appended_index = PartitionIndex(7);
  p.forwarded_index = PartitionIndex(6);
  p.durable_index = PartitionIndex(5);
  p.applied_index = PartitionIndex(1);
  p.min_required = RaftIndex(9);
  p.reason = NeedReason::kSync;
  p.stopped = ErrorKind::kPoisoned;
  ladder.partitions.push_back(p);
  const std::string text = ladder.ToString();
  for (const char* part :
       {"p2 appended r14/i7", "forwarded r12/i6", "durable r8/i5", "applied r3/i1", "needs r9 to sync", "STOPPED"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in: " << text;
  }
}

}  // namespace
}  // namespace tidemark
