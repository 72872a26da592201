#include "engine/node/file_options.h"

#include <algorithm>
#include <utility>

#include "engine/aof/format.h"
#include "engine/node/spill_record.h"
#include "engine/partition/partition_log.h"
#include "engine/partition/partition_record.h"
#include "engine/segmented_log/entry.h"
#include "engine/segmented_log/head_note.h"

namespace tidemark {
namespace {

// A partition that is hardly used takes so much, and a spare of the same size.
constexpr uint64_t kFirstPartitionSegmentBytes = 32u << 10;
// There are many of them, with smaller files.
constexpr uint64_t kPartitionShareOfKnown = 4;

uint32_t HeadNoteRoom(const EngineOptions& options) {
  return static_cast<uint32_t>(std::min<uint64_t>(options.log_segment_bytes / 8, aof::kMaxHeadNoteBytes));
}

aof::Options FileOptions(const EngineOptions& options, uint64_t segment_bytes, uint32_t record_header_bytes) {
  aof::Options file;
  file.store_id = options.store_id;
  file.segment_bytes = segment_bytes;
  file.block_bytes = options.block_bytes;
  file.max_record_bytes = options.max_payload_bytes + record_header_bytes;
  const uint64_t largest = std::min<uint64_t>(options.max_batch_bytes, segment_bytes / 2);
  file.max_batch_bytes = static_cast<uint32_t>(std::max<uint64_t>(largest, aof::FrameBytes(file.max_record_bytes)));
  file.full_retry = options.full_retry;
  file.max_known_records = options.max_known_records;
  file.direct = options.direct;
  return file;
}

}  // namespace

aof::Options LogFileOptions(const EngineOptions& options) {
  aof::Options file = FileOptions(options, options.log_segment_bytes, kEntryHeaderBytes);
  file.log_id = 0;
  file.directory = kLogDirectory;
  file.max_head_note_bytes = HeadNoteRoom(options);
  file.flush_delay = options.log_flush_delay;
  file.flush_bytes = options.log_flush_bytes;
  file.prepare_ahead = true;
  file.recent_bytes = options.cache_bytes;
  return file;
}

aof::Options PartitionFileOptions(const EngineOptions& options, PartitionId partition,
                                  const SharedByPartitions& shared) {
  aof::Options file = FileOptions(options, options.partition_segment_bytes, kPartitionRecordHeaderBytes);
  file.log_id = partition.value();
  file.directory = PartitionLog::DirectoryOf(partition);
  file.max_head_note_bytes = kCheckpointBytes;
  file.first_segment_bytes = std::min(options.partition_segment_bytes, kFirstPartitionSegmentBytes);
  file.flush_delay = options.partition_flush_delay;
  file.flush_bytes = options.partition_flush_bytes;
  file.scan_sealed = options.scan_partition_files;
  file.max_known_records = options.max_known_records / kPartitionShareOfKnown;
  file.prepare_ahead = true;
  file.turns = shared.turns;
  file.open_files = shared.open_files;
  return file;
}

aof::Options SpillFileOptions(const EngineOptions& options) {
  aof::Options file = FileOptions(options, options.partition_segment_bytes, kSpillRecordHeaderBytes);
  file.log_id = kSpillLogId;
  file.directory = kSpillDirectory;
  file.first_segment_bytes = std::min(options.partition_segment_bytes, kFirstPartitionSegmentBytes);
  return file;
}

uint64_t RosterRoom(const EngineOptions& options) {
  // The system partition takes one entry.
  return (HeadNoteRoom(options) - kHeadNoteBytes) / kRosterEntryBytes - 1;
}

uint64_t MaxPartitions(const EngineOptions& options) {
  return std::min<uint64_t>(options.max_partitions, RosterRoom(options));
}

}  // namespace tidemark
