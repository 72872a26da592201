#include "engine/node/options.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/aof/format.h"
#include "engine/base/bytes.h"
#include "engine/base/status.h"

namespace tidemark {
namespace {

constexpr uint64_t kSegmentMultiple = 4096;
constexpr uint64_t kSegmentMin = 64u << 10;
constexpr uint64_t kMostKnownRecords = uint64_t{1} << 32;
// What a file adds to a payload that it calls a record, at most.
constexpr uint32_t kLargestRecordHeader = 64;
constexpr uint32_t kMostPayloadBytes = aof::kMaxRecordBytes - kLargestRecordHeader;
// Far from where sums of times end.
constexpr Duration kLongest = Duration::Seconds(int64_t{10} * 366 * 24 * 3600);

absl::Status Bad(absl::string_view field, uint64_t value, absl::string_view wanted) {
  return MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
                   absl::StrCat("EngineOptions: ", field, " is ", value, "; it must be ", wanted));
}

absl::Status CheckSegment(absl::string_view field, uint64_t bytes, uint32_t max_payload_bytes) {
  if (bytes < kSegmentMin || bytes > aof::kMaxSegmentBytes || !IsAligned(bytes, kSegmentMultiple)) {
    return Bad(field, bytes, absl::StrCat("a multiple of 4096, from 65536 to ", aof::kMaxSegmentBytes));
  }
  if (max_payload_bytes > bytes / 8) {
    return Bad("max_payload_bytes", max_payload_bytes, absl::StrCat("at most an eighth of ", field, ": ", bytes / 8));
  }
  return absl::OkStatus();
}

// What all partitions share must be more than what one of them may take or hold: else one that is stuck for ever stops
// all. A store of one partition has nobody else to stop.
absl::Status CheckSharedLimits(const EngineOptions& options) {
  if (options.max_partitions == 1) return absl::OkStatus();
  const struct {
    absl::string_view shared_field;
    uint64_t shared;
    absl::string_view own_field;
    uint64_t own;
    absl::string_view happens;
  } limits[] = {
      {"max_total_unapplied_bytes", options.max_total_unapplied_bytes, "max_unapplied_bytes",
       options.max_unapplied_bytes, "fills it alone"},
      {"max_retained_records", options.max_retained_records, "max_hold_records", options.max_hold_records,
       "reaches it before its records are set aside"},
  };
  for (const auto& limit : limits) {
    if (limit.shared > limit.own) continue;
    return Bad(
        limit.shared_field, limit.shared,
        absl::StrCat("above ", limit.own_field, ", which is ", limit.own, ": one stuck partition ", limit.happens,
                     ", and all are refused; raise it, lower ", limit.own_field, ", or set max_partitions to 1"));
  }
  return absl::OkStatus();
}

absl::Status CheckLimits(const EngineOptions& options) {
  const struct {
    absl::string_view field;
    uint64_t value;
  } limits[] = {
      {"max_unapplied_records", options.max_unapplied_records},
      {"max_unapplied_bytes", options.max_unapplied_bytes},
      {"max_total_unapplied_bytes", options.max_total_unapplied_bytes},
      {"max_retained_records", options.max_retained_records},
      {"max_lag_records", options.max_lag_records},
      {"max_hold_records", options.max_hold_records},
      {"partition_window_bytes", options.partition_window_bytes},
      {"partition_syncs", options.partition_syncs},
      {"max_open_partitions", options.max_open_partitions},
      {"open_concurrency", options.open_concurrency},
  };
  for (const auto& limit : limits) {
    if (limit.value == 0) return Bad(limit.field, 0, "at least 1");
  }
  if (options.max_known_records > kMostKnownRecords) {
    return Bad("max_known_records", options.max_known_records, absl::StrCat("at most ", kMostKnownRecords));
  }
  if (options.max_partitions == 0 || options.max_partitions > 65536) {
    return Bad("max_partitions", options.max_partitions, "1..65536");
  }
  return CheckSharedLimits(options);
}

}  // namespace

absl::Status EngineOptions::Validate() const {
  if (store_id == StoreId{}) return Bad("store_id", 0, "a number drawn for this store; zero is none");
  if (block_bytes != 512 && block_bytes != 4096) return Bad("block_bytes", block_bytes, "512 or 4096");
  RETURN_IF_ERROR(CheckSegment("log_segment_bytes", log_segment_bytes, max_payload_bytes));
  RETURN_IF_ERROR(CheckSegment("partition_segment_bytes", partition_segment_bytes, max_payload_bytes));
  if (max_payload_bytes == 0 || max_payload_bytes > kMostPayloadBytes) {
    return Bad("max_payload_bytes", max_payload_bytes, absl::StrCat("from 1 to ", kMostPayloadBytes));
  }
  if (max_batch_bytes > aof::kMaxBatchBytes) {
    return Bad("max_batch_bytes", max_batch_bytes, absl::StrCat("at most ", aof::kMaxBatchBytes));
  }
  const struct {
    absl::string_view field;
    Duration value;
    Duration least;
  } times[] = {
      {"log_flush_delay", log_flush_delay, Duration()},
      {"partition_flush_delay", partition_flush_delay, Duration()},
      {"partition_sync_gap", partition_sync_gap, Duration()},
      {"full_retry", full_retry, Duration::Nanos(1)},
      {"max_unapplied_age", max_unapplied_age, Duration()},
      {"apply_retry_min", apply_retry_min, Duration::Nanos(1)},
      {"apply_retry_max", apply_retry_max, apply_retry_min},
  };
  for (const auto& time : times) {
    if (time.value < time.least) {
      return MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
                       absl::StrCat("EngineOptions: ", time.field, " is ", time.value.ToString(),
                                    "; it must be at least ", time.least.ToString()));
    }
    if (time.value > kLongest) {
      return MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
                       absl::StrCat("EngineOptions: ", time.field, " is ", time.value.ToString(),
                                    "; it must be at most ten years, ", kLongest.ToString()));
    }
  }
  return CheckLimits(*this);
}

}  // namespace tidemark
