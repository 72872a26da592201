#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "engine/base/ids.h"

namespace tidemark::aof {

// What an open Aof tells its owner. Called from tasks of the executor, never inside a call of the owner.
// The owner may call the Aof from here, but not destroy it.
class Listener {
 public:
  virtual ~Listener() = default;

  // Every record up to `through` survives power loss. After a suffix truncation it may repeat or fall back.
  virtual void OnDurable(Sequence through) = 0;
  // Once: a write or sync failed. Nothing more is written or acknowledged; what was promised holds. Reopen.
  virtual void OnFailed(const absl::Status& why) = 0;
  // The disk became full (appends are refused with kDiskFull), or has space again.
  virtual void OnFull(bool full) = 0;
  // What to repeat at the head of a new segment file, as of its first record `base`, at most
  // Options::max_head_note_bytes. Records from `base` on may have been accepted, or replayed, but are not durable yet.
  // Also called while opening, when it may be larger (up to kMaxHeadNoteBytes): the options may have been other ones
  // then.
  virtual std::string HeadNote(Sequence base) = 0;
  // A new segment file took over, perhaps while opening; `base` is the first record it may hold.
  virtual void OnRotated(uint64_t file_id, Sequence base) = 0;
};

}  // namespace tidemark::aof
