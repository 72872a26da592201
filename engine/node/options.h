#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "engine/aof/store_id.h"
#include "engine/base/time.h"

namespace tidemark {

// What an engine is started with. Sizes of files apply to files made from now on.
struct EngineOptions {
  enum class Mode {
    kCreate,    // kStoreExists when a store with any use is here. A creation that a crash interrupted is completed.
    kExisting,  // kNoStore when none is here (a wiped disk): it is never created silently
  };

  // How the log and the partition files, which are behind it, are brought together again (engine/node/recovery.h).
  enum class Recovery {
    // The log is the truth, and what partition files lack is forwarded again. A record is acknowledged, and may be
    // applied, once it is durable in the log.
    kRedo,
    // The log is cut back to `safe`: up to there every record is durable in its partition's file too. A record is
    // acknowledged, and may be applied, once it is `safe`. Of worth where a partition's file must never lack what
    // was acknowledged; the price is that the slowest partition's sync stands in every acknowledgement's way, and that
    // a partition file that fails stops the engine.
    kRollback,
  };

  // Drawn once by whoever creates the store; every file repeats it. A file of another store is kWrongStore.
  StoreId store_id;
  Mode mode = Mode::kExisting;
  // May be another one than the store was used with before. Each log record says by which it was promised, and
  // recovery keeps what was acknowledged under either.
  Recovery recovery = Recovery::kRedo;
  // A partition file that is ahead of the segmented log shows that promised log records are gone: recovery
  // refuses with kLostRecords. With this set it cuts the partition file back and says so in the report.
  bool accept_lost_tail = false;

  // --- files ---------------------------------------------------------------
  // Beside those with records the log, and each partition, has a spare for the day of the full disk, as large as its
  // last file, and, once that has its full size, mostly the next one made ahead.
  uint64_t log_segment_bytes = 64u << 20;        // a multiple of 4096, from 64 KiB to 16 GiB
  uint64_t partition_segment_bytes = 16u << 20;  // likewise
  uint32_t block_bytes = 4096;                   // 512 or 4096: what a torn write of the device may damage
  // Of one record; at most an eighth of either segment size, and a little less than 256 MiB. May change from life to
  // life; recovery refuses a lower one than a record has that is not yet in its partition's file.
  uint32_t max_payload_bytes = 1u << 20;
  uint32_t max_batch_bytes =
      4u << 20;         // of one write, at most 1 GiB; at least one largest record and at most half a segment count
  bool direct = false;  // bypass the page cache
  // Whether recovery reads partition files whole. If not, it reads of each the end, and the heads of the segment files
  // before it: starting takes no longer when a partition grows. Damage in what it left unread is found by the first
  // read of a record there, unless the log has all records of the partition: then recovery reads the file whole all the
  // same, for it can make it anew.
  bool scan_partition_files = false;

  // --- pace; each time at most ten years --------------------------------------
  // How long a log record waits for company before it is written and synced, and how many bytes do not wait.
  Duration log_flush_delay;
  uint64_t log_flush_bytes = 1u << 20;
  // The same for partition files, which nobody waits for: each of their syncs delays the log's, so they are few.
  Duration partition_flush_delay = Duration::Millis(200);
  uint64_t partition_flush_bytes = 1u << 20;
  // How many partition files write and sync at the same time, and, while the log is busy, how long after the start of
  // one such turn the next one starts: what the log's own syncs lose to those of the partitions is bounded, however
  // many there are. A partition with partition_flush_bytes to write, or that somebody waits for, does not wait for
  // the gap.
  uint32_t partition_syncs = 4;
  Duration partition_sync_gap = Duration::Millis(20);
  // How many partition files stay open, each of which takes two of the process's file handles while it is idle, and one
  // more for each sealed file that is being scanned; those that are at work stay open beyond the limit. The ones used
  // least recently are closed, and opened again when they are needed.
  uint32_t max_open_partitions = 256;
  // A partition's bytes, as its file frames them, that were forwarded and are not yet durable there. At the limit
  // forwarding of that partition waits, and goes on from the segmented log; its file does not wait for its flush delay.
  uint64_t partition_window_bytes = 4u << 20;
  // How often a full disk is tried again, and reads, removals and new files that failed.
  Duration full_retry = Duration::Millis(100);
  // The pause before a failed apply comes again: doubles from the first to the second.
  Duration apply_retry_min = Duration::Millis(1);
  Duration apply_retry_max = Duration::Seconds(1);

  // --- limits: an append beyond them is refused with kRefused, and may be tried again -----------
  // At most 65536; of those that are there none goes when this is lowered. Each log file repeats the roster, which may
  // take an eighth of it, and a mebibyte: log_segment_bytes / 128 - 3 is a limit too, and 65533. Recovery refuses
  // smaller log files than the partitions that are there need.
  uint32_t max_partitions = 65536;
  uint64_t max_unapplied_records = 65536;    // of one partition, accepted and not yet applied
  uint64_t max_unapplied_bytes = 16u << 20;  // payload of the same
  // Over all partitions; above the former, or one fills it alone: refused, but for max_partitions = 1.
  uint64_t max_total_unapplied_bytes = 64u << 20;
  // Records that the log must keep because some partition needs them: appended - min_required. Bounds disk and memory
  // when one partition stops for ever. Above max_hold_records, else refused, but for max_partitions = 1: at this limit
  // all appends are. And above what a log file holds: a partition that holds the log is set aside only once others have
  // filled a file.
  uint64_t max_retained_records = 4u << 20;
  // How far a partition's first unapplied record may lie behind the log's end, in records of the log, and how old it
  // may be.
  uint64_t max_lag_records = 4u << 20;
  Duration max_unapplied_age;  // 0: no limit
  // A partition that holds the log by half as many records is made to sync at once. One that holds it by this many all
  // the same holds it no longer: what is durable in its own file is applied from there; what that file does not make
  // durable is copied into the spill (engine/node/spill.h), under kRedo, where a file of the log can go then. A
  // partition that is stuck for ever is refused by the limits above, which bound its part of the spill too
  // (max_unapplied_bytes + partition_window_bytes), and the others go on. A partition whose file cannot be made holds
  // the log by no more either: once a file of the log could go, what its heads tell of the creation is enough.
  uint64_t max_hold_records = 1u << 20;
  // Log records written last that stay in memory, in buffers of at most twice as many bytes, so that forwarding and
  // applying need not read them back.
  uint64_t cache_bytes = 8u << 20;
  // How many places of records in full segment files are held in memory, 8 bytes each: so many of the log and a quarter
  // of that of each partition, twice where old records are read. A record whose place is not held is read by a scan of
  // its segment file. At most 2^32.
  uint64_t max_known_records = 1u << 20;
  // Partition files opened or made at the same time.
  uint32_t open_concurrency = 16;

  // A partition file that has grown by this many bytes since the last try asks the state machine for a snapshot, and
  // drops the records that the snapshot has. 0: never.
  uint64_t snapshot_bytes = 64u << 20;

  // Removes log files that nobody needs, as they become so.
  bool auto_truncate = true;

  // INVALID_ARGUMENT (kRefused) naming the field, its value and what would do.
  absl::Status Validate() const;
};

}  // namespace tidemark
