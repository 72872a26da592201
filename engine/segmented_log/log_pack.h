#pragma once

// A range of the log as one block of bytes that checks itself, for a replica that joins (docs/formats/log_pack.md):
// entries, the term before them, and the roster of partitions as of the first of them.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "engine/aof/store_id.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/segmented_log/entry.h"
#include "engine/segmented_log/head_note.h"

namespace tidemark {

inline constexpr uint32_t kLogPackVersion = 1;
inline constexpr size_t kLogPackHeaderBytes = 80;
inline constexpr size_t kLogPackChecksumBytes = 4;
// Before each entry: its length, u32.
inline constexpr size_t kPackedEntryPrefixBytes = 4;
inline constexpr uint64_t kMaxLogPackBytes = uint64_t{1} << 30;

// Puts a pack together. At least one entry; terms do not fall.
class LogPackBuilder {
 public:
  // `before`: the term of the record before the first one (0: not known), and the roster as of the first one. Its vote
  // is 0.
  LogPackBuilder(StoreId store_id, RaftIndex first, const HeadNote& before);

  // The pack's size if an entry with so large a payload were added.
  uint64_t BytesWith(uint64_t payload_bytes) const {
    return bytes_.size() + kPackedEntryPrefixBytes + kEntryHeaderBytes + payload_bytes + kLogPackChecksumBytes;
  }
  void Add(const EntryHeader& header, ByteSpan payload);
  bool empty() const { return next_ == first_; }
  RaftIndex next() const { return next_; }
  // Once, last.
  std::string Finish();

 private:
  std::string bytes_;
  RaftIndex first_;
  RaftIndex next_;
  uint64_t entries_at_ = 0;
  Term last_term_;
};

// A pack that was checked whole; views the bytes that it was decoded from.
struct LogPack {
  StoreId store_id;
  RaftIndex first;
  RaftIndex last;  // Invariant: >= first
  Term first_term;
  Term last_term;   // Invariant: >= first_term >= before.term
  HeadNote before;  // term: of the record before the first, 0 if not known; roster: as of the first
  ByteSpan entries;

  uint64_t count() const { return last.value() - first.value() + 1; }
  void ForEach(absl::FunctionRef<void(RaftIndex, const EntryView&)> visit) const;
};

// kCorruption saying which field is wrong; kNotSupported for a newer version. All sizes are checked before anything is
// allocated; what is allocated is the roster only.
absl::StatusOr<LogPack> DecodeLogPack(ByteSpan bytes);

}  // namespace tidemark
