#pragma once

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "tools/bench/log_bench/contender.h"

namespace tidemark::bench {

// Each thread calls append(ordinal, records), with an ordinal of its own; it returns when the records are durable.
template <typename Append>
Result RunThreads(const Load& load, Nanos duration, Append append) {
  const uint32_t threads = load.batch > 0 ? 1 : load.in_flight;
  const uint32_t records = load.batch > 0 ? load.batch : 1;
  static std::atomic<uint64_t> next_ordinal{0};
  std::mutex mutex;
  Result result;
  const auto began = SteadyClock::now();
  auto work = [&] {
    std::vector<int64_t> latency_ns;
    for (auto now = SteadyClock::now(); now - began < duration;) {
      append(next_ordinal.fetch_add(records), records);
      const auto end = SteadyClock::now();
      latency_ns.push_back((end - now).count());
      now = end;
    }
    std::lock_guard<std::mutex> lock(mutex);
    result.records += latency_ns.size() * records;
    result.latency_ns.insert(result.latency_ns.end(), latency_ns.begin(), latency_ns.end());
  };
  std::vector<std::thread> others;
  for (uint32_t i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  result.seconds = std::chrono::duration<double>(SteadyClock::now() - began).count();
  return result;
}

}  // namespace tidemark::bench
