#pragma once

// The reference model: which record ought to stand at which place of the log and of its partition, and which
// records the store has promised to keep. It knows only what clients sent and what they were told.
//
// A record's life here: Sent (the client is about to call Append) -> placed (the store took it, and said
// where) -> promised (the client was told "durable", or a recovery served it). Refused records leave again.
// At a recovery what is above the recovered end is dropped: it was never promised, or the oracles have objected.
//
// O(1) an event: vectors by index, 24 bytes a record.

#include <cstdint>
#include <deque>
#include <vector>

#include "engine/base/ids.h"
#include "scenarios/workload/payload.h"

namespace tidemark::scenarios {

struct ModelRecord {
  RecordName name;
  uint32_t bytes = 0;
  uint32_t crc = 0;
  RaftIndex raft_index;
};

// What became of a record that the store said it took, against what clients had sent.
enum class Placement : uint8_t {
  kMatches,       // the record that was sent next to this partition
  kNobodySent,    // no client had a record under way to this partition
  kOtherPayload,  // length or checksum are not those of the record sent next
  kOtherPlace,    // its partition index is not the next one
};

class RecordModel {
 public:
  // --- what clients do ---------------------------------------------------------
  void Sent(PartitionId partition, RecordName name, uint32_t bytes, uint32_t crc);
  // The store refused it: it was not taken, and never will be.
  void Refused(PartitionId partition, RecordName name);
  // The client was told that it survives power loss. False when that is not the place where it was put.
  bool Acknowledged(PartitionId partition, RecordName name, PartitionIndex index, RaftIndex raft_index);
  // The partition's creation was acknowledged.
  void PartitionCreated(PartitionId partition);

  // --- what the store says -----------------------------------------------------
  Placement Placed(PartitionId partition, RaftIndex raft_index, PartitionIndex index, uint64_t bytes, uint64_t crc);
  // A control record took this place of the log.
  void PlacedControl(RaftIndex raft_index);
  // The node is gone: nobody knows what became of the records under way.
  void Down();
  // A recovery ended with these: forget what is above, and hold the store to the rest.
  void Recovered(RaftIndex last);
  void Recovered(PartitionId partition, PartitionIndex last);
  // A recovery ended without this partition.
  void PartitionLost(PartitionId partition);

  // --- what ought to be there --------------------------------------------------
  // Partitions are 1..partitions(); ids are dense.
  uint64_t partitions() const { return partitions_.size(); }
  bool IsCreated(PartitionId partition) const { return Find(partition) != nullptr && Find(partition)->created; }
  // The last place of the partition that was ever taken and not dropped.
  PartitionIndex Last(PartitionId partition) const;
  // Up to here the store has promised to keep the partition's records.
  PartitionIndex Promised(PartitionId partition) const;
  // nullptr when nothing stands there.
  const ModelRecord* At(PartitionId partition, PartitionIndex index) const;
  // The place in its partition of the log's record: partition 0 for a control record, nullptr beyond the end.
  struct LogPlace {
    PartitionId partition;
    PartitionIndex index;
  };
  const LogPlace* AtLog(RaftIndex raft_index) const;
  RaftIndex LastLog() const { return RaftIndex(log_.size()); }
  RaftIndex PromisedLog() const { return promised_log_; }
  // Whether the store took this record, or a client is sending it. Looks at every record.
  bool WasSent(RecordName name) const;
  uint64_t placed() const { return placed_; }
  uint64_t acknowledged() const { return acknowledged_; }

 private:
  struct Sending {
    RecordName name;
    uint32_t bytes;
    uint32_t crc;
  };
  struct Partition {
    bool created = false;
    std::deque<Sending> sending;       // in the order of the calls
    std::vector<ModelRecord> records;  // at index - 1
    PartitionIndex promised;           // Invariant: promised <= records.size()
  };

  Partition& Grow(PartitionId partition);
  const Partition* Find(PartitionId partition) const;

  std::vector<Partition> partitions_;  // at partition - 1
  std::vector<LogPlace> log_;          // at raft index - 1
  RaftIndex promised_log_;             // Invariant: promised_log_ <= log_.size()
  uint64_t placed_ = 0;
  uint64_t acknowledged_ = 0;
};

}  // namespace tidemark::scenarios
