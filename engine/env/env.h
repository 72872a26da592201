#pragma once

// All that a node may touch of the world. The engine reaches clock, disk and randomness
// through these doors only: no thread, system clock, file call, global or random device.

#include "engine/base/random.h"
#include "engine/env/clock.h"
#include "engine/env/disk.h"
#include "engine/env/executor.h"
#include "engine/env/tracer.h"

namespace tidemark {

// References: whoever builds an Env keeps the doors alive longer than all that use it.
struct Env {
  Clock& clock;
  Executor& executor;
  Disk& disk;
  Tracer& tracer;
  RandomKey random;
};

}  // namespace tidemark
