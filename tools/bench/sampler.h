#pragma once

// Measures several things in turn, round after round, for a machine's speed drifts by more than what is compared; and
// prints medians with their spread, beside a peer measured in the same rounds and beside a goal.

#include <functional>
#include <string>
#include <vector>

namespace tidemark::bench {

// CPU time of this process, in seconds.
double CpuSeconds();

struct Measure {
  std::string name = {};
  std::string unit = {};
  double goal = 0;  // 0: none
  bool less_is_better = false;
  std::string peer = {};                // name of another measure; empty: none
  std::function<double()> sample = {};  // one round's value
  std::vector<double> samples = {};
};

// Runs every measure once a round, and prints a line for each: median, spread, ratio to goal and to peer (above 1 is
// better than it).
void RunAndPrint(std::vector<Measure> measures, int rounds);

}  // namespace tidemark::bench
