#pragma once

// What can go wrong, as data: one kind, a node, a time, parameters. fault decides; sim carries out.

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "fault/param.h"

namespace tidemark::fault {

enum class FaultKind : uint8_t {
  // The life of a node.
  kProcessCrash,
  kPowerLoss,
  kDiskLoss,
  kDiskSwap,
  kPause,
  // The disk.
  kLostSync,
  kFailedSync,
  kFailedWrite,
  kShortWrite,
  kReadError,
  kLatentSectorError,
  kBitRot,
  kMisdirectedWrite,
  kMisdirectedRead,
  kPhantomWrite,
  kDiskFull,
  kDiskLatency,
  kDiskSpike,
  kDiskStall,
  // The clock.
  kClockSkew,
  kClockDrift,
  kClockJump,
  kClockFreeze,
  // Partition lag.
  kSyncLag,
  kForwardLag,
  kApplyLag,
  kApplyFailure,
  kApplyStall,
  kApplyStuck,
  // Names.
  kFailedName,
};
inline constexpr int kFaultKindCount = 30;

enum class FaultGroup : uint8_t { kNode, kDisk, kClock, kLag };

// Whether a correct single-node store must survive it without losing anything acknowledged.
enum class Severity : uint8_t {
  kSurvivable,  // lose nothing, become live again
  kBeyond,      // may refuse, must not lie
};

struct FaultKindInfo {
  absl::string_view name;
  FaultGroup group;
  Severity severity;
  bool windowed;   // lasts from `at` for `length`; otherwise it happens once
  bool has_files;  // hits the files that match a pattern
  absl::Span<const Param> params;
  absl::string_view doc;
};
const FaultKindInfo& InfoOf(FaultKind kind);

struct Fault {
  uint64_t id = 0;  // unique among the plan's faults, and the key of every choice it makes
  FaultKind kind = FaultKind::kProcessCrash;
  NodeId node{1};
  Instant at;               // on the world's time line
  Duration length;          // windowed kinds: how long it is on
  std::string files = "*";  // glob over whole paths, where the kind has files: '*' any run, '?' any one
  ParamValues params;

  Instant end() const { return at + length; }
  friend bool operator==(const Fault&, const Fault&) = default;
};

// '*' matches any run of characters ('/' too), '?' any one.
bool GlobMatches(absl::string_view pattern, absl::string_view text);

}  // namespace tidemark::fault
