#pragma once

// What recovery found and did: data for a program to act on, and for a person to read. Nothing that
// recovery cuts, redoes or rebuilds goes unmentioned here.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "engine/aof/report.h"
#include "engine/base/ids.h"
#include "engine/base/time.h"

namespace tidemark {

// The steps of recovery, in order. Values are written into traces: never renumber.
enum class RecoveryPhase : uint8_t {
  kLock = 0,        // the store is ours alone
  kPartitions = 1,  // every partition file was opened, its valid end found
  kLog = 2,         // the segmented log was opened, its valid end found
  kAlign = 3,       // partition files were cut back, rebuilt or created to fit the log
  kResume = 4,      // ladder and indices stand; forwarding and applying go on from there
};
inline constexpr int kRecoveryPhases = 5;

struct PartitionRecovery {
  PartitionId partition;
  aof::OpenReport file;
  // What the file held when it was opened, before alignment.
  PartitionIndex found_last;
  RaftIndex found_last_raft_index;
  // The file's last checkpoint; zeros when there was none.
  RaftIndex checkpoint_durable;
  RaftIndex checkpoint_applied;
  // What the state machine says it has.
  PartitionIndex applied;
  // Records that the log, or the spill, has and the file lacks: forwarded again after recovery.
  uint64_t redo_records = 0;
  // Those of them that the spill has and the log no longer.
  uint64_t spilled_records = 0;
  // Log records of it that were dropped because not all before them was safe (EngineOptions::Recovery::kRollback).
  uint64_t rolled_back_records = 0;
  // Records cut off the file's end because the log had lost them (EngineOptions::accept_lost_tail).
  uint64_t cut_records = 0;
  // The file was missing, and was created: its creation had been logged, not carried out.
  bool created = false;
  // The file was damaged, all its records were still in the log, and it was made anew from there. `damage` says what
  // and where.
  bool rebuilt = false;
  absl::Status damage;
  // It had been dropped, and what was left of its files was removed.
  bool dropped = false;
};

struct RecoveryReport {
  // Also filled, as far as it went, when recovery fails.
  bool created_store = false;
  aof::OpenReport log;
  std::vector<PartitionRecovery> partitions;  // sorted by partition
  // How long each phase took; zero for a phase not reached.
  Duration phase_duration[kRecoveryPhases];
  RecoveryPhase reached = RecoveryPhase::kLock;
  // Records dropped off the log's end by kRollback, control records among them, and where it ended then.
  uint64_t rolled_back_records = 0;
  RaftIndex rolled_back_to;
  // Not 0: the record that recovery appended, so that no later recovery drops what this one found and serves.
  RaftIndex kept_to;
  // Not OK: there is a spill, and it cannot be read. It was removed where nothing was missed.
  absl::Status spill_damage;
  // Records above what the partition files hold.
  uint64_t redo_records = 0;

  // Several lines, for a person.
  std::string ToString() const;
};

}  // namespace tidemark
