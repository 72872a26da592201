#include "fault/operation.h"

#include <algorithm>

#include "engine/base/random.h"

namespace tidemark::fault {
namespace {

constexpr Param kAppendParams[] = {Param::kPartition, Param::kBytes,    Param::kBytesMax, Param::kCount,
                                   Param::kEvery,     Param::kInflight, Param::kBatch};
constexpr Param kReadParams[] = {Param::kPartition, Param::kCount, Param::kEvery};

constexpr Param kOfPartition[] = {Param::kPartition};

constexpr OpKindInfo kOps[kOpKindCount] = {
    {"append", kAppendParams, "append records and remember which were acknowledged"},
    {"truncate", {}, "drop the log's prefix that nobody needs"},
    {"read", kReadParams, "read acknowledged records back and compare them"},
    {"flush", {}, "make partition files and checkpoints durable"},
    {"create", kOfPartition,
     "create a partition that was dropped; any: one more than may be, where that many are there"},
    {"drop", kOfPartition, "drop a partition: its records, its file and its state"},
    {"snapshot", kOfPartition, "take a snapshot of a partition and cut its file below it"},
    {"barrier", kOfPartition, "wait until a partition, or all, have applied what the log holds"},
    {"follow", kReadParams, "read a partition's records as they are applied"},
};

}  // namespace

const OpKindInfo& InfoOf(OpKind kind) { return kOps[static_cast<size_t>(kind)]; }

PartitionId Operation::PartitionOf(uint64_t seed, uint64_t ordinal, uint64_t partitions) const {
  const int64_t fixed = params[Param::kPartition];
  if (fixed != kAnyPartition) return PartitionId(static_cast<uint64_t>(fixed));
  return PartitionId(1 + RandomKey(seed).Fork("op.partition").Fork(id).UniformAt(ordinal, partitions));
}

uint64_t Operation::BytesOf(uint64_t seed, uint64_t ordinal) const {
  const uint64_t low = static_cast<uint64_t>(params[Param::kBytes]);
  const uint64_t high = std::max(low, static_cast<uint64_t>(params[Param::kBytesMax]));
  return RandomKey(seed).Fork("op.bytes").Fork(id).BetweenAt(ordinal, low, high);
}

uint64_t Operation::BatchOf(uint64_t seed, uint64_t ordinal) const {
  return RandomKey(seed).Fork("op.batch").Fork(id).BetweenAt(ordinal, 1, static_cast<uint64_t>(params[Param::kBatch]));
}

uint64_t Operation::Steps() const { return static_cast<uint64_t>(std::max<int64_t>(1, params[Param::kCount])); }

}  // namespace tidemark::fault
