#pragma once

// An oracle knows one truth about every correct run, by its id: "L1 truncated < min_required <= durable + 1".
// It is told everything that happens, as it happens, and reports when its truth is broken. It never looks into
// the engine, and what it does never changes the run.
//
// Adding one: a .cc in this folder with the class and its Make function, a line in all_oracles.h and a row in
// oracle_set.cc, and a test with a history that breaks it and a legal but odd one that does not.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "engine/env/tracer.h"
#include "engine/node/recovery_report.h"
#include "engine/partition/ladder.h"
#include "engine/segmented_log/entry.h"
#include "scenarios/contract.h"
#include "scenarios/oracles/content.h"
#include "scenarios/oracles/file_marks.h"
#include "scenarios/oracles/rungs.h"
#include "scenarios/oracles/violation.h"
#include "scenarios/workload/payload.h"
#include "scenarios/workload/record_model.h"

namespace tidemark::scenarios {

// One trace event of a node, and what it did to the rungs (already folded in).
struct Observation {
  Instant at = {};
  NodeId node = {};
  const TraceEvent& event;
  const Rungs& rungs;
  RungMove move;
  RaftIndex durable_shadow = {};              // nothing above can be durable, by what the disk was seen to do
  Placement placement = Placement::kMatches;  // for kAppended of a client's record
  // For kPartitionDropped: where the log has the partition's first record that was not applied; 0: nowhere.
  RaftIndex unapplied = {};
};

// A recovery completed. The model still stands as it was before it.
struct RecoveredNode {
  Instant at = {};
  NodeId node = {};
  const Rungs& before;  // as they stood when it died; zeros at the first start
  const Ladder& ladder;
  const RecoveryReport& report;
  const FileMarks& marks;
};

// A recovery ended without a store.
struct RefusedRecovery {
  Instant at = {};
  NodeId node = {};
  const absl::Status& status;
  const FileMarks& marks;
};

// What the node says of its ladder at the end of an instant in which some rung has moved: nothing is left to be done
// now.
struct LadderShown {
  Instant at = {};
  NodeId node = {};
  const Ladder& ladder;
  const Rungs& rungs;
};

// The state machine was called with a record, or completed one.
struct ApplyStep {
  Instant at = {};
  NodeId node = {};
  PartitionId partition = {};
  PartitionIndex index = {};
  RaftIndex raft_index = {};
  ByteSpan payload = {};  // empty for a completion
  Content content = Content::kRight;
  bool ok = true;  // of a completion
};

// What a reader got for a record, or for the place where the next one would stand.
struct ReadBack {
  Instant at = {};
  NodeId node = {};
  bool from_log = false;       // by raft index, from the segmented log; otherwise by partition index
  bool promised = false;       // when it was asked for
  PartitionId partition = {};  // asked for, or found in the log
  PartitionIndex index = {};
  RaftIndex raft_index = {};  // of what was served; where nothing was, as far as it is known
  absl::Status status = {};
  ByteSpan payload = {};  // when OK
  Content content = Content::kRight;
  bool is_control = false;  // a control record of the log
  bool may_be_damaged = true;
  RaftIndex truncated = {};  // the rungs when the read completed
  RaftIndex committed = {};
  PartitionIndex partition_truncated = {};
};

// A partition as it was when somebody asked for something of it.
struct AskedPartition {
  PartitionId partition;
  uint64_t incarnation = 0;
};

// A barrier was answered with OK.
struct BarrierPassed {
  Instant at = {};
  NodeId node = {};
  absl::Span<const AskedPartition> partitions = {};
  RaftIndex through = {};
  const Rungs& rungs;
};

// A drop was answered with OK.
struct DropDone {
  Instant at = {};
  NodeId node = {};
  PartitionId partition = {};
  uint64_t incarnation = 0;  // of the partition when it was asked for
  const Rungs& rungs;
};

// A follower was answered with records.
struct Followed {
  Instant at = {};
  NodeId node = {};
  PartitionId partition = {};
  PartitionIndex from = {};
  uint64_t max_records = 0;
  uint64_t max_bytes = 0;
  absl::Span<const Entry> entries = {};
  const Rungs& rungs;
};

// A flush was answered with OK.
struct Flushed {
  Instant at;
  NodeId node;
  RaftIndex appended;  // when it was asked for
  // What was forwarded to each partition's file then, of those that have not failed and are not gone.
  absl::Span<const std::pair<PartitionId, PartitionIndex>> forwarded = {};
  const Rungs& rungs;
};

// A truncation was answered with OK.
struct TruncatedNow {
  Instant at = {};
  NodeId node = {};
  RaftIndex min_required = {};  // when it was asked for
  RaftIndex answer = {};
  const Rungs& rungs;
};

// A snapshot that somebody asked for was answered with OK.
struct SnapshotDue {
  Instant at = {};
  NodeId node = {};
  PartitionId partition = {};
  Instant asked = {};
  // When it was asked for.
  PartitionIndex applied = {};
  PartitionIndex durable = {};
  const Rungs& rungs;
};

// The state machine's own answer to a snapshot, as the engine hears it.
struct MachineSnapshot {
  Instant at = {};
  NodeId node = {};
  PartitionId partition = {};
  bool ok = true;
  PartitionIndex through = {};  // where OK
};

enum class Call : uint8_t { kTruncate, kFlush, kSnapshot, kBarrier };

// One of them was answered with an error.
struct CallFailed {
  Instant at = {};
  NodeId node = {};
  Call call = {};
  absl::Status status = {};
  Instant asked = {};
  absl::Span<const PartitionId> partitions = {};  // that it was about
  // Each of them was there when it was asked for, and still is, and nobody drops it.
  bool all_there = true;
};

// How things stand when somebody asks for a place in the log.
struct Standing {
  bool present = false;     // the partition exists, or is being created or dropped
  bool open = false;        // it takes records
  bool full = false;        // the log's disk is full
  bool failed = false;      // the log has failed
  uint64_t partitions = 0;  // that are present
};

enum class Taking : uint8_t { kAppend, kCreate, kDrop };

// It was taken, or refused.
struct Taken {
  Instant at = {};
  NodeId node = {};
  Taking what = {};
  PartitionId partition = {};
  // Of one call.
  uint64_t records = 1;
  uint64_t bytes = 0;
  uint64_t longest = 0;  // record; bytes
  Standing asked = {};   // when it was asked for
  absl::Status status = {};
};

// What the files of a store take of its disk.
struct DiskUse {
  struct Files {
    uint64_t segment_bytes = 0;           // of its segment files
    uint64_t other_bytes = 0;             // of files in the making and of spares
    std::vector<uint64_t> file_ids = {};  // of the segment files, ascending
  };
  Files log = {};
  Files spill = {};
  std::vector<std::pair<PartitionId, Files>> partitions = {};
};

// Files that take more than they may, by what the model knows of their records.
struct TooMuch {
  PartitionId partition = kSystemPartition;
  std::string message = {};
};

// What the options of one life allow; they may be others in the next.
struct LifeLimits {
  uint64_t payload_bytes = Limits::kNone;  // of one record
  uint64_t partitions = Limits::kNone;     // that a store may have when one more is created
};

enum class DownReason : uint8_t { kCrash, kPowerLoss, kDiskLost, kExit };

// What oracles may know of the run beside its events.
struct OracleContext {
  const RecordModel& model;
  const Contract& contract;
  const PayloadSource& payloads;
  ViolationSink& sink;
};

struct OracleInfo {
  absl::string_view id;     // "R1"
  absl::string_view name;   // "acked_survive"
  absl::string_view truth;  // one sentence
};

class Oracle {
 public:
  // `kinds`: the trace events it wants to see, as bits 1 << kind.
  Oracle(const OracleInfo& info, uint64_t kinds, const OracleContext& context)
      : info_(info), kinds_(kinds), context_(context) {}
  virtual ~Oracle() = default;

