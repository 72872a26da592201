#pragma once

// Brings a store back to life, in the phases of RecoveryPhase (End is counted as Log):
//
//   Lock        the store is ours
//   Partitions  every partition file is opened: its valid end, its last checkpoint; and the spill, where there is one
//   Log         the segmented log is opened; it says which partitions there are and which of their records it holds.
//               Damage below a promise is put back from the partition files, where they have all of it. What was left
//               unread of files that could be made anew is read now: whether they will be counts for where the log ends
//   End         under kRollback the log is cut back to what is safe, and the files that are ahead of that with it;
//               recovery_end.cc says what stays all the same
//   Align       one partition after another is held against the log; its file
//                 is behind                 its missing records will be forwarded again, from the log or, where that
//                 has
//                                           let go of them, from the spill (recovery_spill.cc)
//                 is missing, or damaged    it is made anew, if the log has every record of it; else refused
//                 is ahead of the log       the log has lost promised records: refused, or cut back if the options say
//                 so is of a dropped one       it is removed
//   Resume      the ladder stands; the coordinator goes on from there
//
// Nothing is deleted but what the log holds too, what was never acknowledged (or what the options give up), so a crash
// anywhere leaves a store that the next recovery brings to the same state.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "engine/node/engine.h"
#include "engine/node/log_roster.h"
#include "engine/node/store.h"

namespace tidemark {

class Recovery : public std::enable_shared_from_this<Recovery>, private LogListener {
 public:
  using Done = absl::AnyInvocable<void(Engine::RecoverOutcome)>;

  // Held by a shared_ptr; it keeps itself alive until `done` has run, or the executor is gone.
  Recovery(const Env& env, const EngineOptions& options, StateMachine& machine, Done done);
  void Start();

 private:
  // A partition's file as it was found, or what was found in its place.
  struct Found {
    std::unique_ptr<PartitionLog> log;
    aof::OpenReport report;
    absl::Status damage;  // kCorruption, kLostRecords
  };

  // Records that a partition's file lacks, and the log, and the spill has.
  struct Spilled {
    PartitionIndex first;
    PartitionIndex last;
  };

  // The logs that this owns must not hold whom they belong to, and who opens one is held by it.
  template <typename Result>
  absl::AnyInvocable<void(Result)> Then(void (Recovery::*step)(Result)) {
    return [weak = weak_from_this(), step](Result result) {
      if (auto self = weak.lock()) (self.get()->*step)(std::move(result));
    };
  }

  // lock, partitions, log
  void OnLocked(absl::StatusOr<std::unique_ptr<DirectoryLock>> lock);
  void OnNamesSynced(absl::Status status);
  void OnListed(absl::StatusOr<std::vector<DirectoryEntry>> entries);
  void OpenPartitions();
  void OnPartitionOpened(PartitionId partition, absl::StatusOr<PartitionLog::Opened> opened);
  void OpenSpill();
  void OnSpillOpened(absl::StatusOr<std::unique_ptr<Spill>> opened);
  void OpenLog();
  void OnLogOpened(absl::StatusOr<SegmentedLog::Opened> opened);
  // Whether the partition's file could be made anew.
  bool InLogWhole(PartitionId partition) const;
  void CheckSkipped();
  void OnSkippedChecked(absl::Status status);

  // log, where it is damaged (recovery_mend.cc)
  struct Mending {
    LogGap gap;
    LogGapDone done;
    std::vector<std::pair<PartitionId, PartitionIndex>> to_read;  // from the back; from these records on
    absl::btree_map<RaftIndex, Entry> found;
  };
  void Mend(const LogGap& gap, LogGapDone done);
  void ReadForGap(std::shared_ptr<Mending> mending);
  void OnReadForGap(const std::shared_ptr<Mending>& mending, PartitionId partition,
                    absl::StatusOr<std::vector<Entry>> entries);
  static void CloseGap(Mending& mending);

  // what the log has let go of (recovery_spill.cc)
  void TakeFromSpill();
  void TakeFromSpill(PartitionId partition, const PartitionLog& file);
  // The partition's records up to here that its file lacks, and the log, are in the spill. 0: none.
  PartitionIndex SpilledThrough(PartitionId partition) const;
  void DiscardSpill();
  void OnSpillRemoved(absl::Status status);

