#pragma once

// What clients do, as data: one kind, a node, a time, parameters.

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "fault/param.h"

namespace tidemark::fault {

enum class OpKind : uint8_t {
  kAppend,    // `count` records, sizes in [bytes, bytes_max], to one partition or any
  kTruncate,  // drop what nobody needs
  kRead,      // read `count` records back and compare
  kFlush,     // make partition files and checkpoints durable now
  kCreate,    // one partition, again after its drop, or one too many
  kDrop,      // one partition
  kSnapshot,  // ask one partition's machine for a snapshot, and cut its file below it
  kBarrier,   // wait until one partition, or all, have applied what the log holds
  kFollow,    // read `count` records of one partition's tail as they are applied
};
inline constexpr int kOpKindCount = 9;

struct OpKindInfo {
  absl::string_view name;
  absl::Span<const Param> params;
  absl::string_view doc;
};
const OpKindInfo& InfoOf(OpKind kind);

struct Operation {
  uint64_t id = 0;  // unique among the plan's operations, and the key of every choice it makes
  OpKind kind = OpKind::kAppend;
  NodeId node{1};
  Instant at;
  ParamValues params;
  friend bool operator==(const Operation&, const Operation&) = default;

  // The choices of the `ordinal`-th step (0, 1, ...), under the plan's seed: they depend on nothing else.
  // Partition in 1..partitions.
  PartitionId PartitionOf(uint64_t seed, uint64_t ordinal, uint64_t partitions) const;
  uint64_t BytesOf(uint64_t seed, uint64_t ordinal) const;
  // How many steps a call takes that begins with this one, at least 1.
  uint64_t BatchOf(uint64_t seed, uint64_t ordinal) const;
  // How many steps it has: `count`, at least 1.
  uint64_t Steps() const;
};

}  // namespace tidemark::fault
