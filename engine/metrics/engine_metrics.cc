#include "engine/metrics/engine_metrics.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "engine/base/status.h"
#include "engine/metrics/ladder_families.h"
#include "prometheus/client_metric.h"
#include "prometheus/metric_family.h"
#include "prometheus/text_serializer.h"

namespace tidemark {
namespace {

using prometheus::Counter;
using prometheus::Histogram;

// 50 us to 10 s.
const Histogram::BucketBoundaries& Buckets() {
  static const auto* const buckets = new Histogram::BucketBoundaries{
      0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};
  return *buckets;
}

prometheus::Family<Counter>& Counters(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
prometheus::Family<Histogram>& Histograms(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

double Seconds(Duration duration) { return static_cast<double>(duration.nanos()) * 1e-9; }

std::string KindOf(uint64_t error_kind) { return std::string(ErrorKindName(static_cast<ErrorKind>(error_kind))); }

bool LabelsBefore(const prometheus::ClientMetric& a, const prometheus::ClientMetric& b) { return a.label < b.label; }

}  // namespace

EngineMetrics::EngineMetrics(Clock& clock, Tracer& next)
    : Tracer(next.wants_payload_crc()),
      clock_(clock),
      next_(next),
      appended_records_(Counters(registry_, "tidemark_appended_records_total", "Records taken into the log.").Add({})),
      appended_bytes_(Counters(registry_, "tidemark_appended_bytes_total", "Their payload.").Add({})),
      acknowledged_records_(
          Counters(registry_, "tidemark_acknowledged_records_total", "Records whose clients were told: durable.")
              .Add({})),
      applied_records_(
          Counters(registry_, "tidemark_applied_records_total", "Records that the state machine completed.").Add({})),
      append_seconds_(
          Histograms(registry_, "tidemark_append_seconds", "From a record's append until it was durable in the log.")
              .Add({}, Buckets())),
      refused_records_(Counters(registry_, "tidemark_refused_records_total", "Records refused, by the kind of error.")),
      recoveries_(
          Counters(registry_, "tidemark_recoveries_total", "Recoveries, by outcome: ok, or the kind of error.")),
      findings_(
          Counters(registry_, "tidemark_recovery_findings_total", "What recovery found in the files, by finding.")),
      log_files_(MakeFileMetrics("log")),
      partition_files_(MakeFileMetrics("partition")) {}

EngineMetrics::FileMetrics EngineMetrics::MakeFileMetrics(const char* file) {
  const prometheus::Labels labels = {{"file", file}};
  return {
      Counters(registry_, "tidemark_written_bytes_total", "Bytes written, by kind of file.").Add(labels),
      Histograms(registry_, "tidemark_write_seconds", "How long writes took, by kind of file.").Add(labels, Buckets()),
      Histograms(registry_, "tidemark_sync_seconds", "How long syncs took, by kind of file.").Add(labels, Buckets()),
      Counters(registry_, "tidemark_disk_errors_total", "Writes and syncs that failed, by kind of file.").Add(labels),
      Counters(registry_, "tidemark_rotations_total", "Segment files begun, by kind of file.").Add(labels),
      Counters(registry_, "tidemark_failed_files_total", "Files given up after an error, by kind of file.").Add(labels),
  };
}

// The directory of the segmented log is "log"; each partition has one of its own.
EngineMetrics::FileMetrics& EngineMetrics::FilesOf(absl::string_view path) {
  return absl::StartsWith(path, "log/") ? log_files_ : partition_files_;
}

// --- counting ------------------------------------------------------------------------------------------------

void EngineMetrics::Emit(const TraceEvent& event) {
  switch (event.kind) {
    case TraceKind::kAppended: OnAppended(RaftIndex(event.args[0]), event.args[2]); break;
    case TraceKind::kDurable: OnDurable(RaftIndex(event.args[1])); break;
    case TraceKind::kAcknowledged: acknowledged_records_.Increment(); break;
    case TraceKind::kApplied: applied_records_.Increment(); break;
    case TraceKind::kRefused:
      refused_records_.Add({{"kind", KindOf(event.args[0])}}).Increment(static_cast<double>(event.args[2]));
      break;
    case TraceKind::kRecoveryStarted: waiting_.Clear(); break;
    case TraceKind::kRecovered:
      waiting_.Clear();  // nobody waited for what recovery itself appended
      recoveries_.Add({{"outcome", "ok"}}).Increment();
      break;
    case TraceKind::kRecoveryRefused: recoveries_.Add({{"outcome", KindOf(event.args[0])}}).Increment(); break;
    case TraceKind::kTornTailCut: findings_.Add({{"finding", "torn_tail"}}).Increment(); break;
    case TraceKind::kCorruptionFound: findings_.Add({{"finding", "corruption"}}).Increment(); break;
    case TraceKind::kRotated: FilesOf(event.partition).rotations.Increment(); break;
    case TraceKind::kPoisoned: FilesOf(event.partition).failures.Increment(); break;
    default: break;
  }
  next_.Emit(event);
}

void EngineMetrics::OnAppended(RaftIndex raft_index, uint64_t payload_bytes) {
  appended_records_.Increment();
  appended_bytes_.Increment(static_cast<double>(payload_bytes));
  waiting_.PushBack({raft_index, clock_.Now()});
}

void EngineMetrics::OnDurable(RaftIndex through) {
  const Instant now = clock_.Now();
  while (!waiting_.empty() && waiting_.front().raft_index <= through) {
    append_seconds_.Observe(Seconds(now - waiting_.front().since));
    waiting_.PopFront();
  }
}

void EngineMetrics::OnWrite(absl::string_view path, uint64_t bytes, Duration took) {
  FileMetrics& files = FilesOf(path);
  files.written_bytes.Increment(static_cast<double>(bytes));
  files.write_seconds.Observe(Seconds(took));
}

void EngineMetrics::OnWriteAndSync(absl::string_view path, uint64_t bytes, Duration took) {
  FileMetrics& files = FilesOf(path);
  files.written_bytes.Increment(static_cast<double>(bytes));
  files.sync_seconds.Observe(Seconds(took));
}

void EngineMetrics::OnSync(absl::string_view path, Duration took) { FilesOf(path).sync_seconds.Observe(Seconds(took)); }

void EngineMetrics::OnError(absl::string_view path) { FilesOf(path).errors.Increment(); }

// --- telling -------------------------------------------------------------------------------------------------

std::string EngineMetrics::Text(const Engine& engine) const {
  std::vector<prometheus::MetricFamily> families = registry_.Collect();
  std::vector<prometheus::MetricFamily> ladder = LadderFamilies(engine);
  families.insert(families.end(), std::make_move_iterator(ladder.begin()), std::make_move_iterator(ladder.end()));
  // A registry keeps its metrics in a hash table.
  for (prometheus::MetricFamily& family : families)
    std::stable_sort(family.metric.begin(), family.metric.end(), LabelsBefore);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace tidemark
