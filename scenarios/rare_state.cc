#include "scenarios/rare_state.h"

#include <cstddef>

namespace tidemark::scenarios {
namespace {

constexpr RareStateInfo kInfos[] = {
    {"torn_tail", "recovery cut a torn tail off the segmented log"},
    {"torn_partition_tail", "recovery cut a torn tail off a partition file"},
    {"torn_header", "a segment file under construction was found and removed"},
    {"tail_reappended", "recovery wrote an unproven tail again"},
    {"crash_in_recovery", "a crash while the process recovered"},
    {"crash_in_recovery_again", "two crashes in a row, both while it recovered"},
    {"crash_while_creating", "a crash before the store's first recovery completed"},
    {"rotated", "the segmented log moved on to a new segment file"},
    {"crash_near_rotation", "a crash within the same millisecond as a rotation"},
    {"prefix_truncated", "the segmented log lost files that nobody needed"},
    {"crash_near_truncation", "a crash within the same millisecond as a truncation"},
    {"redo", "recovery had records to forward again"},
    {"partition_created_in_recovery", "a logged creation was carried out by recovery"},
    {"partition_rebuilt", "a damaged partition file was made anew from the log"},
    {"partition_stopped", "a partition's file failed while the log went on"},
    {"log_poisoned", "the log's write or sync failed"},
    {"log_full", "the log found the disk full"},
    {"partition_full", "a partition file found the disk full"},
    {"space_again", "the log was full, and appends were taken again in the same life"},
    {"corruption_reported", "recovery refused for damage below a promise"},
    {"lost_records_reported", "recovery refused for promised records that are gone"},
    {"store_missing", "recovery found no store, or another one"},
    {"append_refused", "an append was refused by a limit"},
    {"apply_redelivered", "a record was applied again after a crash"},
    {"read_refused_damaged", "a read answered that its record is damaged"},
    {"rolled_back", "recovery dropped records that were durable in the log and not safe"},
    {"kept_above_safe", "recovery kept records above safe, and said so in the log"},
    {"partition_dropped", "a partition was dropped, and nothing of it is left"},
    {"crash_near_drop", "a crash within the same millisecond as a drop became durable"},
    {"drop_finished_in_recovery", "recovery removed what was left of a dropped partition"},
    {"partition_recreated", "a partition took records under the id of a dropped one"},
    {"partition_truncated", "a partition's file was cut below a snapshot"},
    {"crash_near_partition_truncation", "a crash within the same millisecond as a cut below a snapshot"},
    {"apply_tried_again", "an apply failed, and came again in the same life"},
    {"applies_released", "applies that were late held the log no longer"},
    {"admitted_again", "a partition was refused by a limit, and took a record later in the same life"},
    {"record_of_a_mebibyte", "a record of a mebibyte or more was taken"},
    {"thousand_partitions", "recovery brought back a thousand partitions or more"},
    {"gap_mended", "recovery put back damaged log records from partition files"},
    {"spilled", "what a partition's file did not make durable held the log no longer"},
    {"crash_near_spill", "a crash within the same millisecond as that"},
    {"recovered_from_spill", "recovery found records in the spill that the log no longer had"},
    {"files_skipped", "recovery left sealed files of a partition unread"},
    {"skipped_file_read", "a file that recovery had left unread was scanned, for a read"},
    {"skipped_file_damaged", "such a file was found damaged"},
    {"places_let_go", "where the records of a full file are was not held in memory any more"},
    {"found_again", "such a file was scanned, for a read in the same life"},
    {"options_refused", "recovery refused options that would not do for what the store holds"},
    {"file_reused", "a segment file that nobody needed was to become the next one"},
    {"crash_near_reuse", "a crash within the same millisecond as that"},
    {"batch_cut_short", "a crash left the first records of a call, and not the others"},
    {"creation_released", "a partition's file that could not be made held the log no longer"},
};
static_assert(sizeof(kInfos) / sizeof(kInfos[0]) == kRareStateCount);

}  // namespace

const RareStateInfo& InfoOf(RareState state) { return kInfos[static_cast<size_t>(state)]; }

}  // namespace tidemark::scenarios
