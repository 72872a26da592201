#include "engine/metrics/ladder_families.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/ids.h"
#include "engine/base/status.h"
#include "engine/partition/ladder.h"
#include "prometheus/client_metric.h"
#include "prometheus/metric_type.h"

namespace tidemark {
namespace {

using Label = prometheus::ClientMetric::Label;

class Gauges {
 public:
  Gauges(std::string name, std::string help) {
    family_.name = std::move(name);
    family_.help = std::move(help);
    family_.type = prometheus::MetricType::Gauge;
  }
  void Add(std::vector<Label> labels, uint64_t value) {
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    metric.gauge.value = static_cast<double>(value);
    family_.metric.push_back(std::move(metric));
  }
  prometheus::MetricFamily Take() { return std::move(family_); }

 private:
  prometheus::MetricFamily family_;
};

Label NameOf(PartitionId partition) { return {"partition", absl::StrCat(partition.value())}; }

prometheus::MetricFamily LogRungs(const Ladder& ladder) {
  Gauges gauges("tidemark_log_index", "Where each rung of the log stands, as a raft index.");
  gauges.Add({{"rung", "appended"}}, ladder.appended.value());
  gauges.Add({{"rung", "durable"}}, ladder.durable.value());
  gauges.Add({{"rung", "committed"}}, ladder.committed.value());
  gauges.Add({{"rung", "safe"}}, ladder.safe.value());
  gauges.Add({{"rung", "min_required"}}, ladder.min_required.value());
  gauges.Add({{"rung", "truncated"}}, ladder.truncated.value());
  return gauges.Take();
}

prometheus::MetricFamily Retained(const Ladder& ladder) {
  Gauges gauges("tidemark_log_retained_records", "Records that the log must keep, by who needs the lowest and why.");
  gauges.Add({NameOf(ladder.holder), {"reason", std::string(NeedReasonName(ladder.reason))}},
             ladder.appended.Next().value() - ladder.min_required.value());
  return gauges.Take();
}

prometheus::MetricFamily PartitionRungs(const Ladder& ladder) {
  Gauges gauges("tidemark_partition_index", "Where each rung of a partition stands, as a partition index.");
  for (const PartitionLadder& p : ladder.partitions) {
    if (p.dropped) continue;
    gauges.Add({NameOf(p.partition), {"rung", "appended"}}, p.appended_index.value());
    gauges.Add({NameOf(p.partition), {"rung", "forwarded"}}, p.forwarded_index.value());
    gauges.Add({NameOf(p.partition), {"rung", "durable"}}, p.durable_index.value());
    gauges.Add({NameOf(p.partition), {"rung", "applied"}}, p.applied_index.value());
  }
  return gauges.Take();
}

prometheus::MetricFamily PartitionQueues(const Ladder& ladder) {
  Gauges gauges("tidemark_partition_waiting_records",
                "Records of a partition that wait to be forwarded to its file, to be durable there, to be applied.");
  for (const PartitionLadder& p : ladder.partitions) {
    if (p.dropped) continue;
    gauges.Add({NameOf(p.partition), {"queue", "forward"}}, p.appended_index.value() - p.forwarded_index.value());
    gauges.Add({NameOf(p.partition), {"queue", "sync"}}, p.forwarded_index.value() - p.durable_index.value());
    gauges.Add({NameOf(p.partition), {"queue", "apply"}}, p.forwarded_index.value() - p.applied_index.value());
  }
  return gauges.Take();
}

prometheus::MetricFamily Spilled(const Ladder& ladder) {
  Gauges gauges("tidemark_partition_spilled_records",
                "Records of each partition whose file does not sync that the log has let go of and the spill has.");
  for (const PartitionLadder& p : ladder.partitions) {
    if (p.dropped || p.spilled_index <= p.durable_index) continue;
    gauges.Add({NameOf(p.partition)}, p.spilled_index.value() - p.durable_index.value());
  }
  return gauges.Take();
}

prometheus::MetricFamily Stopped(const Ladder& ladder) {
  Gauges gauges("tidemark_partition_stopped", "1 for each partition whose file has failed, by the kind of error.");
  for (const PartitionLadder& p : ladder.partitions) {
    if (p.dropped || p.stopped == ErrorKind::kNone) continue;
    gauges.Add({NameOf(p.partition), {"kind", std::string(ErrorKindName(p.stopped))}}, 1);
  }
  return gauges.Take();
}

prometheus::MetricFamily State(const Engine& engine) {
  Gauges gauges("tidemark_state", "1 where it is so: the log has failed, the log's disk is full.");
  gauges.Add({{"state", "full"}}, engine.full() ? 1 : 0);
  gauges.Add({{"state", "poisoned"}}, engine.poisoned() ? 1 : 0);
  return gauges.Take();
}

}  // namespace

std::vector<prometheus::MetricFamily> LadderFamilies(const Engine& engine) {
  const Ladder& ladder = engine.ladder();
  std::vector<prometheus::MetricFamily> families;
  families.push_back(LogRungs(ladder));
  families.push_back(Retained(ladder));
  families.push_back(PartitionRungs(ladder));
  families.push_back(PartitionQueues(ladder));
  families.push_back(Spilled(ladder));
  families.push_back(Stopped(ladder));
  families.push_back(State(engine));
  return families;
}

}  // namespace tidemark
