#include "fault/plan_generator.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "engine/base/random.h"
#include "fault/budget.h"
#include "fault/fault_generator.h"

namespace tidemark::fault {
namespace {

constexpr int64_t kUs = 1'000;
constexpr int64_t kKiB = 1024;

int64_t DrawIn(RandomKey key, Range range) {
  return static_cast<int64_t>(key.BetweenAt(0, static_cast<uint64_t>(range.low), static_cast<uint64_t>(range.high)));
}

// Small files and short delays: what happens once a day elsewhere happens some times in a plan.
int64_t DrawSetting(Setting setting, const Shape& shape, RandomKey key) {
  const auto pick = [&](std::initializer_list<int64_t> values) {
    return values.begin()[key.UniformAt(0, values.size())];
  };
  switch (setting) {
    case Setting::kNodes: return DrawIn(key, shape.nodes);
    case Setting::kPartitions: return DrawIn(key, shape.partitions);
    case Setting::kSegmentBytes:
    case Setting::kPartitionSegmentBytes: return pick({64, 64, 64, 68, 96}) * kKiB;
    case Setting::kBlockBytes: return pick({512, 4096});
    case Setting::kMaxRecordBytes: return pick({256, 1024, 4096, 8192});
    case Setting::kMaxBatchBytes: return pick({8, 16, 64}) * kKiB;
    case Setting::kPartitionFlushDelay: return pick({0, 100, 1'000, 2'000, 5'000, 20'000}) * kUs;
    case Setting::kPartitionFlushBytes: return pick({1, 8, 8, 64}) * kKiB;
    case Setting::kPartitionWindowBytes: return pick({2, 16, 64, 64}) * kKiB;
    case Setting::kMaxUnappliedRecords: return pick({16, 100'000, 100'000, 100'000});
    case Setting::kAutoTruncate: return pick({0, 1, 1, 1});
    case Setting::kReadLatency: return pick({5, 20, 100}) * kUs;
    case Setting::kWriteLatency: return pick({5, 10, 50}) * kUs;
    case Setting::kSyncLatency: return pick({50, 100, 500}) * kUs;
    case Setting::kApplyLatency: return pick({0, 0, 20, 200}) * kUs;
    case Setting::kOpenPartitions: return pick({1, 2, 256, 256});
    case Setting::kMaxKnownRecords: return pick({0, 16, 64, 1'048'576, 1'048'576, 1'048'576});
    default: return InfoOf(setting).fallback;
  }
}

Settings DrawSettings(const Shape& shape, RandomKey key) {
  Settings settings;
  for (int s = 0; s < kSettingCount; ++s) {
    const Setting setting = static_cast<Setting>(s);
    settings.Set(setting, DrawSetting(setting, shape, key.Fork(static_cast<uint64_t>(s))));
  }
  if (shape.payload_bytes > settings[Setting::kMaxRecordBytes])
    settings.Set(Setting::kMaxRecordBytes, shape.payload_bytes);
  for (const auto& [setting, value] : shape.fixed) settings.Set(setting, value);
  return settings;
}

// The common part of every operation: a place in time and a key of its own, under its id.
Operation Blank(OpKind kind, uint64_t id, NodeId node, Duration span, RandomKey key) {
  Operation op;
  op.id = id;
  op.kind = kind;
  op.node = node;
  op.at = Instant() +
          Duration::Micros(static_cast<int64_t>(key.Fork("at").UniformAt(0, static_cast<uint64_t>(span.micros()))));
  return op;
}

Operation DrawAppend(uint64_t id, NodeId node, int64_t count, Duration start_within, Duration span, const Shape& shape,
                     const Settings& settings, RandomKey key) {
  Operation op = Blank(OpKind::kAppend, id, node, start_within, key);
  Draws draws(key.Fork("append"));
  const int64_t most = settings[Setting::kMaxRecordBytes];
  const int64_t least = std::min(most, std::max<int64_t>(shape.payload_bytes, 16));
  op.params.Set(Param::kCount, count);
  op.params.Set(Param::kBytes, least);
  op.params.Set(Param::kBytesMax, draws.Chance(300) ? 0
                                                    : static_cast<int64_t>(draws.Between(static_cast<uint64_t>(least),
                                                                                         static_cast<uint64_t>(most))));
  op.params.Set(Param::kInflight, int64_t{1} << draws.Uniform(6));
  if (Draws batch(key.Fork("batch")); batch.Chance(500))
    op.params.Set(Param::kBatch, DrawIn(key.Fork("batch_records"), shape.batch));
  if (draws.Chance(250))
    op.params.Set(Param::kPartition,
                  static_cast<int64_t>(draws.Between(1, static_cast<uint64_t>(settings[Setting::kPartitions]))));
  // A burst, as fast as answers come, or spread over what is left of the span.
  if (draws.Chance(600)) op.params.Set(Param::kEvery, (Instant() + span - op.at).micros() / count * kUs);
  return op;
}

// Which partition it is about, and what else its kind leaves open.
void DrawTarget(const Settings& settings, RandomKey key, Operation& op) {
  Draws draws(key.Fork("target"));
  const int64_t partition =
      static_cast<int64_t>(draws.Between(1, static_cast<uint64_t>(settings[Setting::kPartitions])));
  if (op.kind == OpKind::kCreate) return;
  if (op.kind != OpKind::kBarrier || draws.Chance(500)) op.params.Set(Param::kPartition, partition);
  if (op.kind == OpKind::kFollow) op.params.Set(Param::kCount, static_cast<int64_t>(draws.Between(1, 60)));
}

// Most partitions that are dropped come back, at once or a while later. The first one always does, and soon: a plan
// none of whose records finds its partition tells nothing.
void DrawRecreation(const Operation& drop, Duration span, RandomKey key, Plan& plan) {
  Draws draws(key.Fork("recreation"));
  const bool is_first = drop.params[Param::kPartition] == 1;
  const bool comes_back = draws.Chance(800);
  if (!comes_back && !is_first) return;
  Operation op = drop;
  op.id = drop.id + 10'000;
  op.kind = OpKind::kCreate;
  const uint64_t longest = static_cast<uint64_t>((draws.Chance(500) || is_first ? span / 100 : span / 4).micros());
  op.at = drop.at + Duration::Micros(static_cast<int64_t>(draws.Uniform(longest + 1)));
  plan.operations.push_back(op);
}

void DrawOperations(NodeId node, int64_t scale, Duration span, const Shape& shape, RandomKey key, Plan& plan) {
  uint64_t id = 100 * node.value();
  const auto key_of = [&](uint64_t of) { return key.Fork("op").Fork(of); };
  const int64_t records = DrawIn(key.Fork("records"), shape.records) * scale;
  const int64_t bursts = std::max<int64_t>(1, std::min(DrawIn(key.Fork("bursts"), shape.bursts), records));
  if (records > 0) {
    for (int64_t b = 0; b < bursts; ++b) {
      const int64_t count = records / bursts + (b < records % bursts ? 1 : 0);
      const uint64_t burst_id = id + static_cast<uint64_t>(b);
      // The first one comes early, so that faults find something.
      const Duration start_within = b == 0 ? span / 10 : span * 9 / 10;
      plan.operations.push_back(
          DrawAppend(burst_id, node, count, start_within, span, shape, plan.settings, key_of(burst_id)));
    }
  }
  const struct {
    OpKind kind;
    Range range;
    uint64_t first;  // id
  } others[] = {
      {OpKind::kRead, shape.reads, 40},
      {OpKind::kTruncate, shape.truncates, 60},
      {OpKind::kFlush, shape.flushes, 80},
      {OpKind::kDrop, shape.drops, 10'000},
      {OpKind::kSnapshot, shape.snapshots, 30'000},
      {OpKind::kBarrier, shape.barriers, 40'000},
      {OpKind::kFollow, shape.follows, 50'000},
      {OpKind::kCreate, shape.excess, 60'000},
  };
  for (const auto& other : others) {
    const uint64_t count = static_cast<uint64_t>(DrawIn(key.Fork(InfoOf(other.kind).name), other.range));
    for (uint64_t n = 0; n < count; ++n) {
      const uint64_t other_id = id + other.first + n;
      Operation op = Blank(other.kind, other_id, node, span, key_of(other_id));
      if (other.kind == OpKind::kRead)
        op.params.Set(Param::kCount, static_cast<int64_t>(key_of(other_id).Fork("reads").BetweenAt(0, 1, 20)));
      if (other.first >= 10'000) DrawTarget(plan.settings, key_of(other_id), op);
      plan.operations.push_back(op);
      if (other.kind == OpKind::kDrop) DrawRecreation(op, span, key_of(other_id), plan);
    }
  }
}

// Past everything that is ordered, and time for the work to be done: at most some milliseconds a record on a bad disk.
Duration SafetyTime(const Plan& plan, Duration span) {
  Duration end = span;
  for (const Fault& fault : plan.faults)
    end = std::max(end, fault.end() - Instant() + Duration::Nanos(fault.params[Param::kDown]));
  for (const Operation& op : plan.operations) {
    end =
        std::max(end, op.at - Instant() + Duration::Nanos(op.params[Param::kEvery]) * static_cast<int64_t>(op.Steps()));
  }
  return end + span;
}

}  // namespace

Plan GeneratePlan(absl::string_view scenario, uint64_t seed, const Shape& shape, const Profile& profile) {
  const RandomKey key = RandomKey(seed).Fork("plan");
  Plan plan;
  plan.scenario = std::string(scenario);
  plan.seed = seed;
  plan.settings = DrawSettings(shape, key.Fork("setting"));
  const int64_t scale = key.Fork("large").ChanceAt(0, shape.large_permille) ? 4 : 1;
  const Duration span = shape.span * scale;
  for (int64_t n = 1; n <= plan.settings[Setting::kNodes]; ++n) {
    DrawOperations(NodeId(static_cast<uint64_t>(n)), scale, span, shape,
                   key.Fork("node").Fork(static_cast<uint64_t>(n)), plan);
  }
  std::sort(plan.operations.begin(), plan.operations.end(),
            [](const Operation& a, const Operation& b) { return std::tie(a.at, a.id) < std::tie(b.at, b.id); });
  plan.faults = DrawFaults(profile, plan.settings, span, key.Fork("fault"));
  plan.settings.Set(Setting::kSafetyTime, SafetyTime(plan, span).nanos());
  // Beyond the budget liveness is not due, and a recovery that is refused for ever need not be watched for long.
  if (!Budget(plan).survivable()) plan.settings.Set(Setting::kLivenessTime, 1'000'000 * kUs);
  return plan;
}

}  // namespace tidemark::fault
