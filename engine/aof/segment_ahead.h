#pragma once

// The next segment file, made before it is needed: a whole segment of zeros takes as long to write as thousands of
// batches, and nobody should wait for that at a rotation.
//
//   MayPrepare   the file in use is filling up: makes "<next id>.new" in the background
//   Make         gives it header and name; where there is none (yet), makes or awaits one
//
// A full disk only means that there is none. The spare is another thing: it stays for the day of the full disk.

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "engine/aof/segment_maker.h"
#include "engine/env/disk.h"

namespace tidemark::aof {

class SegmentAhead : public std::enable_shared_from_this<SegmentAhead> {
 public:
  explicit SegmentAhead(Disk& disk) : disk_(disk) {}

  // Starts unless one is there or on its way, by this or by Make. `plan` is of the next file, its content left out.
  void MayPrepare(SegmentPlan plan);
  // As MakeSegment, with what is prepared where that fits. One at a time.
  void Make(SegmentPlan plan, SegmentMade done);
  // Whether the last Make took the spare.
  bool used_spare() const { return used_spare_; }

 private:
  void OnPrepared(absl::StatusOr<std::shared_ptr<File>> file);

  Disk& disk_;
  bool preparing_ = false;
  bool making_ = false;
  bool tried_ = false;  // once for each id: a full disk is not asked again and again
  bool used_spare_ = false;
  uint64_t file_id_ = 0;
  uint64_t segment_bytes_ = 0;
  SegmentPlan waiting_plan_;
  SegmentMade waiting_done_;  // not null: a Make waits for what is on its way
  std::shared_ptr<File> prepared_;
};

}  // namespace tidemark::aof
