#pragma once

// What a node tells the world about itself: one small typed event for each step a record
// takes on the ladder, and for each step of recovery. A production host counts them; the
// simulator folds them into its digest and checks its oracles on them. Emitting one never
// changes what the node does next.

#include <array>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "engine/base/bytes.h"
#include "engine/base/crc32c.h"
#include "engine/base/ids.h"

namespace tidemark {

// Values are written into traces: never renumber, only append.
enum class TraceKind : uint16_t {
  kNone = 0,
  // The ladder (partition is kSystemPartition for log-wide rungs). The numbers in args[] are named in tracer.cc.
  kAppended = 1,   // raft_index, partition_index, payload_bytes, payload_crc: one record entered the segmented log
  kDurable = 2,    // from, to: the log's durable rung moved
  kCommitted = 3,  // from, to
  kForwarded = 4,  // raft_index, partition_index, payload_crc: handed to the partition's file
  kPartitionDurable = 5,     // from_raft_index, to_raft_index, to_partition_index
  kApplyStarted = 6,         // raft_index, partition_index, payload_crc
  kApplied = 7,              // raft_index, partition_index, payload_crc
  kAcknowledged = 8,         // raft_index, partition_index: the client was told "durable"
  kRefused = 9,              // error_kind, payload_bytes, records, longest_payload: the client was told no
  kMinRequired = 10,         // from, to, reason
  kTruncatedPrefix = 11,     // from, to: every record up to `to` is gone
  kTruncatedSuffix = 12,     // from, to: the log's end went back to `to`
  kPartitionCut = 13,        // from_partition_index, to_partition_index, to_raft_index
  kCheckpoint = 14,          // durable_raft_index, next_partition_index, applied_raft_index
  kPartitionTruncated = 15,  // from_partition_index, to_partition_index: gone from the file, a snapshot has them
  kPartitionDropped = 16,    // raft_index: its drop is durable; its records are nobody's any more
  kReleased = 17,            // raft_index, partition_index: up to here the file has what the log need not keep
  kPartitionCreating = 18,   // raft_index: the log needs this record until the partition's file exists
  kPartitionCreated = 19,    // raft_index: its file exists, it takes records
  // Life of the store
  kRecoveryStarted = 20,
  kRecoveryPhase = 21,      // phase, count
  kRecovered = 22,          // appended, durable, truncated
  kRecoveryRefused = 23,    // error_kind
  kPoisoned = 24,           // error_kind: nothing is acknowledged any more
  kRotated = 25,            // file_id, base_sequence: a new segment file took over
  kTornTailCut = 26,        // file_id, offset, bytes
  kCorruptionFound = 27,    // file_id, offset, promised_offset
  kTailReappended = 28,     // file_id, records: records whose durability was unproven were written again
  kPartitionRemoved = 29,   // raft_index: of its drop; nothing of it is left
  kFull = 30,               // a file of the log or of a partition found the disk full: it takes nothing
  kSpaceAgain = 31,         // and takes records again
  kPartitionDropping = 32,  // raft_index: its drop was accepted; the log needs this record until its files are gone
  kGapMended = 33,          // file_id, offset, bytes, records: a damaged range was put back from another copy
  kSpilled = 34,            // raft_index, partition_index: up to here the spill has what the partition's file lacks
  kSealedFileRead = 35,     // file_id, base_sequence, last_sequence: a sealed file was scanned for the places in it
  kPlacesLetGo = 36,        // file_id, records: where they are in a sealed file is not held in memory any more
  kFileReused = 37,         // file_id, next_file_id: nobody needs it; it is to become the next file, and has its name
  kCreationReleased = 38,   // raft_index: of the creation; the log need not keep it, though the file is not there yet
  // The simulator's own events use values from 1000 on (sim/trace.h).
  kFirstSimulatorKind = 1000,
};

struct TraceEvent {
  static constexpr int kMaxArgs = 4;
  TraceKind kind = TraceKind::kNone;
  PartitionId partition;
  std::array<uint64_t, kMaxArgs> args = {};
};

// "appended", and the names of its args in order (shorter than kMaxArgs where fewer are used).
struct TraceKindInfo {
  absl::string_view name;
  std::array<absl::string_view, TraceEvent::kMaxArgs> args;
};
const TraceKindInfo& InfoOf(TraceKind kind);

class Tracer {
 public:
  virtual ~Tracer() = default;
  virtual void Emit(const TraceEvent& event) = 0;

  // Whether anybody looks at events: who would emit one for each of many records may leave it out otherwise.
  bool wants_events() const { return wants_events_; }
  // Whether anybody looks at payload_crc: it is 0 in all events otherwise, which spares a pass over every payload.
  bool wants_payload_crc() const { return wants_payload_crc_; }
  // What to say as payload_crc of this one.
  uint32_t PayloadCrc(ByteSpan payload) const { return wants_payload_crc_ ? Crc32c(payload) : 0; }

 protected:
  explicit Tracer(bool wants_payload_crc = true, bool wants_events = true)
      : wants_events_(wants_events), wants_payload_crc_(wants_payload_crc) {}

 private:
  const bool wants_events_;
  const bool wants_payload_crc_;
};

}  // namespace tidemark