  // end: what of the log stays (recovery_end.cc)
  void FindEnd();
  bool HasFile(PartitionId partition) const;
  // Whether the file that was found goes on as the partition's.
  bool KeepsFile(PartitionId partition, const OutstandingRecords& in_log) const;
  // The lowest of these records that the partition's file lacks (all of them where there is none), and the spill; 0:
  // there is none.
  RaftIndex LowestUnsynced(PartitionId partition, const OutstandingRecords& in_log) const;
  RaftIndex SafeEnd(RaftIndex at_least) const;
  RaftIndex EvidentlySafe();
  // What the state machine says it has; asked once.
  PartitionIndex MachineHas(PartitionId partition);
  void RollBack(RaftIndex end);
  void RollBackPartition(PartitionId partition, const OutstandingRecords& in_log, RaftIndex end);
  void CutFile(PartitionId partition, PartitionIndex new_end, DiskDone done);
  void FailIfFull(PartitionId partition);
  void CutNextFile();
  void OnFileCut(absl::Status status);
  void CutLog();
  void OnLogCut(absl::Status status);
  void FailOfFullDisk();
  void KeepRest();
  void OnRestKept(absl::Status status);

  // align: one partition at a time
  void Align();
  void AlignNext();
  void FinishDrop(Found& found);
  void AlignFile(Found& found);
  void Remake(Found& found);
  void RemoveFiles(bool keep_directory);
  void OnFilesRemoved(absl::Status status);
  void OnRemade(absl::StatusOr<PartitionLog::Opened> opened);
  void CutBack(Found& found);
  void StartAgain(Found& found, PartitionIndex end);
  absl::Status FitsOptions(const OutstandingRecords& in_log, PartitionIndex durable) const;
  void OnCutBack(absl::Status status);
  void FindPlaces();
  void OnPlaceRead(absl::StatusOr<std::vector<Entry>> entries);
  void PlacePartition();
  absl::Status LostTail(PartitionId partition, const Found& found) const;
  // The state machine has more than the log knows.
  absl::Status LostByMachine(PartitionId partition, const LogRoster::Partition& known);
  // The raft index of a record of the current partition. False: its file has to be read.
  bool KnownPlace(PartitionIndex index, RaftIndex* place) const;
  bool PlaceBeforeFile(RaftIndex* place) const;

  void Resume();
  void Enter(RecoveryPhase phase, uint64_t count);
  void Fail(absl::Status status);  // by value: what it names may go with the files
  void GiveUp();
  void Finish(absl::StatusOr<std::unique_ptr<Engine>> engine);
  PartitionRecovery& ReportOf(PartitionId partition);
  const LogRoster::Partition* InRoster(PartitionId partition) const;

  // LogListener, while nobody else owns the log.
  void OnLogDurable(RaftIndex) override {}
  void OnLogFailed(const absl::Status& why) override { log_failure_ = why; }
  void OnLogFull(bool full) override;
  std::vector<RosterEntry> RosterAt(RaftIndex base) override { return roster_.RosterAt(base); }

  const Env env_;
  const EngineOptions options_;
  StateMachine& machine_;
  Done done_;
  Executor::TimerId keep_alive_ = 0;  // holds this, never fires
  RecoveryReport report_;
  Instant phase_began_;
  Store store_;
  LogRoster roster_;
  absl::Status log_failure_;
  absl::Status failure_;  // why it will be refused, once nothing is being opened any more
  bool cutting_log_ = false;
  std::vector<PartitionId> to_open_;  // from the back
  uint64_t opening_ = 0;
  std::vector<PartitionId> empty_directories_;     // of a creation or a drop that was not finished
  bool has_spill_ = false;                         // its directory is there
  absl::btree_map<PartitionId, Spilled> spilled_;  // of partitions, dropped ones too
  absl::btree_map<PartitionId, Found> found_;
  absl::btree_map<PartitionId, PartitionIndex> machine_has_;          // as far as it was asked
  std::vector<std::pair<PartitionId, PartitionIndex>> files_to_cut_;  // and their new ends; from the back
  absl::btree_map<PartitionId, uint64_t> rolled_back_;                // records of each partition
  std::vector<PartitionId> to_align_;                                 // from the back
  // Of the partition that is being aligned.
  PartitionId current_;
  PartitionIndex wanted_place_;
  absl::btree_map<PartitionIndex, RaftIndex> read_places_;
};

}  // namespace tidemark
