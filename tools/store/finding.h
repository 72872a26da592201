#pragma once

// What is wrong with a store, one piece at a time, and what all pieces together come to.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/base/ids.h"

namespace tidemark::tools {

enum class FindingKind : uint8_t {
  kTornTail,      // a torn write left something that nothing promised: recovery cuts it
  kUnfinished,    // a creation or a drop that a crash interrupted: recovery finishes it
  kCorruption,    // promised bytes are damaged
  kLostRecords,   // promised records are gone without visible damage
  kDisagreement,  // two files that both check out tell different stories
  kWrongStore,    // a file of another store, or of another place in this one
  kUnreadable,    // the device, the permissions or the version did not let us look
};
// "torn_tail": stable, for programs.
absl::string_view FindingKindName(FindingKind kind);

// The records [first, last] of a file; last is Sequence::Max() where nothing says how many there were.
struct LostRange {
  Sequence first;
  Sequence last;
  bool open() const { return last == Sequence::Max(); }
};

struct Finding {
  FindingKind kind = FindingKind::kCorruption;
  std::string path;  // of the file or directory, from the store's root
  std::string what;  // one sentence
  absl::optional<uint64_t> offset = absl::nullopt;
  // The evidence: all below promised_offset was durable when promised_by, the batch at this offset, was written;
  // without promised_by it is the head of the next file that says so.
  absl::optional<uint64_t> promised_offset = absl::nullopt;
  absl::optional<uint64_t> promised_by = absl::nullopt;
  // What can not be read because of it; in a file of the log these are raft indices, in a partition's its own indices,
  // in the spill its sequence numbers.
  absl::optional<LostRange> lost = absl::nullopt;
};

// Values stand for themselves in exit codes and documents: never renumber.
enum class StoreVerdict : uint8_t {
  kSound = 0,
  kTornTail = 1,    // nothing promised is lost, recovery has something to cut or to finish
  kDamaged = 2,     // promised bytes or records are damaged, gone or contradicted
  kUnreadable = 3,  // not all could be looked at, and what could be is not damaged
};
absl::string_view StoreVerdictName(StoreVerdict verdict);
// The worst of it; damage outweighs what could not be read.
StoreVerdict VerdictOf(const std::vector<Finding>& findings);

}  // namespace tidemark::tools
