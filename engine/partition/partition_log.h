#pragma once

// A partition's own file: the partition's records alone, in partition order, in an AOF whose sequence
// numbers are the partition indices. Filled from the segmented log, at its own pace; nobody waits for it.
//
//   Forward   hands over the next record, which is durable in the segmented log already
//   (sync)    Listener::OnPartitionDurable; records from there on no longer hold the segmented log's prefix
//
// Each write carries one checkpoint: what was durable here, and applied, when the write was composed. A failed
// sync poisons this file only: forwarding to it stops, the log keeps what it needs, and the next recovery forwards it
// again.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/aof/aof.h"
#include "engine/aof/format.h"
#include "engine/aof/listener.h"
#include "engine/aof/options.h"
#include "engine/aof/report.h"
#include "engine/base/ids.h"
#include "engine/base/prefetch.h"
#include "engine/env/disk.h"
#include "engine/env/env.h"
#include "engine/partition/partition_record.h"
#include "engine/segmented_log/entry.h"

namespace tidemark {

class PartitionLog : private aof::Listener {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    // `slot` is what SetListener was given.
    virtual void OnPartitionDurable(size_t slot, PartitionIndex through) = 0;
    virtual void OnPartitionFailed(size_t slot, const absl::Status& why) = 0;
    virtual void OnPartitionFull(size_t slot, bool full) = 0;
    virtual Checkpoint CheckpointOf(size_t slot) = 0;
  };

  struct Opened {
    std::unique_ptr<PartitionLog> log;
    aof::OpenReport report;
  };
  using OpenDone = absl::AnyInvocable<void(absl::StatusOr<Opened>)>;
  using EntriesDone = absl::AnyInvocable<void(absl::StatusOr<std::vector<Entry>>)>;

  // "p-0000000007": where the partition's file lives.
  static std::string DirectoryOf(PartitionId partition);
  // The partition of such a name; system partition for any other name.
  static PartitionId PartitionOf(absl::string_view directory);

  // What one record takes in the file, and in memory until it is durable there: never nothing.
  static constexpr uint64_t FrameBytes(uint64_t payload_bytes) {
    return aof::FrameBytes(kPartitionRecordHeaderBytes + payload_bytes);
  }

  // options.log_id is the partition. When `done` gets OK every record found is durable. Errors: those of
  // aof::Aof::Open.
  static void Open(const Env& env, const aof::Options& options, OpenDone done);
  ~PartitionLog() override;
  // Before the first Forward. Until then nothing is called back.
  void SetListener(Listener& listener, size_t slot);

  // Hands over record `index` of this partition. One at or below last_index() was handed over before, and is
  // skipped; else it is the next. kDiskFull while full(), kPoisoned: not taken.
  absl::Status Forward(PartitionIndex index, const PartitionRecordHeader& header, ByteSpan payload);
  // Voids all records above `new_end` (>= first_index() - 1), and what a checkpoint says of them; `done`: durably so.
  void CutBack(PartitionIndex new_end, DiskDone done);
  // Removes the records below `new_first` (<= durable_index() + 1); `done`: durably so, and whole files are gone.
  void TruncatePrefix(PartitionIndex new_first, DiskDone done) {
    aof_->TruncatePrefix(Sequence(new_first.value()), std::move(done));
  }
  // Somebody waits for what was handed over so far.
  void WriteNow() { aof_->WriteNow(); }
  void Flush(DiskDone done) { aof_->Flush(std::move(done)); }
  void RetryNow() { aof_->RetryNow(); }
  // A Forward will come soon: asks for the memory that it takes, of it what is `steps` pointers away, once what is
  // nearer has come (engine/base/prefetch.h).
  static constexpr int kPrefetchSteps = 5;
  void Prefetch(int steps) const { steps == 0 ? PrefetchObject(*this) : aof_->Prefetch(steps - 1); }
  // From `from` on: at least one, at most max_records, payload not above max_bytes but for the first. Errors as
  // aof::Aof::Read.
  void Entries(PartitionIndex from, uint64_t max_records, uint64_t max_bytes, EntriesDone done);

  // `done`: the files that opening skipped are sound; kCorruption otherwise.
  void CheckSkipped(DiskDone done) { aof_->CheckSkipped(std::move(done)); }

  PartitionId partition() const { return partition_; }
  PartitionIndex first_index() const { return PartitionIndex(aof_->first().value()); }
  // Of all its segment files.
  uint64_t file_bytes() const { return aof_->file_bytes(); }
  PartitionIndex last_index() const { return last_index_; }
  PartitionIndex durable_index() const { return PartitionIndex(aof_->durable().value()); }
  // Of the last record; 0 when there is none, or after CutBack until the next Forward.
  RaftIndex last_raft_index() const { return last_raft_index_; }
  // The newest checkpoint in the file when it was opened; blank where what it speaks of was cut back since.
  const Checkpoint& found_checkpoint() const { return found_checkpoint_; }
  bool poisoned() const { return aof_->poisoned(); }
  bool full() const { return full_; }
  // Called when the disk turns out to be full, as long as there is no listener.
  void WatchFull(absl::AnyInvocable<void()> on_full) { on_full_ = std::move(on_full); }

 private:
  class Visit;
  explicit PartitionLog(const Env& env, PartitionId partition);
  absl::Status AppendCheckpoint();
  // The records above `new_end` are void.
  void Forget(PartitionIndex new_end);

  // aof::Listener
  void OnDurable(Sequence through) override;
  void OnFailed(const absl::Status& why) override;
  void OnFull(bool full) override;
  std::string HeadNote(Sequence base) override;
  void OnRotated(uint64_t file_id, Sequence base) override;

  Tracer& tracer_;
  Listener* listener_ = nullptr;
  size_t slot_ = 0;
  absl::AnyInvocable<void()> on_full_;
  Checkpoint found_checkpoint_;
  // What each record asks for, side by side: the file itself lies far off in memory.
  const PartitionId partition_;
  PartitionIndex last_index_;  // Invariant: what the file has appended.
  RaftIndex last_raft_index_;
  bool full_ = false;  // what the file said last
  // Whether a checkpoint went along since the last time something became durable: one a write is enough.
  bool checkpoint_pending_ = false;
  // Last, so that it is destroyed first: nothing calls back into a half-destroyed log.
  std::unique_ptr<aof::Aof> aof_;
};

}  // namespace tidemark
