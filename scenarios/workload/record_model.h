#pragma once

// The reference model: which record ought to stand at which place of the log and of its partition, and which
// records the store has promised to keep. It knows only what clients sent and what they were told.
//
// A record's life here: Sent (the client is about to call Append) -> placed (the store took it, and said
// where) -> promised (the client was told "durable", or a recovery served it). Refused records leave again.
// At a recovery what is above the recovered end is dropped: it was never promised, or the oracles have objected.
//
// Partitions come and go: a creation, or a drop, that was sent and not acknowledged may or may not have happened until
// a recovery shows which. A partition that is created again starts anew; what stood in it before is remembered for as
// long as the log may hold it.
//
// O(1) an event: vectors by index, 24 bytes a record.

#include <cstdint>
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
  // The store refused it: it was not taken, and never will be. False when the store had said that it took it.
  bool Refused(PartitionId partition, RecordName name);
  // The client was told that it survives power loss. False when that is not the place where it was put.
  bool Acknowledged(PartitionId partition, RecordName name, PartitionIndex index, RaftIndex raft_index);
  // The partition is about to be created: from now on it may exist.
  void CreateSent(PartitionId partition) { Grow(partition).may_exist = true; }
  // The partition's creation was acknowledged, or a recovery shows it.
  void PartitionCreated(PartitionId partition);
  // The partition is about to be dropped: from now on a recovery may come without it.
  void DropSent(PartitionId partition) { Grow(partition).may_vanish = true; }
  // The store refused: it was not dropped, and will not be.
  void DropRefused(PartitionId partition) { Grow(partition).may_vanish = false; }

  // --- what the store says -----------------------------------------------------
  Placement Placed(PartitionId partition, RaftIndex raft_index, PartitionIndex index, uint64_t bytes, uint64_t crc);
  // A control record took this place of the log.
  void PlacedControl(RaftIndex raft_index);
  // The partition's drop is durable: its records are nobody's any more, and must not come back.
  void PartitionDropped(PartitionId partition);
  // The node is gone: nobody knows what became of the records under way.
  void Down();
  // A recovery ended with these: forget what is above (but for LastUnseen), and hold the store to the rest.
  void Recovered(RaftIndex last);
  void Recovered(PartitionId partition, PartitionIndex last);
  // A recovery ended without this partition.
  void PartitionLost(PartitionId partition);

  // A record will soon be sent to the partition: asks for the memory that it takes (engine/base/prefetch.h). The ends
  // of what grows can be asked for once the rest has come.
  void Prefetch(PartitionId partition) const;
  void PrefetchEnd(PartitionId partition) const;

  // --- what ought to be there --------------------------------------------------
  // Partitions are 1..partitions(); ids are dense.
  uint64_t partitions() const { return partitions_.size(); }
  bool IsCreated(PartitionId partition) const { return Find(partition) != nullptr && Find(partition)->created; }
  // Whether somebody wants it, or wanted it until its drop was sent.
  bool MayExist(PartitionId partition) const { return Find(partition) != nullptr && Find(partition)->may_exist; }
  bool MayVanish(PartitionId partition) const { return Find(partition) != nullptr && Find(partition)->may_vanish; }
  // Whether a drop took it away, and nobody was told since that it is there again.
  bool IsDropped(PartitionId partition) const { return Find(partition) != nullptr && Find(partition)->dropped; }
  // How many times it went away: tells a partition from the one of the same id before it.
  uint64_t Incarnation(PartitionId partition) const {
    return Find(partition) == nullptr ? 0 : Find(partition)->incarnation;
  }
  // The last place of the partition that was ever taken and not dropped.
  PartitionIndex Last(PartitionId partition) const;
  // Likewise, with those behind it that the last recovery did not see, while nothing has taken any place since: where a
  // read lied, a later recovery may see them again.
  PartitionIndex LastUnseen(PartitionId partition) const;
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
  // The client's record there, also of a partition that is gone; nullptr where there is none.
  const ModelRecord* RecordInLog(RaftIndex raft_index) const;
  // The last place of the partition as it was before it went away the last time.
  PartitionIndex LastBeforeDrop(PartitionId partition) const;
  RaftIndex LastLog() const { return RaftIndex(log_.size()); }
  RaftIndex PromisedLog() const { return promised_log_; }
  // Whether the store took this record, or a client is sending it. Looks at every record.
  bool WasSent(RecordName name) const;
  uint64_t placed() const { return placed_; }
  uint64_t acknowledged() const { return acknowledged_; }

 private:
  struct Sending {
    PartitionId partition;
    RecordName name;
    uint32_t bytes;
    uint32_t crc;
  };
  // What each record asks for comes first, in one cache line.
  struct alignas(64) Partition {
    bool created = false;
    bool may_exist = false;            // Invariant: created implies may_exist.
    bool may_vanish = false;           // its drop was sent, and nobody knows what became of it
    bool dropped = false;              // Invariant: dropped implies neither created nor any record.
    std::vector<ModelRecord> records;  // at index - 1
    PartitionIndex promised;           // Invariant: promised <= records.size()
    std::vector<ModelRecord> unseen;   // what came behind them, the last one first
    uint64_t incarnation = 0;
  };

  struct Ended {
    PartitionId partition;
    std::vector<ModelRecord> records;
  };

  void ForgetUnseen();
  Partition& Grow(PartitionId partition);
  std::vector<Sending>::iterator NextTo(PartitionId partition);
  void End(PartitionId partition, bool dropped);
  const Partition* Find(PartitionId partition) const;

  std::vector<Partition> partitions_;  // at partition - 1
  // In the order of the calls. A store says within the call what becomes of a record: there is rarely more than one.
  std::vector<Sending> sending_;
  bool any_unseen_ = false;    // Invariant: false where no partition has any.
  std::vector<LogPlace> log_;  // at raft index - 1
  std::vector<Ended> ended_;   // those that had records, in the order in which they went
  RaftIndex promised_log_;     // Invariant: promised_log_ <= log_.size()
  uint64_t placed_ = 0;
  uint64_t acknowledged_ = 0;
};

}  // namespace tidemark::scenarios