  const OracleInfo& info() const { return info_; }
  uint64_t kinds() const { return kinds_; }

  virtual void OnEvent(const Observation&) {}
  virtual void OnLadder(const LadderShown&) {}
  virtual void OnDown(Instant, NodeId, DownReason) {}
  virtual void OnRecovered(const RecoveredNode&) {}
  virtual void OnLifeLimits(NodeId, const LifeLimits&) {}
  virtual void OnRecoveryRefused(const RefusedRecovery&) {}
  // The machine says, as recovery asks it, up to where it has applied the partition.
  virtual void OnApplyPosition(NodeId, PartitionId, PartitionIndex) {}
  // Its memory of the partition up to there survives anything but the loss of its disk.
  virtual void OnSnapshot(NodeId, PartitionId, PartitionIndex) {}
  // It was told to forget the partition.
  virtual void OnMachineDrop(Instant, NodeId, PartitionId) {}
  virtual void OnApply(const ApplyStep&) {}
  virtual void OnApplyDone(const ApplyStep&) {}
  virtual void OnReadBack(const ReadBack&) {}
  // All is done, and these are still there.
  virtual void OnTooMuchUsed(Instant, NodeId, const TooMuch&) {}
  virtual void OnDropDone(const DropDone&) {}
  virtual void OnBarrier(const BarrierPassed&) {}
  virtual void OnFollowed(const Followed&) {}
  virtual void OnFlushed(const Flushed&) {}
  virtual void OnTruncated(const TruncatedNow&) {}
  virtual void OnSnapshotDue(const SnapshotDue&) {}
  virtual void OnMachineSnapshot(const MachineSnapshot&) {}
  virtual void OnCallFailed(const CallFailed&) {}
  virtual void OnTaken(const Taken&) {}

 protected:
  const RecordModel& model() const { return context_.model; }
  const Contract& contract() const { return context_.contract; }
  const PayloadSource& payloads() const { return context_.payloads; }
  void Report(Violation violation) {
    violation.oracle = info_.id;
    context_.sink.Report(std::move(violation));
  }

 private:
  const OracleInfo& info_;
  const uint64_t kinds_;
  const OracleContext context_;
};

constexpr uint64_t Bit(TraceKind kind) { return uint64_t{1} << static_cast<unsigned>(kind); }
template <typename... Kinds>
constexpr uint64_t Bits(Kinds... kinds) {
  return (Bit(kinds) | ...);
}

}  // namespace tidemark::scenarios
