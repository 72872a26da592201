#pragma once

// The ids, names and truths of all oracles, for code that reports and documents that list.

#include "scenarios/oracles/oracle.h"

namespace tidemark::scenarios {

inline constexpr OracleInfo kTruncationOrder = {"L1", "truncation_order", "truncated < min_required <= durable + 1"};
inline constexpr OracleInfo kApplyOrder = {"L2", "apply_order",
                                           "applied[p] <= committed, and applied[p] <= forwarded[p]"};
inline constexpr OracleInfo kForwardOrder = {
    "L3", "forward_order",
    "partition_durable[p] <= forwarded[p] <= durable, and nothing is acknowledged above durable"};
inline constexpr OracleInfo kMonotonicRungs = {
    "L4", "monotonic_rungs", "while a process lives every rung moves upwards only, from where it stood"};
inline constexpr OracleInfo kApplyOnce = {"L5", "apply_once",
                                          "one apply in flight per partition, in order, without gap, once per life"};
inline constexpr OracleInfo kAckedGapless = {
    "L6", "acked_gapless",
    "acknowledged records of a partition are gapless, committed, and durable by what its disk was seen to do"};
inline constexpr OracleInfo kTruncationNeed = {
    "T1", "truncation_need",
    "nothing is gone that some partition needs, and min_required names the lowest need exactly, and whose it is"};
inline constexpr OracleInfo kNoHoles = {"T2", "no_holes",
                                        "a reader gets a committed record or 'truncated', never a hole"};
inline constexpr OracleInfo kSnapshotCovers = {
    "T3", "snapshot_covers", "what is gone from a partition's file is in a durable snapshot of its state machine"};
inline constexpr OracleInfo kAckedSurvive = {"R1", "acked_survive", "nothing acknowledged is lost"};
inline constexpr OracleInfo kNothingInvented = {"R2", "nothing_invented", "nothing appears that nobody appended"};
inline constexpr OracleInfo kNothingTwice = {"R3", "nothing_twice",
                                             "nothing stands twice, or at another's place, in a partition"};
inline constexpr OracleInfo kRungsRecovered = {"R4", "rungs_recovered",
                                               "recovered rungs >= the durable rungs before the crash"};
inline constexpr OracleInfo kRecoveryConverges = {"R5", "recovery_converges",
                                                  "recovering twice equals recovering once"};
inline constexpr OracleInfo kCorruptionSurfaces = {
    "R6", "corruption_surfaces", "corruption is reported or repaired, never served, never cut silently"};
inline constexpr OracleInfo kWaitersKept = {"W1", "waiters_kept",
                                            "a barrier passes once its partitions have applied, a follower gets "
                                            "applied records only, in order, all, a flush is done "
                                            "once what had been taken is durable, a truncation or a "
                                            "snapshot once what it frees is gone, and an error is a true one"};
// Judged by the runner, at the end of the liveness phase.
inline constexpr OracleInfo kCatchesUp = {
    "V1", "catches_up",
    "after the heal everything admitted is applied and truncation catches up, within a stated virtual time"};
inline constexpr OracleInfo kWithinLimits = {
    "V2", "within_limits",
    "backlog, partitions and disk use stay within their limits, also with one partition "
    "stuck for ever, and what no limit forbids is taken"};
inline constexpr OracleInfo kFilesKeepUp = {
    "V3", "files_keep_up",
    "a partition's file that no fault holds makes durable what the log has, within a stated virtual time"};
// Judged over a whole suite of seeds, by the census.
inline constexpr OracleInfo kRareReached = {
    "S1", "rare_reached", "the suite reached every named rare state and fired every fault kind it orders"};

}  // namespace tidemark::scenarios
