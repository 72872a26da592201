#pragma once

// A partition whose file does not sync, beside one that fills the log.

#include <string>

#include "tests/engine/node/engine_fixture.h"

namespace tidemark::tests {

class HangingFileFixture : public EngineFixture {
 protected:
  HangingFileFixture() {
    options.max_hold_records = 100;
    options.max_unapplied_records = 200;
    options.partition_window_bytes = 1000;
    options.partition_flush_delay = options.partition_sync_gap = Duration();
  }
  // Fifty records of partition 1, whose file hangs, and as many of partition 2 as fill several files of the log.
  void HangUntilTheLogLetsGo() {
    Create(2);
    Settle();
    world.HangSyncsOf("p-0000000001/");
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(Append(1, Payload(i)).ok());
    AppendMany(2, 1500);
    ASSERT_TRUE(world.RunUntil([&] { return engine->ladder().truncated > RaftIndex(500); }))
        << engine->ladder().ToString();
    ASSERT_LT(At(1).durable_index, PartitionIndex(50));
    ASSERT_EQ(At(1).spilled_index, PartitionIndex(50));
  }
  static std::string Payload(int i) { return std::to_string(i) + std::string(90, '.'); }
  void ExpectAllApplied() {
    ASSERT_TRUE(world.RunUntil([&] { return Applied(1) == 50 && At(1).durable_index == PartitionIndex(50); }))
        << engine->ladder().ToString();
    for (int i = 0; i < 50; ++i) EXPECT_EQ(ledger.records[1][i], Payload(i));
  }
};

}  // namespace tidemark::tests
