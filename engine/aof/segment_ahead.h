#pragma once

// The next segment file, made before it is needed: a whole segment of zeros takes as long to write as thousands of
// batches, and nobody should wait for that at a rotation.
//
//   MayPrepare   the file in use is filling up: makes "<next id>.new" in the background
//   Reuse        a file that nobody needs any more becomes "<next id>.new", instead of being removed
//   Make         gives it header and name; where there is none (yet), makes or awaits one
//
// A full disk only means that there is none. The spare is another thing: it stays for the day of the full disk.

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "engine/aof/segment_maker.h"
#include "engine/aof/turns.h"
#include "engine/env/disk.h"

namespace tidemark::aof {

class SegmentAhead : public std::enable_shared_from_this<SegmentAhead> {
 public:
  // `turns` may be null; else what is made ahead takes one of the background, but for one that a Make waits for. What
  // is prepared is kept open only with `keep_open`.
  SegmentAhead(Disk& disk, std::shared_ptr<Turns> turns, bool keep_open)
      : disk_(disk), turns_(std::move(turns)), keep_open_(keep_open) {}

  // Starts unless one is there or on its way, by this or by Make. `plan` is of the next file, its content left out.
  void MayPrepare(SegmentPlan plan);
  // Whether Reuse may be called: no file of this id is there or on its way.
  bool MayReuse(uint64_t file_id) const { return !preparing_ && !making_ && !(is_prepared_ && file_id_ == file_id); }
  // `old_name` is a file of plan.segment_bytes in plan.directory that nobody reads or needs. `gone` with OK: it has
  // this name no longer, which survives power loss. After an error it may; then it is as if this had not been called.
  void Reuse(SegmentPlan plan, const std::string& old_name, DiskDone gone);
  // As MakeSegment, with what is prepared where that fits. One at a time.
  void Make(SegmentPlan plan, SegmentMade done);
  // Whether the last Make took the spare.
  bool used_spare() const { return used_spare_; }

 private:
  void Claim(SegmentPlan plan);
  void PrepareInTurn();
  void Prepare();
  void OnPrepared(absl::StatusOr<std::shared_ptr<File>> file);
  void OnRenamed(absl::Status status, DiskDone gone);

  Disk& disk_;
  const std::shared_ptr<Turns> turns_;
  const bool keep_open_;
  bool preparing_ = false;       // the name "<file_id_>.new" is in use
  bool waits_for_turn_ = false;  // and nothing else keeps it from beginning. Invariant: only while preparing_.
  absl::optional<Turns::Turn> turn_;
  bool making_ = false;
  bool tried_ = false;  // once for each id: a full disk is not asked again and again
  bool used_spare_ = false;
  uint64_t file_id_ = 0;
  uint64_t segment_bytes_ = 0;
  SegmentPlan plan_;  // of what is prepared
  bool reused_ = false;
  SegmentPlan waiting_plan_;
  SegmentMade waiting_done_;  // not null: a Make waits for what is on its way
  bool is_prepared_ = false;
  std::shared_ptr<File> prepared_;
};

}  // namespace tidemark::aof
