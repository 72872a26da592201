#pragma once

// What the segmented log says of the store, learned while it is opened: which partitions there are, where each one's
// next record goes, and which of its records the log holds. Also answers, for files that opening itself makes, what
// their heads repeat.

#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/functional/any_invocable.h"
#include "engine/node/control_records.h"
#include "engine/partition/watermarks.h"
#include "engine/segmented_log/log_listener.h"

namespace tidemark {

class LogRoster : public LogVisitor {
 public:
  struct Partition {
    RaftIndex created_at;  // 0: before what the log holds
    OutstandingRecords in_log;
    PartitionIndex elsewhere;  // not 0: its records in in_log up to here have left the log, and are held elsewhere
    PartitionIndex last() const { return in_log.next().Prev(); }
  };
  struct Ended {
    RaftIndex dropped_at;
    PartitionId partition;
    Partition state;
  };
  using Partitions = absl::btree_map<PartitionId, Partition>;

  // `max_partitions`: more are an error, as the head of a new file could not list them.
  // `payload_crcs`: whether records get their payload_crc, which is a pass over each payload.
  LogRoster(uint64_t max_partitions, bool payload_crcs)
      : max_partitions_(max_partitions), payload_crcs_(payload_crcs) {}

  // Who looks for other copies of what the log has damaged.
  using Mend = absl::AnyInvocable<void(const LogGap&, LogGapDone)>;
  void SetMend(Mend mend) { mend_ = std::move(mend); }

  // --- LogVisitor ---
  absl::Status OnHeadNote(const HeadNote& note, RaftIndex base) override;
  absl::Status OnEntry(RaftIndex index, const EntryView& entry) override;
  void OnGap(const LogGap& gap, LogGapDone done) override;
  void OnCut(RaftIndex new_end) override;
  void OnFloor(RaftIndex first) override { floor_ = std::max(floor_, first); }
  // kRefused for more than max_partitions. Forgets what is below the floor.
  absl::Status Verdict() override;
  // The same of what there was just before `base`.
  absl::Status VerdictAt(RaftIndex base) const;

  // Whether the log holds the partition's drop, and no creation after that: files of it are left-overs.
  bool dropped(PartitionId partition) const;
  const Partitions& partitions() const { return partitions_; }
  OutstandingRecords TakeRecords(PartitionId partition);
  // The partition, or what it was when it was dropped, the last time; null: the log knows of neither.
  const Partition* NewestOf(PartitionId partition) const;
  // The log has let go of these, which come just before those that NewestOf has, and they are held elsewhere.
  void PutBefore(PartitionId partition, const std::vector<OutstandingRecord>& records);
  // In log order; those that a cut below their drop would bring back.
  const std::vector<Ended>& ended() const { return ended_; }
  // Every recovery keeps the records up to here: the highest one that was promised at `durable`. 0: none.
  RaftIndex kept() const { return kept_; }
  // A control record that recovery itself appended.
  void AddOwn(RaftIndex index) {
    control_.Add(index);
    kept_ = index;
  }
  PartitionIndex next_control() const { return control_.next(); }
  // Whether any client or operator has used the store: more than its own terms stand in it.
  bool used() const { return !partitions_.empty() || !ended_.empty(); }
  std::vector<RosterEntry> RosterAt(RaftIndex base) const;

 private:
  absl::Status VerdictOn(uint64_t partitions) const;
  absl::Status CompareNote(const HeadNote& note, RaftIndex base) const;
  absl::Status AddControl(RaftIndex index, const EntryView& entry);
  absl::Status Create(RaftIndex index, PartitionId partition);
  absl::Status Drop(RaftIndex index, PartitionId partition);
  void ForgetBelowFloor(Partition& partition) const;

  const uint64_t max_partitions_;
  const bool payload_crcs_;
  Mend mend_;
  bool noted_ = false;  // the first head note was heard
  RaftIndex floor_{1};
  Partitions partitions_;
  // Partitions as they were when dropped, in log order: a cut brings them back. A drop below the floor was finished.
  std::vector<Ended> ended_;
  ControlRecords control_{PartitionIndex(1)};
  RaftIndex kept_;
};

}  // namespace tidemark
