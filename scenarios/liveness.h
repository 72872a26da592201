#pragma once

// V1: what is still missing after the heal, in one sentence: the first thing on the way from a served store to
// records applied and a log truncated.

#include "absl/types/optional.h"
#include "scenarios/oracles/violation.h"
#include "scenarios/store_host.h"

namespace tidemark::scenarios {

// Nothing when the node has caught up: it serves every partition, every probe is acknowledged, every record applied,
// nothing is needed and, where the log truncates by itself, the files that nobody needs are gone.
absl::optional<Violation> MissingAfterHeal(const StoreHost& host, Instant now);

}  // namespace tidemark::scenarios
