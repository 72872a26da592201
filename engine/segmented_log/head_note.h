#pragma once

// What the head of each segment file of the segmented log repeats, so that files before it may go: the
// term, the vote, and the roster of partitions as of the file's first record (docs/formats/segmented_log.md).

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"

namespace tidemark {

struct RosterEntry {
  PartitionId partition;
  PartitionIndex next_index;  // of the partition's first record in this file or after it
  friend bool operator==(const RosterEntry&, const RosterEntry&) = default;
};

struct HeadNote {
  Term term;
  NodeId vote;  // 0: none in this term
  // Ascending by partition; the system partition, where it has records, is the first.
  std::vector<RosterEntry> roster;
  friend bool operator==(const HeadNote&, const HeadNote&) = default;
};

// version u32 | entries u32 | term u64 | vote u64, then per entry partition u64 | next_index u64. Little-endian.
inline constexpr size_t kHeadNoteBytes = 24;
inline constexpr size_t kRosterEntryBytes = 16;

std::string EncodeHeadNote(const HeadNote& note);
// kCorruption saying what is wrong; kNotSupported for a newer version. Nothing is allocated before the size is known to
// be right.
absl::StatusOr<HeadNote> DecodeHeadNote(ByteSpan bytes);

}  // namespace tidemark
