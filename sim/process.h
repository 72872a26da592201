#pragma once

// What a simulated machine runs. The simulator knows nothing of the engine: whoever brings one (scenarios, or another
// team with a storage engine of its own) supplies a factory.

#include <functional>
#include <memory>

#include "engine/base/ids.h"
#include "engine/env/env.h"
#include "fault/lag_policy.h"

namespace tidemark::sim {

class Process {
 public:
  // A crash: nothing of it runs any more. Its tasks, timers and disk callbacks were destroyed unrun before.
  virtual ~Process() = default;
  // It has not finished starting: crashes now count as crashes inside recovery.
  virtual bool recovering() const = 0;
};

// What a process finds when it starts.
struct ProcessContext {
  NodeId node;
  uint64_t life = 0;  // 1 for the first start of the node
  Env env;
  fault::LagPolicy& lag;
  std::function<Instant()> world_now;  // for the harness's own eyes: a process under test uses env.clock
  std::function<void()> exit;  // the process gives up: it is destroyed after the current event and started again later
};

using ProcessFactory = std::function<std::unique_ptr<Process>(ProcessContext)>;

}  // namespace tidemark::sim
