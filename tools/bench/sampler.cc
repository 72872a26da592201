#include "tools/bench/sampler.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace tidemark::bench {
namespace {

double Median(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  return samples[samples.size() / 2];
}

// How much better than `reference`; above 1 is better.
double Better(const Measure& measure, double value, double reference) {
  return measure.less_is_better ? reference / value : value / reference;
}

const Measure* Find(const std::vector<Measure>& measures, const std::string& name) {
  const auto found = std::find_if(measures.begin(), measures.end(), [&](const Measure& m) { return m.name == name; });
  return found == measures.end() ? nullptr : &*found;
}

}  // namespace

double CpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void RunAndPrint(std::vector<Measure> measures, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    for (Measure& measure : measures) measure.samples.push_back(measure.sample());
  }
  std::printf("%-34s %12s  %-24s %8s %8s\n", "medians", "", "spread", "to goal", "to peer");
  for (const Measure& measure : measures) {
    const double median = Median(measure.samples);
    const auto [low, high] = std::minmax_element(measure.samples.begin(), measure.samples.end());
    std::printf("%-34s %12.4g  %10.4g ..%10.4g ", measure.name.c_str(), median, *low, *high);
    measure.goal > 0 ? std::printf(" %8.2f", Better(measure, median, measure.goal)) : std::printf(" %8s", "-");
    const Measure* peer = Find(measures, measure.peer);
    peer != nullptr ? std::printf(" %8.2f", Better(measure, median, Median(peer->samples))) : std::printf(" %8s", "-");
    std::printf("  %s\n", measure.unit.c_str());
  }
}

}  // namespace tidemark::bench
