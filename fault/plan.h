#pragma once

// A Plan is the concrete experiment: topology and options, client operations and faults, each at its time.
// It is a value. Whatever makes one (a seed, a property test, a fuzzer, a person), the same runner runs it.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "fault/fault.h"
#include "fault/operation.h"

namespace tidemark::fault {

enum class Setting : uint8_t {
  kNodes,
  kPartitions,
  kSegmentBytes,
  kPartitionSegmentBytes,
  kBlockBytes,
  kMaxRecordBytes,
  kMaxBatchBytes,
  kPartitionFlushDelay,
  kPartitionFlushBytes,
  kPartitionWindowBytes,
  kMaxUnappliedRecords,
  kAutoTruncate,
  kCapacityBytes,
  kReadLatency,
  kWriteLatency,
  kSyncLatency,
  kApplyLatency,
  kSafetyTime,
  kLivenessTime,
  kOpenPartitions,
  kRecoveryPolicy,
  kMaxUnappliedBytes,
  kMaxTotalUnappliedBytes,
  kMaxRetainedRecords,
  kMaxLagRecords,
  kMaxUnappliedAge,
  kMaxHoldRecords,
  kSnapshotBytes,
  kCacheBytes,
  kMaxKnownRecords,
  kFirstMaxRecordBytes,
  kChangeOptions,
};
inline constexpr int kSettingCount = 32;

struct SettingInfo {
  absl::string_view name;
  ParamType type;  // kDuration in nanoseconds, kBytes, kCount
  int64_t min;
  int64_t max;
  int64_t multiple;  // values are multiples of it
  int64_t fallback;
  absl::string_view doc;
};
const SettingInfo& InfoOf(Setting setting);

class Settings {
 public:
  Settings();
  int64_t operator[](Setting setting) const { return values_[static_cast<size_t>(setting)]; }
  Duration DurationOf(Setting setting) const { return Duration::Nanos((*this)[setting]); }
  void Set(Setting setting, int64_t value) { values_[static_cast<size_t>(setting)] = value; }
  friend bool operator==(const Settings&, const Settings&) = default;

 private:
  std::array<int64_t, kSettingCount> values_;
};

// Of any start of a store.
int64_t SmallestBlockBytes(const Settings& settings);

// A setting that no engine could be started with, and what it would have to be.
struct SettingProblem {
  Setting setting;
  std::string expected;
};
// The first one, in the order of the settings. Each is in its range by now; this is about what they are to each other.
absl::optional<SettingProblem> FindProblem(const Settings& settings);

struct Plan {
  std::string scenario;  // [a-z0-9_]+
  uint64_t seed = 0;
  Settings settings;
  std::vector<Operation> operations;  // ids unique
  std::vector<Fault> faults;          // ids unique
  // When the heal comes at the latest: what a fault holds back comes then, whatever the fault says.
  Instant HealsAt() const { return Instant() + settings.DurationOf(Setting::kSafetyTime); }
  friend bool operator==(const Plan&, const Plan&) = default;
};

}  // namespace tidemark::fault
