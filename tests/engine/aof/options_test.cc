#include "engine/aof/options.h"

#include <functional>
#include <string>
#include <utility>

#include "engine/base/status.h"
#include "gtest/gtest.h"

namespace tidemark::aof {
namespace {

TEST(Options, TheDefaultsAreValid) {
  Options options;
  options.directory = "log";
  EXPECT_TRUE(options.Validate().ok()) << options.Validate();
}

TEST(Options, AWrongValueIsRefusedByName) {
  const std::pair<const char*, std::function<void(Options&)>> cases[] = {
      {"directory", [](Options& o) { o.directory = ""; }},
      {"block_bytes = 1024", [](Options& o) { o.block_bytes = 1024; }},
      {"max_record_bytes = 0", [](Options& o) { o.max_record_bytes = 0; }},
      {"max_record_bytes", [](Options& o) { o.max_record_bytes = (256u << 20) + 1; }},
      {"max_batch_bytes", [](Options& o) { o.max_batch_bytes = o.max_record_bytes; }},
      {"max_batch_bytes", [](Options& o) { o.max_batch_bytes = (1u << 30) + 1; }},
      {"max_head_note_bytes", [](Options& o) { o.max_head_note_bytes = (1u << 20) + 1; }},
      {"segment_bytes", [](Options& o) { o.segment_bytes += 512; }},
      {"segment_bytes", [](Options& o) { o.segment_bytes = o.max_batch_bytes; }},
      {"segment_bytes", [](Options& o) { o.segment_bytes = (uint64_t{16} << 30) + 4096; }},
      {"first_segment_bytes = 4096", [](Options& o) { o.first_segment_bytes = 4096; }},
      {"first_segment_bytes", [](Options& o) { o.first_segment_bytes = o.segment_bytes + 4096; }},
      {"first_segment_bytes", [](Options& o) { o.first_segment_bytes = 65536 + 512; }},
      {"max_known_records", [](Options& o) { o.max_known_records = (uint64_t{1} << 32) + 1; }},
      {"flush_delay", [](Options& o) { o.flush_delay = Duration::Micros(-1); }},
      {"full_retry", [](Options& o) { o.full_retry = Duration(); }},
  };
  for (const auto& [name, spoil] : cases) {
    Options options;
    options.directory = "log";
    spoil(options);
    const absl::Status status = options.Validate();
    EXPECT_EQ(KindOf(status), ErrorKind::kRefused) << name;
    EXPECT_NE(status.message().find(name), absl::string_view::npos) << name << " is not in: " << status;
  }
}

}  // namespace
}  // namespace tidemark::aof
