#pragma once

#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "engine/node/options.h"
#include "fault/plan.h"

namespace tidemark::scenarios {

// EngineOptions::partition_sync_gap of every engine under a plan: short, like all times of a plan.
inline constexpr Duration kPartitionSyncGap = Duration::Millis(5);

// What a node's engine is started with under a plan, but for the mode. Settings that no engine would accept are
// brought to the nearest that it does. `foreign`: how many times the node was given a disk of another store,
// which comes to the same as being another store than the one on its disk. `starts`: of its process so far, this
// one included.
EngineOptions StoreOptionsOf(const fault::Plan& plan, NodeId node, uint64_t foreign, uint64_t starts);

}  // namespace tidemark::scenarios
