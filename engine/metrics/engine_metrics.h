#pragma once

// What an engine does, as metrics in the Prometheus text form:
//
//   EngineMetrics metrics(clock, real->env().tracer);
//   MeteredDisk disk(real->env().disk, clock, metrics);           // optional: sync latency, bytes written
//   Env env{clock, executor, disk, metrics, random};
//   Engine::Recover(env, ...);
//   ... metrics.Text(*engine) ...                                 // whenever it is scraped
//
// Counts come from the engine's trace events, rungs and queues from its ladder at the moment of the call. Names and
// labels are a contract with whoever draws them: see docs/metrics.md. For the engine's thread only.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/base/ids.h"
#include "engine/base/ring.h"
#include "engine/base/time.h"
#include "engine/env/clock.h"
#include "engine/env/tracer.h"
#include "engine/metrics/metered_disk.h"
#include "engine/node/engine.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace tidemark {

class EngineMetrics final : public Tracer, public MeteredDisk::Observer {
 public:
  // Events go on to `next`. Both outlive this.
  EngineMetrics(Clock& clock, Tracer& next);

  void Emit(const TraceEvent& event) override;
  void OnWrite(absl::string_view path, uint64_t bytes, Duration took) override;
  void OnWriteAndSync(absl::string_view path, uint64_t bytes, Duration took) override;
  void OnSync(absl::string_view path, Duration took) override;
  void OnError(absl::string_view path) override;

  // Everything, sorted within each metric: the same state gives the same text.
  std::string Text(const Engine& engine) const;

 private:
  template <typename Metric>
  using Family = prometheus::Family<Metric>;
  struct Waiting {
    RaftIndex raft_index;
    Instant since;
  };
  // One for the log's files, one for those of all partitions.
  struct FileMetrics {
    prometheus::Counter& written_bytes;
    prometheus::Histogram& write_seconds;
    prometheus::Histogram& sync_seconds;
    prometheus::Counter& errors;
    prometheus::Counter& rotations;
    prometheus::Counter& failures;
  };

  FileMetrics MakeFileMetrics(const char* file);
  FileMetrics& FilesOf(absl::string_view path);
  FileMetrics& FilesOf(PartitionId partition) { return partition == kSystemPartition ? log_files_ : partition_files_; }
  void OnAppended(RaftIndex raft_index, uint64_t payload_bytes);
  void OnDurable(RaftIndex through);

  Clock& clock_;
  Tracer& next_;
  prometheus::Registry registry_;
  prometheus::Counter& appended_records_;
  prometheus::Counter& appended_bytes_;
  prometheus::Counter& acknowledged_records_;
  prometheus::Counter& applied_records_;
  prometheus::Histogram& append_seconds_;
  Family<prometheus::Counter>& refused_records_;
  Family<prometheus::Counter>& recoveries_;
  Family<prometheus::Counter>& findings_;
  FileMetrics log_files_;
  FileMetrics partition_files_;
  Ring<Waiting> waiting_;  // appended and not yet durable. Invariant: raft_index ascends.
};

}  // namespace tidemark
