#include "fault/plan.h"

#include "absl/strings/str_cat.h"

namespace tidemark::fault {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kUs = 1'000;
constexpr int64_t kHour = int64_t{3600} * 1000 * kMs;
constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kGiB = int64_t{1} << 30;

constexpr SettingInfo kSettings[kSettingCount] = {
    {"nodes", ParamType::kCount, 1, 64, 1, 1, "machines, each with a disk of its own"},
    {"partitions", ParamType::kCount, 1, 100'000, 1, 3, "partitions of each store"},
    {"segment_bytes", ParamType::kBytes, 65'536, 16 * kGiB, 4096, 65'536, "size of a segment file of the log"},
    {"partition_segment_bytes", ParamType::kBytes, 65'536, 16 * kGiB, 4096, 65'536,
     "size of a segment file of a partition"},
    {"block_bytes", ParamType::kBytes, 512, 4096, 512, 512, "what batches are aligned to"},
    {"max_record_bytes", ParamType::kBytes, 1, kGiB, 1, 4096, "largest payload"},
    {"max_batch_bytes", ParamType::kBytes, 512, kGiB, 1, 16'384, "largest write"},
    {"partition_flush_delay", ParamType::kDuration, 0, kHour, 1, 2 * kMs,
     "how long a partition file gathers before it syncs"},
    {"partition_flush_bytes", ParamType::kBytes, 0, kGiB, 1, 8'192,
     "how much a partition file gathers before it syncs"},
    {"partition_window_bytes", ParamType::kBytes, 1, kGiB, 1, 65'536,
     "unsynced bytes of one partition before forwarding waits"},
    {"max_unapplied_records", ParamType::kCount, 1, 1'000'000'000, 1, 100'000,
     "records not yet applied before appends are refused"},
    {"auto_truncate", ParamType::kCount, 0, 1, 1, 1, "1: the log drops what nobody needs by itself"},
    {"capacity_bytes", ParamType::kBytes, 65'536, int64_t{1} << 50, 1, int64_t{1} << 40, "size of each disk"},
    {"read_latency", ParamType::kDuration, 0, kHour, 1, 20 * kUs, "typical time of a read"},
    {"write_latency", ParamType::kDuration, 0, kHour, 1, 10 * kUs, "typical time of a write"},
    {"sync_latency", ParamType::kDuration, 0, kHour, 1, 100 * kUs, "typical time of a sync"},
    {"apply_latency", ParamType::kDuration, 0, kHour, 1, 0, "typical time of an apply; 0: at once"},
    {"safety_time", ParamType::kDuration, 0, 24 * kHour, 1, 1'000 * kMs,
     "virtual time of the phase with faults, at most"},
    {"liveness_time", ParamType::kDuration, 0, 24 * kHour, 1, 60'000 * kMs,
     "virtual time after the heal by which all must be applied"},
    {"open_partitions", ParamType::kCount, 1, 65'536, 1, 256, "partition files that stay open"},
    {"recovery_policy", ParamType::kCount, 0, 2, 1, 0,
     "0: redo; 1: rollback, and appends are acknowledged at safe; 2: each start takes the other one"},
    {"max_unapplied_bytes", ParamType::kBytes, 1, int64_t{1} << 40, 1, 16 * kMiB,
     "payload of one partition not yet applied before appends are refused"},
    {"max_total_unapplied_bytes", ParamType::kBytes, 1, int64_t{1} << 40, 1, 64 * kMiB, "the same over all partitions"},
    {"max_retained_records", ParamType::kCount, 1, 1'000'000'000, 1, 4 * kMiB,
     "records that the log must keep before appends are refused"},
    {"max_lag_records", ParamType::kCount, 1, 1'000'000'000, 1, 4 * kMiB,
     "records of the log from a partition's first unapplied one on before its appends are refused"},
    {"max_unapplied_age", ParamType::kDuration, 0, kHour, 1, 0,
     "age of a partition's oldest unapplied record beyond which appends are refused; 0: any"},
    {"max_hold_records", ParamType::kCount, 1, 1'000'000'000, 1, 65'536,
     "records of the log that a partition which does not apply, or whose file does not sync, may hold"},
    {"snapshot_bytes", ParamType::kBytes, 0, kGiB, 1, 64 * kMiB,
     "how much a partition file grows before its machine is asked for a snapshot; 0: never"},
    {"cache_bytes", ParamType::kBytes, 0, kGiB, 1, 8 * kMiB, "recent records of the log kept in memory"},
    {"max_known_records", ParamType::kCount, 0, int64_t{1} << 32, 1, kMiB,
     "places of records held in memory for full segment files of the log; a quarter of it for each partition"},
    {"first_max_record_bytes", ParamType::kBytes, 0, kGiB, 1, 0,
     "largest payload admitted before the first restart, where that is less than max_record_bytes; 0: the same"},
    {"change_options", ParamType::kCount, 0, 1, 1, 0,
     "1: every second start takes smaller sizes than the plan's, drawn by the seed"},
};

}  // namespace

const SettingInfo& InfoOf(Setting setting) { return kSettings[static_cast<size_t>(setting)]; }

int64_t SmallestBlockBytes(const Settings& settings) {
  return settings[Setting::kChangeOptions] != 0 ? 512 : settings[Setting::kBlockBytes];
}

absl::optional<SettingProblem> FindProblem(const Settings& settings) {
  if (const int64_t block = settings[Setting::kBlockBytes]; block != 512 && block != 4096)
    return SettingProblem{Setting::kBlockBytes, "512 or 4096"};
  for (const Setting segment : {Setting::kSegmentBytes, Setting::kPartitionSegmentBytes}) {
    const int64_t most = settings[segment] / 8;
    if (settings[Setting::kMaxRecordBytes] <= most) continue;
    return SettingProblem{Setting::kMaxRecordBytes,
                          absl::StrCat("at most an eighth of ", InfoOf(segment).name, ": ", most)};
  }
  if (settings[Setting::kPartitions] == 1) return absl::nullopt;
  // Else one stuck partition would stop all, and the engine refuses that.
  for (const auto& [shared, own] : {std::make_pair(Setting::kMaxTotalUnappliedBytes, Setting::kMaxUnappliedBytes),
                                    std::make_pair(Setting::kMaxRetainedRecords, Setting::kMaxHoldRecords)}) {
    if (settings[shared] > settings[own]) continue;
    return SettingProblem{shared, absl::StrCat("above ", InfoOf(own).name, " = ", settings[own], ", or partitions 1")};
  }
  return absl::nullopt;
}

Settings::Settings() {
  for (int i = 0; i < kSettingCount; ++i) values_[i] = kSettings[i].fallback;
}

}  // namespace tidemark::fault
