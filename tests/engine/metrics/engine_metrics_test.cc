#include "engine/metrics/engine_metrics.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "engine/metrics/metered_disk.h"
#include "gtest/gtest.h"
#include "tests/engine/node/engine_fixture.h"

namespace tidemark::tests {
namespace {

class EngineMetricsTest : public EngineFixture {
 protected:
  // As EngineFixture::Recover, through the metrics.
  void RecoverMetered(EngineOptions::Mode mode) { RecoverOn(disk, mode); }
  void RecoverOn(Disk& disk, EngineOptions::Mode mode) {
    engine.reset();
    options.mode = mode;
    Env env{.clock = world, .executor = world, .disk = disk, .tracer = metrics, .random = RandomKey(1)};
    bool done = false;
    Engine::Recover(env, options, ledger, [&](Engine::RecoverOutcome outcome) {
      done = true;
      status = outcome.engine.status();
      if (outcome.engine.ok()) engine = *std::move(outcome.engine);
    });
    ASSERT_TRUE(world.RunUntil([&] { return done; }));
  }
  bool Says(const std::string& line) const {
    return ("\n" + metrics.Text(*engine)).find("\n" + line + "\n") != std::string::npos;
  }

  static int ValueOf(const std::string& text, const std::string& metric) {
    return std::atoi(text.substr(text.find(metric) + metric.size(), 20).c_str());
  }

  EngineMetrics metrics{world, world};
  MeteredDisk disk{world, world, metrics};
};

// The whole text of a small life, without the disk's part, which tells how the engine writes. Where it changes on
// purpose, what draws these metrics changes too.
TEST_F(EngineMetricsTest, TextOfASmallLife) {
  RecoverOn(world, EngineOptions::Mode::kCreate);
  ASSERT_TRUE(CreatePartition(1).ok());
  ASSERT_TRUE(CreatePartition(2).ok());
  AppendMany(1, 3);
  ASSERT_FALSE(Append(1, std::string(5000, 'x')).ok());
  Settle();
  ledger.hold = true;
  AppendMany(2, 2);
  const std::string text = metrics.Text(*engine);
  std::ifstream golden("tests/engine/metrics/engine_metrics.golden");
  const std::string expected{std::istreambuf_iterator<char>(golden), std::istreambuf_iterator<char>()};
  EXPECT_EQ(text, expected) << text;
}

TEST_F(EngineMetricsTest, WritesAndSyncsAreCountedByKindOfFile) {
  RecoverMetered(EngineOptions::Mode::kCreate);
  ASSERT_TRUE(CreatePartition(1).ok());
  const std::string before = metrics.Text(*engine);
  AppendMany(1, 1);
  Settle();
  const std::string after = metrics.Text(*engine);
  for (const char* file : {"log", "partition"}) {
    const std::string count = std::string("tidemark_sync_seconds_count{file=\"") + file + "\"} ";
    EXPECT_EQ(ValueOf(after, count), ValueOf(before, count) + 1) << file;
    const std::string bytes = std::string("tidemark_written_bytes_total{file=\"") + file + "\"} ";
    EXPECT_EQ(ValueOf(after, bytes), ValueOf(before, bytes) + options.block_bytes) << file;
    const std::string writes = std::string("tidemark_write_seconds_count{file=\"") + file + "\"} ";
    EXPECT_EQ(ValueOf(after, writes), ValueOf(before, writes)) << file << ": it was one call for both";
  }
}

TEST_F(EngineMetricsTest, EventsGoOnToTheNextTracer) {
  RecoverMetered(EngineOptions::Mode::kCreate);
  ASSERT_FALSE(world.events.empty());
  EXPECT_EQ(world.events.back().kind, TraceKind::kRecovered);
}

TEST_F(EngineMetricsTest, RefusedRecoveryIsCountedByKind) {
  RecoverMetered(EngineOptions::Mode::kExisting);
  ASSERT_EQ(KindOf(status), ErrorKind::kNoStore);
  RecoverMetered(EngineOptions::Mode::kCreate);
  EXPECT_TRUE(Says("tidemark_recoveries_total{outcome=\"no_store\"} 1")) << metrics.Text(*engine);
  EXPECT_TRUE(Says("tidemark_recoveries_total{outcome=\"ok\"} 1")) << metrics.Text(*engine);
}

TEST_F(EngineMetricsTest, FailedSyncOfTheLogIsSeen) {
  RecoverMetered(EngineOptions::Mode::kCreate);
  ASSERT_TRUE(CreatePartition(1).ok());
  Settle();
  world.FailSyncs(1);
  EXPECT_FALSE(Append(1, "lost").ok());
  EXPECT_TRUE(Says("tidemark_disk_errors_total{file=\"log\"} 1"));
  EXPECT_TRUE(Says("tidemark_failed_files_total{file=\"log\"} 1"));
  EXPECT_TRUE(Says("tidemark_state{state=\"poisoned\"} 1"));
}

// Nobody waited for it, and the next append may come an hour later.
TEST_F(EngineMetricsTest, WhatRecoveryAppendsIsNoAppendThatTookLong) {
  options.recovery = EngineOptions::Recovery::kRollback;
  RecoverOn(world, EngineOptions::Mode::kCreate);
  ASSERT_TRUE(CreatePartition(1).ok());
  world.HangSyncsOf("p-0000000001");
  engine->Append(PartitionId(1), AsBytes("durable in the log only"), [](const absl::StatusOr<AppendResult>&) {});
  world.RunReady();
  const RaftIndex last = engine->ladder().durable;
  PowerLoss();
  world.HangSyncsOf("");
  options.recovery = EngineOptions::Recovery::kRedo;
  RecoverOn(world, EngineOptions::Mode::kExisting);
  ASSERT_EQ(engine->ladder().appended, last.Next()) << "it says that its records stay";
  bool later = false;
  world.ScheduleAfter(Duration::Seconds(100), [&] { later = true; });
  ASSERT_TRUE(world.RunUntil([&] { return later; }));
  AppendMany(1, 1);
  const std::string text = metrics.Text(*engine);
  EXPECT_LT(ValueOf(text, "\ntidemark_append_seconds_sum "), 50) << text;
}

}  // namespace
}  // namespace tidemark::tests
