// What the simulator costs, per CPU second: bare events beside a plain C++ heap of calls, idle worlds, fresh worlds,
// the whole log with every oracle, and short lives with crashes. Ratios above 1 are better than the goal, or than the
// peer that was measured in the same rounds.
//
//   bazel run --config=opt //tools/bench:sim_bench [rounds [part of a name]]

#include <gperftools/malloc_extension.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "engine/base/check.h"
#include "engine/base/time.h"
#include "engine/env/env.h"
#include "fault/plan.h"
#include "scenarios/runner.h"
#include "sim/process.h"
#include "sim/scheduler.h"
#include "sim/world.h"
#include "tools/bench/sampler.h"

namespace tidemark::bench {
namespace {

using fault::Param;
using fault::Plan;
using fault::Setting;

constexpr uint64_t kEvents = 4'000'000;

// Delays that are cheap to make and never in order: the same for both sides.
class Delays {
 public:
  int64_t Next() {
    state_ = state_ * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
    return static_cast<int64_t>(state_ >> 44);  // up to a million ns
  }

 private:
  uint64_t state_ = 1;
};

// --- bare events ---------------------------------------------------------------------------------------------------

class Ticker final : public sim::EventTarget {
 public:
  Ticker(sim::Scheduler& scheduler, Delays& delays) : scheduler_(scheduler), delays_(delays) {}
  bool Fire(uint64_t cookie) override {
    scheduler_.ScheduleAfter(Duration::Nanos(delays_.Next()), this, cookie);
    return true;
  }

 private:
  sim::Scheduler& scheduler_;
  Delays& delays_;
};

double SchedulerEvents(int pending) {
  sim::Scheduler scheduler(1);
  Delays delays;
  Ticker ticker(scheduler, delays);
  for (int i = 0; i < pending; ++i) ticker.Fire(static_cast<uint64_t>(i));
  const double start = CpuSeconds();
  for (uint64_t i = 0; i < kEvents; ++i) scheduler.Step();
  return static_cast<double>(kEvents) / (CpuSeconds() - start);
}

// What one writes first: calls in a standard heap.
class PlainHeap {
 public:
  void Schedule(int64_t at, std::function<void()> call) {
    heap_.push_back({at, next_++, std::move(call)});
    std::push_heap(heap_.begin(), heap_.end(), Later);
  }
  void Step() {
    std::pop_heap(heap_.begin(), heap_.end(), Later);
    Entry first = std::move(heap_.back());
    heap_.pop_back();
    now_ = first.at;
    first.call();
  }
  int64_t now() const { return now_; }

