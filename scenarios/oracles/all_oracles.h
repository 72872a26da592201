#pragma once

// Every oracle there is; each lives in the .cc named in the comment.

#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "scenarios/oracles/oracle.h"

namespace tidemark::scenarios {

using MakeOracle = std::unique_ptr<Oracle> (*)(const OracleContext&);

std::unique_ptr<Oracle> MakeTruncationOrder(const OracleContext& context);     // L1 truncation_order.cc
std::unique_ptr<Oracle> MakeApplyOrder(const OracleContext& context);          // L2 apply_order.cc
std::unique_ptr<Oracle> MakeForwardOrder(const OracleContext& context);        // L3 forward_order.cc
std::unique_ptr<Oracle> MakeMonotonicRungs(const OracleContext& context);      // L4 monotonic_rungs.cc
std::unique_ptr<Oracle> MakeApplyOnce(const OracleContext& context);           // L5 apply_once.cc
std::unique_ptr<Oracle> MakeAckedGapless(const OracleContext& context);        // L6 acked_gapless.cc
std::unique_ptr<Oracle> MakeTruncationNeed(const OracleContext& context);      // T1 truncation_need.cc
std::unique_ptr<Oracle> MakeNoHoles(const OracleContext& context);             // T2 no_holes.cc
std::unique_ptr<Oracle> MakeSnapshotCovers(const OracleContext& context);      // T3 snapshot_covers.cc
std::unique_ptr<Oracle> MakeAckedSurvive(const OracleContext& context);        // R1 acked_survive.cc
std::unique_ptr<Oracle> MakeNothingInvented(const OracleContext& context);     // R2 nothing_invented.cc
std::unique_ptr<Oracle> MakeNothingTwice(const OracleContext& context);        // R3 nothing_twice.cc
std::unique_ptr<Oracle> MakeRungsRecovered(const OracleContext& context);      // R4 rungs_recovered.cc
std::unique_ptr<Oracle> MakeRecoveryConverges(const OracleContext& context);   // R5 recovery_converges.cc
std::unique_ptr<Oracle> MakeCorruptionSurfaces(const OracleContext& context);  // R6 corruption_surfaces.cc

std::unique_ptr<Oracle> MakeWaitersKept(const OracleContext& context);   // W1 waiters_kept.cc
std::unique_ptr<Oracle> MakeWithinLimits(const OracleContext& context);  // V2 within_limits.cc
std::unique_ptr<Oracle> MakeFilesKeepUp(const OracleContext& context);   // V3 files_keep_up.cc

// What is known of each, without a run: for lists and documents. V1 and S1, which the runner and the
// census judge, stand at the end.
absl::Span<const OracleInfo> OracleInfos();

}  // namespace tidemark::scenarios
