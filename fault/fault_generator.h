#pragma once

// Draws concrete faults from a profile's orders.

#include <vector>

#include "engine/base/random.h"
#include "engine/base/time.h"
#include "fault/fault.h"
#include "fault/plan.h"
#include "fault/profile.h"

namespace tidemark::fault {

// The faults of all orders for a plan of these settings and this span, in the order of their times. Fault n of the
// s-th order of a kind draws under `key` and (kind, s, n), and has the id 1000 * (kind + 1) + 100 * s + n.
std::vector<Fault> DrawFaults(const Profile& profile, const Settings& settings, Duration span, RandomKey key);

}  // namespace tidemark::fault
