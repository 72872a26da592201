// The one table of scenarios: what is not listed here does not exist.

#include "scenarios/catalog/catalog.h"

#include "scenarios/scenario.h"

namespace tidemark::scenarios {

absl::Span<const Scenario> Scenarios() {
  static const Scenario kAll[] = {
      SteadyAppend(), CrashDuringAppend(), TornTail(),     LyingDisk(),          FailedSync(),
      BitRot(),       FullDisk(),          PartitionLag(), CrashInRecovery(),    RotationTruncation(),
      ClockFaults(),  DiskGone(),          CrashPoints(),  SlowApplies(),        StuckPartition(),
      HangingFile(),  WaitingFiles(),      DropCreate(),   SnapshotTruncation(), LargePayloads(),
      Overload(),     ManyPartitions(),    BothPolicies(), ChangedOptions(),     AwaitedApplies(),
      Swarm(),        SwarmHostile(),
  };
  return kAll;
}

const Scenario* FindScenario(absl::string_view name) {
  for (const Scenario& scenario : Scenarios()) {
    if (scenario.name == name) return &scenario;
  }
  return nullptr;
}

}  // namespace tidemark::scenarios
