// What an engine may be started with.

#include "engine/node/options.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "engine/base/status.h"
#include "engine/node/file_options.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

EngineOptions Good() {
  EngineOptions options;
  options.store_id = {1, 2};
  return options;
}

TEST(EngineOptionsTest, WhatCannotBeIsRefusedByName) {
  const struct {
    std::string field;
    std::function<void(EngineOptions&)> set;
  } cases[] = {
      {"store_id", [](EngineOptions& o) { o.store_id = {}; }},
      {"block_bytes", [](EngineOptions& o) { o.block_bytes = 1024; }},
      {"log_segment_bytes", [](EngineOptions& o) { o.log_segment_bytes = 65536 + 1; }},
      {"log_segment_bytes", [](EngineOptions& o) { o.log_segment_bytes = uint64_t{32} << 30; }},
      {"partition_segment_bytes", [](EngineOptions& o) { o.partition_segment_bytes = uint64_t{17} << 30; }},
      {"max_payload_bytes", [](EngineOptions& o) { o.max_payload_bytes = 3u << 20; }},
      {"max_payload_bytes",
       [](EngineOptions& o) {
         o.log_segment_bytes = o.partition_segment_bytes = uint64_t{4} << 30;
         o.max_payload_bytes = (256u << 20) - 36;
       }},
      {"max_batch_bytes", [](EngineOptions& o) { o.max_batch_bytes = (1u << 30) + 1; }},
      {"log_flush_delay", [](EngineOptions& o) { o.log_flush_delay = Duration::Max(); }},
      {"partition_sync_gap", [](EngineOptions& o) { o.partition_sync_gap = Duration::Max(); }},
      {"full_retry", [](EngineOptions& o) { o.full_retry = Duration(); }},
      {"max_hold_records", [](EngineOptions& o) { o.max_hold_records = 0; }},
      {"max_partitions", [](EngineOptions& o) { o.max_partitions = 65537; }},
  };
  EXPECT_TRUE(Good().Validate().ok()) << Good().Validate();
  for (const auto& c : cases) {
    EngineOptions options = Good();
    c.set(options);
    const absl::Status status = options.Validate();
    EXPECT_EQ(KindOf(status), ErrorKind::kRefused) << c.field;
    EXPECT_TRUE(absl::StrContains(status.message(), "EngineOptions: " + c.field + " ")) << status;
  }
}

TEST(EngineOptionsTest, LimitsByWhichOneStuckPartitionWouldStopAllAreRefused) {
  const struct {
    uint64_t EngineOptions::*shared;
    uint64_t EngineOptions::*own;
    std::string shared_field, own_field;
  } cases[] = {
      {&EngineOptions::max_total_unapplied_bytes, &EngineOptions::max_unapplied_bytes, "max_total_unapplied_bytes",
       "max_unapplied_bytes"},
      {&EngineOptions::max_retained_records, &EngineOptions::max_hold_records, "max_retained_records",
       "max_hold_records"},
  };
  for (const auto& c : cases) {
    EngineOptions options = Good();
    options.*c.own = 5000;
    for (const uint64_t shared : {4321, 5000}) {
      options.*c.shared = shared;
      const absl::Status status = options.Validate();
      EXPECT_EQ(KindOf(status), ErrorKind::kRefused) << c.shared_field;
      EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
      for (const std::string& part : {c.shared_field + " is " + std::to_string(shared), c.own_field + ", which is 5000",
                                      std::string("max_partitions to 1")}) {
        EXPECT_TRUE(absl::StrContains(status.message(), part)) << part << " in: " << status;
      }
    }
    options.max_partitions = 1;
    EXPECT_TRUE(options.Validate().ok()) << "there is nobody else to stop";
    options.max_partitions = 2;
    options.*c.shared = 5001;
    EXPECT_TRUE(options.Validate().ok()) << options.Validate();
  }
}

// What it accepts, each of its files accepts.
TEST(EngineOptionsTest, ItsFilesTakeWhatItTakes) {
  const std::vector<uint64_t> segments = {64u << 10, 68u << 10,         1u << 20,
                                          64u << 20, uint64_t{4} << 30, uint64_t{16} << 30};
  const std::vector<uint32_t> payloads = {1, 8192, 1u << 20, (256u << 20) - 64, 256u << 20};
  uint64_t accepted = 0;
  for (const uint64_t log : segments) {
    for (const uint64_t partition : segments) {
      for (const uint32_t payload : payloads) {
        for (const uint32_t batch : {1u, 4u << 20, 1u << 30, 3u << 30}) {
          for (const uint32_t block : {512u, 4096u}) {
            EngineOptions options = Good();
            options.log_segment_bytes = log;
            options.partition_segment_bytes = partition;
            options.max_payload_bytes = payload;
            options.max_batch_bytes = batch;
            options.block_bytes = block;
            if (!options.Validate().ok()) continue;
            ++accepted;
            EXPECT_TRUE(LogFileOptions(options).Validate().ok()) << LogFileOptions(options).Validate();
            const aof::Options file = PartitionFileOptions(options, PartitionId(1), {});
            EXPECT_TRUE(file.Validate().ok()) << file.Validate();
            EXPECT_TRUE(SpillFileOptions(options).Validate().ok()) << SpillFileOptions(options).Validate();
          }
        }
      }
    }
  }
  EXPECT_GT(accepted, 200u);
}

}  // namespace
}  // namespace tidemark
