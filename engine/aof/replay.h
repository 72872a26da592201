#pragma once

#include <cstdint>
#include <ostream>

#include "absl/status/status.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"

namespace tidemark::aof {

// Where a frame begins. For messages only: recovery may copy a record forward, so records are read by sequence.
struct Location {
  uint64_t file_id = 0;
  uint64_t offset = 0;  // bytes from the start of the file
  friend bool operator==(const Location&, const Location&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Location& at) {
    return out << "file " << at.file_id << " offset " << at.offset;
  }
};

// Whoever opens an Aof hears here what it holds, in log order, before Open completes. Nothing here is
// durable for sure until Open has completed with OK. Spans are valid during the call only.
//
// A record may come again, after an OnCut below it: then the later one counts. The story begins with the head note of
// the oldest file and its first record, so that the owner can carry its state on from there, though a floor may follow
// that makes some of these records void.
class Replay {
 public:
  virtual ~Replay() = default;

  // The owner's bytes at the head of a segment file: state as of the file's base sequence.
  virtual void OnHeadNote(ByteSpan note, Sequence base) = 0;
  // Sequences run without a gap, but for OnCut.
  virtual void OnRecord(Sequence sequence, ByteSpan payload, Location at) = 0;
  // An Aof::AppendNote; `last` is the last record before it.
  virtual void OnNote(ByteSpan note, Sequence last) = 0;
  // Every record above `new_end` is void.
  virtual void OnCut(Sequence new_end) = 0;
  // Every record below `first` is gone. Those that stand in a file with later ones are replayed all the same; after
  // the last record this is told once more.
  virtual void OnFloor(Sequence first) = 0;
  // Asked when all was heard, before anything is written: an error ends the opening with it.
  virtual absl::Status Verdict() { return absl::OkStatus(); }
};

}  // namespace tidemark::aof
