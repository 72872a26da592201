#include "fault/fault.h"

namespace tidemark::fault {
namespace {

constexpr Param kLife[] = {Param::kDown, Param::kAfterIo, Param::kWhen};
constexpr Param kPower[] = {Param::kDown, Param::kKeep,   Param::kGarbage, Param::kNames,
                            Param::kTear, Param::kSector, Param::kAfterIo, Param::kWhen};
constexpr Param kDown[] = {Param::kDown};
constexpr Param kSwap[] = {Param::kDown, Param::kWith};
constexpr Param kOften[] = {Param::kRate, Param::kCount};
constexpr Param kSpots[] = {Param::kCount};
constexpr Param kSlower[] = {Param::kBy};
constexpr Param kSpiking[] = {Param::kBy, Param::kRate, Param::kCount};
constexpr Param kSpace[] = {Param::kBytes};
constexpr Param kDrifting[] = {Param::kPpm};
constexpr Param kLagging[] = {Param::kPartition, Param::kBy};
constexpr Param kFailing[] = {Param::kPartition, Param::kRate};
constexpr Param kOfPartition[] = {Param::kPartition};

using G = FaultGroup;
using S = Severity;
constexpr bool kWindow = true, kOnce = false, kFiles = true, kNoFiles = false;

constexpr FaultKindInfo kKinds[kFaultKindCount] = {
    {"process_crash", G::kNode, S::kSurvivable, kOnce, kNoFiles, kLife, "the process dies; the page cache survives"},
    {"power_loss", G::kNode, S::kSurvivable, kOnce, kNoFiles, kPower,
     "the machine dies; what was not synced survives in part, torn, or not at all"},
    {"disk_loss", G::kNode, S::kBeyond, kOnce, kNoFiles, kDown, "the machine comes back with an empty disk"},
    {"disk_swap", G::kNode, S::kBeyond, kOnce, kNoFiles, kSwap,
     "two machines come back with each other's disk; with=0: with a disk of another store"},
    {"pause", G::kNode, S::kSurvivable, kWindow, kNoFiles, {}, "the process stands still without dying"},
    {"lost_sync", G::kDisk, S::kBeyond, kWindow, kFiles, kOften, "a sync answers OK and makes nothing durable"},
    {"failed_sync", G::kDisk, S::kSurvivable, kWindow, kFiles, kOften,
     "a sync fails once, drops what it covered, and later syncs answer OK"},
    {"failed_write", G::kDisk, S::kSurvivable, kWindow, kFiles, kOften, "a write fails; its range is unspecified"},
    {"short_write", G::kDisk, S::kSurvivable, kWindow, kFiles, kOften, "a write moves fewer bytes than asked"},
    {"read_error", G::kDisk, S::kSurvivable, kWindow, kFiles, kOften, "a read fails; trying later works"},
    {"latent_sector_error", G::kDisk, S::kBeyond, kOnce, kFiles, kSpots,
     "sectors can not be read until they are written again"},
    {"bit_rot", G::kDisk, S::kBeyond, kOnce, kFiles, kSpots, "bits flip on the medium and stay flipped"},
    {"misdirected_write", G::kDisk, S::kBeyond, kWindow, kFiles, kOften, "a write lands at another place of the file"},
    {"misdirected_read", G::kDisk, S::kBeyond, kWindow, kFiles, kOften,
     "a read answers with another place of the file"},
    {"phantom_write", G::kDisk, S::kBeyond, kWindow, kFiles, kOften, "a write answers OK and never reaches the medium"},
    {"disk_full", G::kDisk, S::kSurvivable, kWindow, kNoFiles, kSpace, "the disk has only so many bytes left to give"},
    {"disk_latency", G::kDisk, S::kSurvivable, kWindow, kFiles, kSlower, "every operation takes longer"},
    {"disk_spike", G::kDisk, S::kSurvivable, kWindow, kFiles, kSpiking, "some operations take much longer"},
    {"disk_stall", G::kDisk, S::kSurvivable, kWindow, kFiles, {}, "no operation completes until it ends"},
    {"clock_skew", G::kClock, S::kSurvivable, kWindow, kNoFiles, kSlower, "the node's clock is off"},
    {"clock_drift", G::kClock, S::kSurvivable, kWindow, kNoFiles, kDrifting, "the node's clock runs fast or slow"},
    {"clock_jump", G::kClock, S::kSurvivable, kOnce, kNoFiles, kSlower, "the node's clock jumps"},
    {"clock_freeze", G::kClock, S::kSurvivable, kWindow, kNoFiles, {}, "the node's clock stands still"},
    {"sync_lag", G::kLag, S::kSurvivable, kWindow, kNoFiles, kLagging, "syncs of partition files are late"},
    {"forward_lag", G::kLag, S::kSurvivable, kWindow, kNoFiles, kLagging, "writes to partition files are late"},
    {"apply_lag", G::kLag, S::kSurvivable, kWindow, kNoFiles, kLagging, "state machines are late"},
    {"apply_failure", G::kLag, S::kSurvivable, kWindow, kNoFiles, kFailing, "state machines fail, and are tried again"},
    {"apply_stall", G::kLag, S::kSurvivable, kWindow, kNoFiles, kOfPartition, "state machines answer when it ends"},
    {"apply_stuck", G::kLag, S::kSurvivable, kOnce, kNoFiles, kOfPartition,
     "state machines never answer again, not even after the heal"},
    {"failed_name", G::kDisk, S::kSurvivable, kWindow, kFiles, kOften,
     "creating, opening, renaming, removing, preallocating or listing fails, and has no effect"},
};

}  // namespace

const FaultKindInfo& InfoOf(FaultKind kind) { return kKinds[static_cast<size_t>(kind)]; }

bool GlobMatches(absl::string_view pattern, absl::string_view text) {
  size_t p = 0, t = 0, star = absl::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != absl::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace tidemark::fault
