#pragma once

// Rare states that a suite must reach, by name: a suite that never met one proves nothing about it (S1). What
// reaches each is decided in one place, scenarios/rare_state.cc, from trace events and recovery reports alone.

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace tidemark::scenarios {

enum class RareState : uint8_t {
  kTornTail,                      // recovery cut a torn tail off the segmented log
  kTornPartitionTail,             // recovery cut a torn tail off a partition file
  kTornHeader,                    // a segment file under construction was found and removed
  kTailReappended,                // recovery wrote an unproven tail again
  kCrashInRecovery,               // a crash while the process recovered
  kCrashInRecoveryAgain,          // two crashes in a row, both while it recovered
  kCrashWhileCreating,            // a crash before the store's first recovery completed
  kRotated,                       // the segmented log moved on to a new segment file
  kCrashNearRotation,             // a crash within the same millisecond as a rotation
  kPrefixTruncated,               // the segmented log lost files that nobody needed
  kCrashNearTruncation,           // a crash within the same millisecond as a truncation
  kRedo,                          // recovery had records to forward again
  kPartitionCreatedInRecovery,    // a logged creation was carried out by recovery
  kPartitionRebuilt,              // a damaged partition file was made anew from the log
  kPartitionStopped,              // a partition's file failed while the log went on
  kLogPoisoned,                   // the log's write or sync failed
  kLogFull,                       // the log found the disk full
  kPartitionFull,                 // a partition file found the disk full
  kSpaceAgain,                    // the log was full, and appends were taken again in the same life
  kCorruptionReported,            // recovery refused for damage below a promise
  kLostRecordsReported,           // recovery refused for promised records that are gone
  kStoreMissing,                  // recovery found no store, or another one
  kAppendRefused,                 // an append was refused by a limit
  kApplyRedelivered,              // a record was applied again after a crash
  kReadRefusedDamaged,            // a read answered kCorruption
  kRolledBack,                    // recovery dropped records that were durable in the log and not safe
  kKeptAboveSafe,                 // recovery kept records above safe, and said so in the log
  kPartitionDropped,              // a partition was dropped, and nothing of it is left
  kCrashNearDrop,                 // a crash within the same millisecond as a drop became durable
  kDropFinishedInRecovery,        // recovery removed what was left of a dropped partition
  kPartitionRecreated,            // a partition took records under the id of a dropped one
  kPartitionTruncated,            // a partition's file was cut below a snapshot
  kCrashNearPartitionTruncation,  // a crash within the same millisecond as a cut below a snapshot
  kApplyTriedAgain,               // an apply failed, and came again in the same life
  kAppliesReleased,               // applies that were late held the log no longer
  kAdmittedAgain,                 // a partition was refused by a limit, and took a record later in the same life
  kRecordOfAMebibyte,             // a record of a mebibyte or more was taken
  kThousandPartitions,            // recovery brought back a thousand partitions or more
  kGapMended,                     // recovery put back damaged log records from partition files
  kSpilled,                       // what a partition's file did not make durable held the log no longer
  kCrashNearSpill,                // a crash within the same millisecond as that
  kRecoveredFromSpill,            // recovery found records in the spill that the log no longer had
  kFilesSkipped,                  // recovery left sealed files of a partition unread
  kSkippedFileRead,               // a file that recovery had left unread was scanned, for a read
  kSkippedFileDamaged,            // such a file was found damaged
  kPlacesLetGo,                   // where the records of a full file are was not held in memory any more
  kFoundAgain,                    // such a file was scanned, for a read in the same life
  kOptionsRefused,                // recovery refused options that would not do for what the store holds
  kFileReused,                    // a segment file that nobody needed was to become the next one
  kCrashNearReuse,                // a crash within the same millisecond as that
  kBatchCutShort,                 // a crash left the first records of a call, and not the others
  kCreationReleased,              // a partition's file that could not be made held the log no longer
};
inline constexpr int kRareStateCount = 52;

struct RareStateInfo {
  absl::string_view name;
  absl::string_view doc;
};
const RareStateInfo& InfoOf(RareState state);

}  // namespace tidemark::scenarios
