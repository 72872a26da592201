#pragma once

// Strong integer types for the numbers that must never be mixed: a raft index is
// not a partition index, and neither is a term. They compare, hash, print and step;
// they do not convert.

#include <compare>
#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <utility>

namespace tidemark {

// Tag makes the type; kPrefix is printed before the number ("p3", "r17").
template <typename Tag>
class StrongId {
 public:
  constexpr StrongId() = default;
  constexpr explicit StrongId(uint64_t value) : value_(value) {}

  static constexpr StrongId Max() { return StrongId(std::numeric_limits<uint64_t>::max()); }

  constexpr uint64_t value() const { return value_; }
  constexpr StrongId Next() const { return StrongId(value_ + 1); }
  // The id before this one; zero stays zero, "before everything".
  constexpr StrongId Prev() const { return StrongId(value_ == 0 ? 0 : value_ - 1); }
  constexpr StrongId Plus(uint64_t steps) const { return StrongId(value_ + steps); }

  friend constexpr auto operator<=>(StrongId, StrongId) = default;

  template <typename H>
  friend H AbslHashValue(H state, StrongId id) {
    return H::combine(std::move(state), id.value_);
  }

  std::string ToString() const { return Tag::kPrefix + std::to_string(value_); }
  friend std::ostream& operator<<(std::ostream& out, StrongId id) { return out << Tag::kPrefix << id.value_; }

 private:
  uint64_t value_ = 0;
};

struct NodeIdTag {
  static constexpr const char* kPrefix = "n";
};
struct PartitionIdTag {
  static constexpr const char* kPrefix = "p";
};
struct TermTag {
  static constexpr const char* kPrefix = "t";
};
struct RaftIndexTag {
  static constexpr const char* kPrefix = "r";
};
struct PartitionIndexTag {
  static constexpr const char* kPrefix = "i";
};
struct SequenceTag {
  static constexpr const char* kPrefix = "s";
};

// A replica. Numbered from 1.
using NodeId = StrongId<NodeIdTag>;
// A partition. 0 is the system partition: control records.
using PartitionId = StrongId<PartitionIdTag>;
// A Raft term. 0 before any election.
using Term = StrongId<TermTag>;
// A record's place in the segmented log, the one total order. The first record is 1; 0 is "before everything".
using RaftIndex = StrongId<RaftIndexTag>;
// A record's place in its partition. The first record is 1; 0 is "before everything".
using PartitionIndex = StrongId<PartitionIndexTag>;
// A record's place in one append-only file. The owner maps it to a RaftIndex or PartitionIndex, one to one.
using Sequence = StrongId<SequenceTag>;

inline constexpr PartitionId kSystemPartition{0};

}  // namespace tidemark
