#include "fault/param.h"

namespace tidemark::fault {
namespace {

constexpr int64_t kDay = int64_t{86'400} * 1'000'000'000;
constexpr int64_t kMs = 1'000'000;
// What max_record_bytes may be: a payload beyond it is refused, however much longer it is.
constexpr int64_t kMostBytes = int64_t{1} << 30;

constexpr ParamInfo kParams[kParamCount] = {
    {"down", ParamType::kDuration, 0, kDay, 5 * kMs, {}, "how long the node stays down"},
    {"by", ParamType::kDuration, -kDay, kDay, 1 * kMs, {}, "by how much time"},
    {"rate", ParamType::kPermille, 0, 1000, 1000, {}, "how many of a thousand operations it hits"},
    {"count", ParamType::kCount, 0, 1'000'000'000, 0, {}, "how many times at most; 0 is no limit"},
    {"keep", ParamType::kPermille, 0, 1000, 500, {}, "chance that an unsynced piece survives"},
    {"garbage", ParamType::kPermille, 0, 1000, 0, {}, "chance that a piece that does not survive becomes garbage"},
    {"names", ParamType::kPermille, 0, 1000, 500, {}, "chance that an unsynced create, rename or remove survives"},
    {"tear", ParamType::kChoice, 0, 2, 1, {"none", "sector", "byte"}, "where an unsynced write may be torn"},
    {"sector", ParamType::kChoice, 0, 1, 0, {"512", "4096"}, "bytes that the device writes as one"},
    {"bytes", ParamType::kBytes, 0, kMostBytes, 0, {}, "a size"},
    {"bytes_max", ParamType::kBytes, 0, kMostBytes, 0, {}, "the largest size, if sizes vary"},
    {"ppm", ParamType::kCount, -500'000, 500'000, 0, {}, "clock drift, parts per million"},
    {"after_io", ParamType::kCount, 0, 1'000'000'000, 0, {}, "fire at the n-th disk operation after `at`; 0: at `at`"},
    {"when", ParamType::kChoice, 0, 1, 0, {"any", "recovery"}, "which disk operations after_io counts"},
    {"partition", ParamType::kPartition, -1, 1'000'000'000, kAnyPartition, {}, "one partition, or any"},
    {"every", ParamType::kDuration, 0, kDay, 0, {}, "time between two; 0: as fast as answers come"},
    {"inflight", ParamType::kCount, 1, 100'000, 16, {}, "how many may be unanswered at once"},
    {"with", ParamType::kCount, 0, 64, 0, {}, "the other node"},
    {"batch", ParamType::kCount, 1, 100'000, 1, {}, "how many records one call takes at most; 1: each has its own"},
};

}  // namespace

const ParamInfo& InfoOf(Param param) { return kParams[static_cast<size_t>(param)]; }

ParamValues::ParamValues() {
  for (int i = 0; i < kParamCount; ++i) values_[i] = kParams[i].fallback;
}

}  // namespace tidemark::fault
