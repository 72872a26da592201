#pragma once

// Decides what a disk operation suffers. A pure function of the node's faults, their keys, and the operation:
// each fault draws under (seed, fault id, path, ordinal), so taking one fault out of a plan changes no other's hits.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/base/random.h"
#include "engine/base/time.h"
#include "fault/plan.h"

namespace tidemark::fault {

enum class DiskOpKind : uint8_t {
  kOpen,
  kRead,
  kWrite,
  kSync,
  kAllocate,
  kTruncate,
  kName,
  kSyncDirectory,
  kOther,
  kList
};

struct DiskOp {
  DiskOpKind kind = DiskOpKind::kOther;
  absl::string_view path;
  uint64_t path_hash = 0;  // HashName(path)
  uint64_t offset = 0;
  uint64_t length = 0;   // bytes
  uint64_t ordinal = 0;  // of this kind on this path, over the disk's life
  Instant now;           // world time
};

struct DiskVerdict {
  // Where the effect goes; at most one of them.
  enum class Effect : uint8_t {
    kNormal,
    kError,      // answer kIoError; a write's range is unspecified, anything else has no effect
    kFailSync,   // answer kIoError; covered writes are dropped from what is durable and count as clean, covered names
                 // stay as undecided as they were
    kLie,        // a sync answers OK and does nothing
    kPhantom,    // a write answers OK: readers of the cache see it, the medium never gets it
    kShort,      // move only `bytes` bytes
    kMisdirect,  // transfer at `offset` instead
  };
  Effect effect = Effect::kNormal;
  uint64_t fault_id = 0;  // who did it, for effect != kNormal
  uint64_t bytes = 0;
  uint64_t offset = 0;
  Duration delay;  // on top of the normal latency
};

// The faults of one node's disk. Faults are added when they begin or all at once: each looks at the time itself.
class DiskPolicy {
 public:
  DiskPolicy(const Plan& plan, NodeId node);

  DiskVerdict Decide(const DiskOp& op) {
    if (op.now >= quiet_until_ || healed_) return Idle(op);
    return DecideActive(op);
  }
  // No fault acts from now on.
  void Heal() { healed_ = true; }
  // Whether a fault limits the space now: elsewhere CapacityAt is `capacity`, whatever is used.
  bool LimitsSpace(Instant now) const;
  // Bytes that may be allocated in all at `now`, given what is used; no fault: `capacity`.
  uint64_t CapacityAt(Instant now, uint64_t used, uint64_t capacity);
  // How often each fault has hit: (fault id, count), by id.
  const std::vector<std::pair<uint64_t, uint64_t>>& hits() const { return hits_; }

 private:
  struct Active {
    Fault fault;
    RandomKey key;
    size_t hit_row;
    // disk_full: allocation allowed beyond what was used when it began; set at the first look.
    bool armed = false;
    uint64_t limit = 0;
  };
  static DiskVerdict Idle(const DiskOp&) { return DiskVerdict(); }
  DiskVerdict DecideActive(const DiskOp& op);
  bool Hits(Active& active, const DiskOp& op);
  void Apply(Active& active, const DiskOp& op, DiskVerdict& verdict);

  const Instant heals_at_;
  std::vector<Active> faults_;
  std::vector<std::pair<uint64_t, uint64_t>> hits_;
  Instant quiet_until_;  // no fault acts at or after this
  bool healed_ = false;
};

}  // namespace tidemark::fault
