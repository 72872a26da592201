#pragma once

// What a store owes under a plan: the damage that was ordered decides what it may lose or refuse. Within the
// contract of disks (crashes, power loss, errors that are reported) it owes everything. A medium that lies
// or rots may cost records, and then the store may refuse; it may never serve what nobody wrote.

#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "fault/plan.h"
#include "scenarios/file_pace.h"

namespace tidemark::scenarios {

struct NodeContract {
  // Promised records may be missing after a recovery that reports nothing: the damage can leave no evidence
  // (a sync that lied, a write that never arrived, rot in the last batch).
  bool may_lose_silently = false;
  // At most the newest durable batch may go missing that way: the damage is one spot, and what follows a
  // batch is evidence for it. Not where recovery rolls back: the end of a partition's file, which has no evidence above
  // it, then decides where the log ends.
  bool only_newest_batch = false;
  // A recovery may drop what was durable in the log and not committed.
  bool may_roll_back = false;
  // Nothing is acknowledged or committed before it is `safe`.
  bool waits_for_safe = false;
  // Damage may be found: kCorruption, kLostRecords and kIoError are honest answers, also to recovery.
  bool may_find_damage = false;
  // What damages its disk is told as it strikes (sim::kFaultHit). Not where whole disks go or change places, nor where
  // a loss of power garbles what it should not.
  bool damage_is_told = true;
  // The store may be gone: kNoStore and kWrongStore are honest answers to recovery.
  bool may_be_gone = false;
  // The log's names may be gone: kNoStore is an honest answer to recovery.
  bool may_be_unnamed = false;
  // Writes may stop for space, reads may fail and work again later: refusals that the heal ends.
  bool may_stumble = false;
  // Its clock does not tell how much time has gone by.
  bool clock_is_off = false;

  bool owes_everything() const { return !may_lose_silently && !may_find_damage && !may_be_gone; }
};

// What decides how much a store's files may take of its disk, once all is done (oracles/file_bounds.h).
struct FileLimits {
  bool log_truncates_itself = false;
  uint64_t hold_records = 0;  // of the log, by which a partition that only does not apply may hold it
  uint64_t log_segment_bytes = 0;
  uint64_t partition_segment_bytes = 0;  // of the spill, too
  uint64_t snapshot_bytes = 0;           // a partition's file that has grown by so much asks for a snapshot; 0: never
  uint64_t backlog_bytes = 0;            // that a partition may have not applied, in its file
  uint64_t record_overhead_bytes = 0;    // beside its payload: headers, and what aligns a batch of its own
};

// How much of what a store may pile up: what was taken and is not applied.
struct Limits {
  static constexpr uint64_t kNone = ~uint64_t{0};
  uint64_t unapplied_records = kNone;      // of one partition
  uint64_t unapplied_bytes = kNone;        // likewise; one record of any size is always taken
  uint64_t total_unapplied_bytes = kNone;  // of all partitions; likewise
  uint64_t retained_records = kNone;       // that the log must keep
  uint64_t lag_records = kNone;            // of the log, from the partition's first unapplied one on
  Duration unapplied_age;                  // of the partition's oldest unapplied record; 0: none
};

class Contract {
 public:
  Contract() = default;
  explicit Contract(const fault::Plan& plan);

  const NodeContract& of(NodeId node) const;
  // Every node owes everything: after the heal the run must become live again.
  bool owes_everything() const;
  // Whether the plan's fault of this id damages what it hits.
  bool Damages(uint64_t fault_id) const { return damaging_.contains(fault_id); }
  const Limits& limits() const { return limits_; }
  const FileLimits& file_limits() const { return file_limits_; }
  const FilePace& file_pace() const { return file_pace_; }
  // Whether the partition's machine stops answering, and never goes on.
  bool IsStuck(NodeId node, PartitionId partition) const { return stuck_.contains({node, partition}); }

 private:
  std::vector<NodeContract> nodes_;  // by node id
  absl::btree_set<std::pair<NodeId, PartitionId>> stuck_;
  absl::btree_set<uint64_t> damaging_;
  Limits limits_;
  FileLimits file_limits_;
  FilePace file_pace_;
};

}  // namespace tidemark::scenarios
