#pragma once

// What takes part in the durable-append comparison, and under which load.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tidemark::bench {

using SteadyClock = std::chrono::steady_clock;
using Nanos = std::chrono::nanoseconds;

// A client that always has `in_flight` appends under way; or, with a batch, appends `batch` records in one call, to one
// of the partitions, and waits for all of them before the next batch.
struct Load {
  uint32_t record_bytes = 128;
  uint32_t in_flight = 1;
  uint32_t batch = 0;  // 0: none
  uint32_t partitions = 1;
};

struct Result {
  uint64_t records = 0;
  double seconds = 0;
  std::vector<int64_t> latency_ns;  // of a record or a batch: of each, or of a fair share
  uint64_t syncs = 0;               // where the contender counts them
  uint64_t synced_bytes = 0;        // by those syncs
  uint64_t refusals = 0;            // appends that were refused for the time being, and tried again
  double settle_seconds = 0;        // what was left to do afterwards, on behalf of these records
};

// One store, freshly made in a directory of its own. An append is counted once it survives power loss.
class Contender {
 public:
  virtual ~Contender() = default;
  virtual Result Run(const Load& load, Nanos duration) = 0;
};

std::unique_ptr<Contender> OpenTidemark(const std::string& directory, const Load& load);
enum class FloorKind { kOnce, kTwoCopies, kNewBlocks };
// The least that a durable append costs on this disk: one write and fdatasync after another of load.record_bytes bytes
// (a multiple of 4096) over zero-filled blocks of one file, by one thread; and beside it, what floor.cc says of `kind`.
std::unique_ptr<Contender> OpenFloor(const std::string& directory, FloorKind kind);
std::unique_ptr<Contender> OpenRocksDb(const std::string& directory);
std::unique_ptr<Contender> OpenLevelDb(const std::string& directory);
std::unique_ptr<Contender> OpenSqlite(const std::string& directory);

}  // namespace tidemark::bench
