#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
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

// A damaged range below a promise. If nothing was voided within it, it held the records first..last (none where last is
// first - 1) and nothing else that counts.
struct Gap {
  Sequence first;
  Sequence last;
  std::string after;  // the record last + 1, from the first sound batch that holds any
};
// The payloads of the gap's records, exactly as they were; or why not.
using GapDone = absl::AnyInvocable<void(absl::StatusOr<std::vector<std::string>>)>;

// Whoever opens an Aof hears here what it holds, in log order, before Open completes. Nothing here is
// durable for sure until Open has completed with OK. Spans are valid during the call only.
//
// A record may come again, after an OnCut below it: then the later one counts. The story begins with the head note of
// the oldest file that is read (Options::scan_sealed) and its first record, so that the owner can carry its state on
// from there, though a floor may follow that makes some of these records void.
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
  // Asked, after the records before the gap were heard, to fill it. With payloads, which stand for the proof that
  // nothing was voided within, the gap is put back durably, and its records are heard next. An error lets the damage
  // stand, and opening ends with it. `done` may run in the call.
  virtual void OnGap(Gap, GapDone done) { done(absl::UnimplementedError("there is no other copy")); }
  // Asked when all was heard, before anything is written: an error ends the opening with it.
  virtual absl::Status Verdict() { return absl::OkStatus(); }
};

}  // namespace tidemark::aof
