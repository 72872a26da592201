#pragma once

// What a run of suites came to: a row a scenario, and what the silence of all those seeds is worth.

#include <string>
#include <vector>

#include "engine/base/time.h"
#include "scenarios/scenario.h"
#include "scenarios/suite.h"

namespace tidemark::tools {

struct ResultRow {
  const scenarios::Scenario* scenario;
  scenarios::SuiteResult result;
  std::vector<std::string> missed;  // fault kinds ordered that never fired, rare states promised and not reached
  Duration elapsed;                 // real time
};

std::string ResultTable(const std::vector<ResultRow>& rows);

// "20,000 seeds, 0 failures: bug rate below 0.015 % (3/N) at 95 % confidence". With failures, only their share.
std::string ConfidenceLine(uint64_t seeds, uint64_t failures);

}  // namespace tidemark::tools