 private:
  struct Entry {
    int64_t at;
    uint64_t order;
    std::function<void()> call;
  };
  static bool Later(const Entry& a, const Entry& b) { return a.at != b.at ? a.at > b.at : a.order > b.order; }
  int64_t now_ = 0;
  uint64_t next_ = 0;
  std::vector<Entry> heap_;
};

double PlainHeapEvents(int pending) {
  PlainHeap heap;
  Delays delays;
  struct Again {
    PlainHeap& heap;
    Delays& delays;
    void operator()() const { heap.Schedule(heap.now() + delays.Next(), *this); }
  };
  for (int i = 0; i < pending; ++i) Again{heap, delays}();
  const double start = CpuSeconds();
  for (uint64_t i = 0; i < kEvents; ++i) heap.Step();
  return static_cast<double>(kEvents) / (CpuSeconds() - start);
}

// --- worlds ------------------------------------------------------------------------------------------------------

// A process that does nothing but keep timers: what an idle store does.
class Idle final : public sim::Process {
 public:
  explicit Idle(const Env& env) : env_(env) {
    for (const int64_t ms : {10, 100, 1'000}) Tick(Duration::Millis(ms));
  }
  bool recovering() const override { return false; }

 private:
  void Tick(Duration every) {
    env_.executor.ScheduleAfter(every, [this, every] { Tick(every); });
  }
  const Env env_;
};

std::unique_ptr<sim::Process> StartIdle(sim::ProcessContext context) { return std::make_unique<Idle>(context.env); }

double IdleSeconds() {
  Plan plan;
  sim::World world(plan, StartIdle, {});
  constexpr int64_t kSeconds = 20'000;
  const double start = CpuSeconds();
  while (world.now() < Instant() + Duration::Seconds(kSeconds)) CHECK(world.Step());
  return static_cast<double>(kSeconds) / (CpuSeconds() - start);
}

double FreshWorldMicros() {
  constexpr int kWorlds = 2'000;
  const double start = CpuSeconds();
  for (int i = 0; i < kWorlds; ++i) {
    Plan plan;
    plan.seed = static_cast<uint64_t>(i);
    sim::World world(plan, StartIdle, {});
    world.Step();
  }
  return (CpuSeconds() - start) * 1e6 / kWorlds;
}

// Of the heap, in use. (Resident memory would count what earlier measures left free.)
double HeapKiB() {
  size_t bytes = 0;
  CHECK(MallocExtension::instance()->GetNumericProperty("generic.current_allocated_bytes", &bytes));
  return static_cast<double>(bytes) / 1024;
}

double WorldKiB() {
  constexpr int kWorlds = 200;
  const double before = HeapKiB();
  const Plan plan;
  std::vector<std::unique_ptr<sim::World>> worlds;
  for (int i = 0; i < kWorlds; ++i) {
    worlds.push_back(std::make_unique<sim::World>(plan, StartIdle, sim::WorldOptions()));
    worlds.back()->Step();
  }
  return (HeapKiB() - before) / kWorlds;
}

// --- the log -----------------------------------------------------------------------------------------------------

fault::Operation Append(int64_t count, int64_t bytes, int64_t in_flight = 16) {
  fault::Operation op;
  op.id = 1;
  op.params.Set(Param::kCount, count);
  op.params.Set(Param::kBytes, bytes);
  op.params.Set(Param::kInflight, in_flight);
  return op;
}

// CPU seconds for records that are appended, synced, forwarded and applied, judged by every oracle.
double LogSeconds(int64_t records, int64_t partitions, int64_t in_flight) {
  Plan plan;
  plan.scenario = "bench";
  plan.seed = 1;
  plan.settings.Set(Setting::kSegmentBytes, 4 << 20);
  plan.settings.Set(Setting::kPartitionSegmentBytes, 4 << 20);
  plan.settings.Set(Setting::kSafetyTime, Duration::Seconds(60).nanos());
  plan.settings.Set(Setting::kPartitions, partitions);
  plan.settings.Set(Setting::kOpenPartitions, 2'048);
  plan.operations.push_back(Append(records, 64, in_flight));
  const double start = CpuSeconds();
  const scenarios::RunResult result = scenarios::Run(plan, {});
  const double seconds = CpuSeconds() - start;
  CHECK(result.verdict.passed()) << result.verdict.cause;
  CHECK_GE(result.census.applied, static_cast<uint64_t>(records));
  return seconds;
}

double LogRecords() {
  constexpr int64_t kRecords = 40'000;
  return kRecords / LogSeconds(kRecords, Plan().settings[Setting::kPartitions], 16);
}

// What a further record costs once all is created: the difference of two runs.
double FurtherRecords(int64_t partitions, int64_t in_flight) {
  constexpr int64_t kFew = 20'000;
  constexpr int64_t kMany = 100'000;
  return (kMany - kFew) / (LogSeconds(kMany, partitions, in_flight) - LogSeconds(kFew, partitions, in_flight));
}

// Start, a hundred records, three crashes with recovery.
double ShortSeedsPerMinute() {
  constexpr int kSeeds = 100;
  const double start = CpuSeconds();
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Plan plan;
    plan.scenario = "bench";
    plan.seed = seed;
    plan.settings.Set(Setting::kSafetyTime, Duration::Millis(100).nanos());
    plan.operations.push_back(Append(100, 64));
    plan.operations.back().params.Set(Param::kEvery, Duration::Micros(500).nanos());
    for (uint64_t id = 1; id <= 3; ++id) {
      fault::Fault crash;
      crash.id = id;
      crash.kind = id == 2 ? fault::FaultKind::kProcessCrash : fault::FaultKind::kPowerLoss;
      crash.at = Instant() + Duration::Millis(static_cast<int64_t>(id) * 13);
      plan.faults.push_back(crash);
    }
    const scenarios::RunResult result = scenarios::Run(plan, {});
    CHECK(result.verdict.passed()) << "seed " << seed << ": " << result.verdict.cause;
    CHECK_GE(result.census.recoveries, 4u);
  }
  return kSeeds * 60 / (CpuSeconds() - start);
}

// Those measures whose names contain `only`.
void Main(int rounds, absl::string_view only) {
  std::vector<Measure> measures = {
      {.name = "events, 3 pending",
       .unit = "/s",
       .goal = 15e6,
       .peer = "plain heap, 3 pending",
       .sample = [] { return SchedulerEvents(3); }},
      {.name = "plain heap, 3 pending", .unit = "/s", .sample = [] { return PlainHeapEvents(3); }},
      {.name = "events, 48 pending",
       .unit = "/s",
       .goal = 15e6,
       .peer = "plain heap, 48 pending",
       .sample = [] { return SchedulerEvents(48); }},
      {.name = "plain heap, 48 pending", .unit = "/s", .sample = [] { return PlainHeapEvents(48); }},
      {.name = "idle world", .unit = "simulated s per s", .goal = 25'000, .sample = IdleSeconds},
      {.name = "fresh world", .unit = "us", .goal = 100, .less_is_better = true, .sample = FreshWorldMicros},
      {.name = "heap of a fresh world", .unit = "KiB", .goal = 64 * 1024, .less_is_better = true, .sample = WorldKiB},
      {.name = "log, 16 in flight", .unit = "records/s", .goal = 200'000, .sample = LogRecords},
      {.name = "log, 8 partitions, 16 in flight",
       .unit = "records/s",
       .goal = 200'000,
       .sample = [] { return FurtherRecords(8, 16); }},
      {.name = "log, 1,024 partitions, 16 in flight",
       .unit = "records/s",
       .goal = 200'000,
       .peer = "log, 8 partitions, 16 in flight",
       .sample = [] { return FurtherRecords(1'024, 16); }},
      {.name = "log, 8 partitions, 1,024 in flight",
       .unit = "records/s",
       .goal = 200'000,
       .sample = [] { return FurtherRecords(8, 1'024); }},
      {.name = "log, 1,024 partitions, 1,024 in flight",
       .unit = "records/s",
       .goal = 200'000,
       .peer = "log, 8 partitions, 1,024 in flight",
       .sample = [] { return FurtherRecords(1'024, 1'024); }},
      {.name = "short seeds, three crashes", .unit = "/CPU minute", .goal = 10'000, .sample = ShortSeedsPerMinute},
  };
  std::erase_if(measures, [&](const Measure& measure) { return !absl::StrContains(measure.name, only); });
  RunAndPrint(std::move(measures), rounds);
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  std::printf("peak resident memory: %ld MiB\n", usage.ru_maxrss / 1024);
}

}  // namespace
}  // namespace tidemark::bench

int main(int argc, char** argv) {
  tidemark::bench::Main(argc > 1 ? std::max(1, std::atoi(argv[1])) : 5, argc > 2 ? argv[2] : "");
  return 0;
}
