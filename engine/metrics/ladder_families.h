#pragma once

#include <vector>

#include "engine/node/engine.h"
#include "prometheus/metric_family.h"

namespace tidemark {

// The gauges that an engine's ladder gives: rungs, queues, who holds the log, what has stopped.
std::vector<prometheus::MetricFamily> LadderFamilies(const Engine& engine);

}  // namespace tidemark
