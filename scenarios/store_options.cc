#include "scenarios/store_options.h"

#include <algorithm>
#include <type_traits>

#include "engine/base/bytes.h"
#include "engine/base/random.h"

namespace tidemark::scenarios {
namespace {

using fault::Setting;

uint64_t SegmentBytes(int64_t bytes) { return AlignUp(std::max<uint64_t>(65'536, static_cast<uint64_t>(bytes)), 4096); }

// What a life before this one had more of. Payloads go down to what every plan has some of.
void TakeSmaller(RandomKey key, EngineOptions& options) {
  constexpr uint64_t kSmallestSegment = 65'536;
  constexpr uint64_t kSmallestPayload = 1024;
  Draws draws(key);
  const auto take = [&](auto& option, uint64_t smaller) {
    if (draws.Chance(500)) option = std::min(option, static_cast<std::decay_t<decltype(option)>>(smaller));
  };
  take(options.log_segment_bytes, kSmallestSegment);
  take(options.partition_segment_bytes, kSmallestSegment);
  take(options.block_bytes, 512);
  take(options.max_payload_bytes, draws.Between(kSmallestPayload, 4096));
  take(options.log_flush_bytes, 1);
  take(options.partition_flush_bytes, 1);
  take(options.partition_window_bytes, 2048);
  take(options.cache_bytes, 0);
  take(options.max_known_records, draws.Uniform(20));
  take(options.max_open_partitions, 1);
  options.scan_partition_files = draws.Chance(500);
  const uint64_t most = std::min(options.log_segment_bytes, options.partition_segment_bytes) / 8;
  options.max_payload_bytes = static_cast<uint32_t>(std::min<uint64_t>(options.max_payload_bytes, most));
}

}  // namespace

EngineOptions StoreOptionsOf(const fault::Plan& plan, NodeId node, uint64_t foreign, uint64_t starts) {
  const fault::Settings& s = plan.settings;
  const auto of = [&](Setting setting) { return static_cast<uint64_t>(s[setting]); };
  EngineOptions options;
  const RandomKey key = RandomKey(plan.seed).Fork("store_id").Fork(node.value()).Fork(foreign);
  options.store_id = {key.BitsAt(0) | 1, key.BitsAt(1)};
  options.log_segment_bytes = SegmentBytes(s[Setting::kSegmentBytes]);
  options.partition_segment_bytes = SegmentBytes(s[Setting::kPartitionSegmentBytes]);
  options.block_bytes = s[Setting::kBlockBytes] > 512 ? 4096 : 512;
  const uint64_t payload_max = std::min(options.log_segment_bytes, options.partition_segment_bytes) / 8;
  uint64_t payload = std::min(payload_max, of(Setting::kMaxRecordBytes));
  const uint64_t first_payload = of(Setting::kFirstMaxRecordBytes);
  if (starts <= 1 && first_payload > 0) payload = std::min(payload, first_payload);
  options.max_payload_bytes = static_cast<uint32_t>(payload);
  options.log_flush_bytes = of(Setting::kMaxBatchBytes);
  options.partition_flush_delay = s.DurationOf(Setting::kPartitionFlushDelay);
  options.partition_sync_gap = kPartitionSyncGap;
  options.partition_flush_bytes = std::max<uint64_t>(1, of(Setting::kPartitionFlushBytes));
  options.partition_window_bytes = of(Setting::kPartitionWindowBytes);
  options.max_unapplied_records = of(Setting::kMaxUnappliedRecords);
  options.max_unapplied_bytes = of(Setting::kMaxUnappliedBytes);
  options.max_total_unapplied_bytes = of(Setting::kMaxTotalUnappliedBytes);
  options.max_retained_records = of(Setting::kMaxRetainedRecords);
  options.max_lag_records = of(Setting::kMaxLagRecords);
  options.max_unapplied_age = s.DurationOf(Setting::kMaxUnappliedAge);
  options.max_hold_records = of(Setting::kMaxHoldRecords);
  options.snapshot_bytes = of(Setting::kSnapshotBytes);
  options.cache_bytes = of(Setting::kCacheBytes);
  options.max_known_records = of(Setting::kMaxKnownRecords);
  options.max_partitions =
      static_cast<uint32_t>(std::min({of(Setting::kPartitions), uint64_t{65'536}, options.log_segment_bytes / 128}));
  options.max_open_partitions = static_cast<uint32_t>(of(Setting::kOpenPartitions));
  options.auto_truncate = s[Setting::kAutoTruncate] != 0;
  const uint64_t policy = of(Setting::kRecoveryPolicy);
  if ((policy == 2 ? starts % 2 : policy) == 1) options.recovery = EngineOptions::Recovery::kRollback;
  if (of(Setting::kChangeOptions) != 0 && starts % 2 == 0)
    TakeSmaller(RandomKey(plan.seed).Fork("options").Fork(node.value()).Fork(starts), options);
  return options;
}

}  // namespace tidemark::scenarios
