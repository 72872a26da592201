#pragma once

// Where records go that a partition's file does not make durable, so that the segmented log need not keep them: a file
// that hangs, or has failed, would otherwise hold the log's files for ever, and all the other partitions with it.
//
//   Add, Flush   copies of log records, of whichever partitions; once durable the log may drop its own
//   Read         one of them, when the partition's file takes it at last, or a reader wants it
//   Forget       the partition's file has it, or the partition is gone
//
// One append-only file (docs/formats/spill.md), made when it is first needed. What nobody needs any more goes from the
// front; a record in front that stays needed is copied to the back when it holds more that is dead than all that is
// live, so the file stays within twice what is live, and some slack.
//
// A record may be there twice, or for a partition that was dropped since: the newest copy counts, and recovery takes
// only what lies between the end of a partition's file and the beginning of the log, which is there by construction.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/aof/aof.h"
#include "engine/aof/format.h"
#include "engine/aof/listener.h"
#include "engine/aof/options.h"
#include "engine/base/ids.h"
#include "engine/env/disk.h"
#include "engine/env/env.h"
#include "engine/env/tracer.h"
#include "engine/node/spill_record.h"
#include "engine/partition/watermarks.h"
#include "engine/segmented_log/entry.h"

namespace tidemark {

class Spill : private aof::Listener {
 public:
  using OpenDone = absl::AnyInvocable<void(absl::StatusOr<std::unique_ptr<Spill>>)>;
  using EntryDone = absl::AnyInvocable<void(absl::StatusOr<Entry>)>;

  // Errors: those of aof::Aof::Open. With OK all that it holds is durable.
  static void Open(const Env& env, const aof::Options& options, OpenDone done);
  ~Spill() override;

  // What one record takes in it: never nothing.
  static constexpr uint64_t FrameBytes(uint64_t payload_bytes) {
    return aof::FrameBytes(kSpillRecordHeaderBytes + payload_bytes);
  }
  // Takes a copy; volatile until Flush. kDiskFull, kPoisoned, kRefused.
  absl::Status Add(RaftIndex raft_index, const EntryView& entry);
  // `done`: all that was added before survives power loss. Waits while the disk is full. kPoisoned.
  void Flush(DiskDone done) { aof_->Flush(std::move(done)); }

  bool Holds(PartitionId partition, PartitionIndex index) const { return places_.contains({partition, index}); }
  // Null: not here. Valid until the next call that is not const.
  const OutstandingRecord* Find(PartitionId partition, PartitionIndex index) const;
  // kTruncated when it is not here. kCorruption: it was, and is damaged now.
  void Read(PartitionId partition, PartitionIndex index, EntryDone done);

  // Nobody needs the partition's records up to `through`, or from `from` on.
  void ForgetThrough(PartitionId partition, PartitionIndex through);
  void ForgetFrom(PartitionId partition, PartitionIndex from);
  // Nobody needs those for which `keep` is false.
  void KeepOnly(absl::FunctionRef<bool(PartitionId, PartitionIndex)> keep);

  bool empty() const { return places_.empty(); }
  bool poisoned() const { return aof_->poisoned(); }
  uint64_t live_bytes() const { return live_bytes_; }         // frames of what is needed
  uint64_t file_bytes() const { return aof_->file_bytes(); }  // of all its segment files

 private:
  using Key = std::pair<PartitionId, PartitionIndex>;
  class Visit;
  struct Place {
    Sequence sequence;
    OutstandingRecord record;
  };
  // A record of the file, from its floor on.
  struct Copy {
    Key key;
    uint64_t bytes = 0;  // of its frame
    bool live = false;
  };
  // Dead bytes below this are not worth a write.
  static constexpr uint64_t kSlackBytes = 16u << 10;

  explicit Spill(const Tracer& tracer) : tracer_(tracer) {}
  void Note(Sequence sequence, Key key, const OutstandingRecord& record);
  // Returns the one after it.
  absl::btree_map<Key, Place>::iterator Forget(absl::btree_map<Key, Place>::iterator place);
  void Trim();
  void MoveFront();
  void OnFrontRead(Key key, Sequence sequence, const absl::StatusOr<std::string>& bytes);

  // aof::Listener
  void OnDurable(Sequence) override { Trim(); }
  void OnFailed(const absl::Status&) override {}
  void OnFull(bool) override {}
  std::string HeadNote(Sequence) override { return std::string(); }
  void OnRotated(uint64_t, Sequence) override {}

  const Tracer& tracer_;
  absl::btree_map<Key, Place> places_;  // of the live copies
  // Invariant: all copies from the file's floor on; live exactly where places_ points to it.
  absl::btree_map<Sequence, Copy> copies_;
  uint64_t live_bytes_ = 0;  // Invariant: frames of the live copies.
  uint64_t dead_bytes_ = 0;  // Invariant: frames of the others.
  bool moving_ = false;      // the copy in front is being read
  // Last, so that it is destroyed first: nothing calls back into a half-destroyed spill.
  std::unique_ptr<aof::Aof> aof_;
};

}  // namespace tidemark
