#pragma once

// Everything that happens in a world, in order. Each event is folded into a 128-bit digest, always; the last few
// are kept, all of them where asked. Two runs of one plan give the same digest on every compiler, optimisation
// level and sanitizer; checkpoints of it tell where two runs parted.

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "engine/env/tracer.h"

namespace tidemark::sim {

// The world's own events. Values are written into traces: never renumber, only append.
enum SimTraceKind : uint16_t {
  kNodeStarted = 1000,     // life
  kProcessCrashed = 1001,  // life, in_recovery
  kPowerLost = 1002,       // life, in_recovery, pieces_kept, pieces_lost
  kDiskLost = 1003,
  kDiskSwapped =
      1004,  // with; 0: a disk of another store, which the harness plays by another identity of the process's store
  kPaused = 1005,
  kResumed = 1006,
  kProcessExited = 1007,  // life: the process gave up by itself
  kFaultBegan = 1008,     // fault_id, kind
  kFaultEnded = 1009,     // fault_id, kind
  kFaultHit = 1010,       // fault_id, path_hash, offset, length
  kHealed = 1011,
  kDiskIssued = 1012,     // op, path_hash, offset, length
  kDiskCompleted = 1013,  // op, path_hash, offset, result
  kNote = 1014,           // what a process has to say: meaning is the process's
};

// Of the `op` that disk_issued and disk_completed name, those that others care about.
enum SimDiskOp : uint64_t { kOpWrite = 10, kOpSyncData = 11, kOpSyncAll = 12 };

struct Digest {
  uint64_t low = 0x6A09E667F3BCC908u;  // fractional parts of sqrt(2) and sqrt(3)
  uint64_t high = 0xBB67AE8584CAA73Bu;
  void Fold(uint64_t word);
  std::string ToString() const;  // 32 hex digits
  friend bool operator==(const Digest&, const Digest&) = default;
};

struct TraceRecord {
  uint64_t ordinal = 0;  // from 1
  Instant time;          // the world's
  NodeId node;           // 0: the world itself
  TraceEvent event;
  // "1.234ms n1 appended p2 raft_index=5 ..."
  std::string ToString() const;
  friend bool operator==(const TraceRecord& a, const TraceRecord& b);
};
const TraceKindInfo& NameOf(TraceKind kind);  // engine's and simulator's kinds

class TraceObserver {
 public:
  virtual void OnTrace(const TraceRecord& record) = 0;

 protected:
  ~TraceObserver() = default;
};

class Trace {
 public:
  static constexpr size_t kRingSize = 512;
  static constexpr uint64_t kCheckpointEvery = 4096;

  explicit Trace(bool keep_all) : keep_all_(keep_all) {}
  void Emit(Instant time, NodeId node, const TraceEvent& event);
  // Not owned; told of every event from now on, in the order they were added.
  void Observe(TraceObserver* observer) { observers_.push_back(observer); }

  const Digest& digest() const { return digest_; }
  uint64_t count() const { return count_; }
  const std::vector<Digest>& checkpoints() const { return checkpoints_; }
  // Oldest first: all of them, or the last kRingSize.
  std::vector<TraceRecord> Records() const;

 private:
  const bool keep_all_;
  Digest digest_;
  uint64_t count_ = 0;
  std::vector<Digest> checkpoints_;   // after every kCheckpointEvery events
  std::vector<TraceRecord> records_;  // a ring of kRingSize unless keep_all_
  std::vector<TraceObserver*> observers_;
};

// The first record in which two recorded runs differ, told field by field; empty when they are equal.
std::string FirstDifference(const std::vector<TraceRecord>& a, const std::vector<TraceRecord>& b);

}  // namespace tidemark::sim
