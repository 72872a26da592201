#pragma once

// The scenarios, one function a file. scenarios/catalog.cc lists them; nothing else names them.

#include "scenarios/scenario.h"

namespace tidemark::scenarios {

Scenario SteadyAppend();
Scenario CrashDuringAppend();
Scenario TornTail();
Scenario LyingDisk();
Scenario FailedSync();
Scenario BitRot();
Scenario FullDisk();
Scenario PartitionLag();
Scenario CrashInRecovery();
Scenario RotationTruncation();
Scenario ClockFaults();
Scenario DiskGone();
Scenario CrashPoints();
Scenario SlowApplies();
Scenario StuckPartition();
Scenario HangingFile();
Scenario WaitingFiles();
Scenario DropCreate();
Scenario SnapshotTruncation();
Scenario LargePayloads();
Scenario Overload();
Scenario ManyPartitions();
Scenario Swarm();
Scenario SwarmHostile();
Scenario BothPolicies();
Scenario ChangedOptions();
Scenario AwaitedApplies();

}  // namespace tidemark::scenarios
