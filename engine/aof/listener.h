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
  // What to repeat at the head of a new segment file, at most Options::max_head_note_bytes. It may reflect records
  // that were accepted but not yet written. Also called while opening, with what was replayed until then.
  virtual std::string HeadNote() = 0;
  // A new segment file took over; `base` is the first record it may hold.
  virtual void OnRotated(uint64_t file_id, Sequence base) = 0;
};

}  // namespace tidemark::aof
