#pragma once

// Makes segment files, so that a file of a final name is always whole:
//
//   create "<id>.new", preallocate zeros, write header (and first batch), sync all, rename to "<id>.aof", sync
//   directory
//
// A crash leaves a ".new" file (removed at open) or the whole file. The spare is made the same way, all
// zeros, as "spare"; when a full disk allows no new file, it is renamed to "<id>.new" and the rest is the same. So it
// is with an old file that is used again: it has that name before the first zero is written over what it held.

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "engine/base/bytes.h"
#include "engine/env/disk.h"

namespace tidemark::aof {

struct SegmentPlan {
  std::string directory;
  uint64_t file_id = 0;
  uint64_t segment_bytes = 0;
  uint32_t block_bytes = 0;
  bool direct = false;
  bool from_spare = false;
  // PrepareSegment or ReuseSegment made "<id>.new" for this id and size: only header and name are missing. Goes before
  // from_spare.
  bool is_prepared = false;
  std::shared_ptr<File> prepared;  // the same, if it is still open
  AlignedBuffer content;           // the header, and perhaps the first batch
};
using SegmentMade = absl::AnyInvocable<void(absl::StatusOr<std::shared_ptr<File>>)>;

// `done` with a file: it survives power loss, content and name. kDiskFull: nothing was made and the space is given
// back; trying again is allowed. Any other error: unknown what exists; only recovery may tell.
// Work stops, and `done` is dropped, once `alive` has expired.
void MakeSegment(Disk& disk, std::weak_ptr<void> alive, SegmentPlan plan, SegmentMade done);

// Makes "<id>.new", all zeros, so that MakeSegment will have little to do; plan.content is not used. A crash leaves it,
// and opening removes it. After any error there is none.
void PrepareSegment(Disk& disk, std::weak_ptr<void> alive, SegmentPlan plan, SegmentMade done);

// The same of a file that has this name already, and this size, whatever it holds: zeros are written over it, in pieces
// that are synced one by one, so that others' syncs wait for one piece only. Its space stays its own: a disk that first
// has to find new blocks, and to forget the old ones, takes several times as long.
void ReuseSegment(Disk& disk, std::weak_ptr<void> alive, SegmentPlan plan, SegmentMade done);

// Makes the spare. After any error there is none; trying again is allowed.
void MakeSpare(Disk& disk, std::weak_ptr<void> alive, std::string directory, uint64_t segment_bytes, DiskDone done);

}  // namespace tidemark::aof
