// Readers, flush and truncation on demand.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "engine/node/coordinator.h"

namespace tidemark {
namespace {

Entry ToEntry(RaftIndex index, const EntryView& view) {
  return {index, view.header, std::string(AsText(view.payload))};
}

absl::Status Truncated(const std::string& what, const std::string& range) {
  return MakeError(ErrorKind::kTruncated, absl::StrCat(what, " is not there: ", range));
}

absl::Status Dropped(PartitionId partition) {
  return absl::NotFoundError(absl::StrCat(partition.ToString(), " was dropped"));
}

// Several completions become one: the first error, or OK once all are in.
class Gather {
 public:
  explicit Gather(CreateDone done) : done_(std::move(done)) {}
  void Expect() { ++expected_; }
  void Arrive(const absl::Status& status) {
    if (status_.ok()) status_ = status;
    if (--expected_ == 0) done_(status_);
  }

 private:
  CreateDone done_;
  absl::Status status_;
  uint64_t expected_ = 0;
};

// Who waits for a file to answer. Where the file goes before it does, `gone` gets whom to tell.
template <typename Waiting>
class OrGone {
 public:
  OrGone(Waiting waiting, absl::AnyInvocable<void(Waiting)> gone)
      : waiting_(std::move(waiting)), gone_(std::move(gone)) {}
  OrGone(const OrGone&) = delete;
  OrGone& operator=(const OrGone&) = delete;
  ~OrGone() {
    if (waiting_ != nullptr) gone_(std::move(waiting_));
  }
  Waiting Take() { return std::exchange(waiting_, nullptr); }

 private:
  Waiting waiting_;
  absl::AnyInvocable<void(Waiting)> gone_;
};

}  // namespace

EntriesDone Coordinator::OrDropped(PartitionId partition, EntriesDone done) {
  auto gone = [this, alive = std::weak_ptr<char>(alive_), partition](EntriesDone waiting) {
    if (alive.expired()) return;
    Later([waiting = std::move(waiting), partition]() mutable { waiting(Dropped(partition)); });
  };
  return [waiting = std::make_unique<OrGone<EntriesDone>>(std::move(done), std::move(gone))](
             absl::StatusOr<std::vector<Entry>> entries) { waiting->Take()(std::move(entries)); };
}

void Coordinator::Read(PartitionId partition, PartitionIndex index, EntryDone done) {
  const size_t slot = SlotOf(partition);
  if (slot == kNoSlot || partitions_[slot].log == nullptr) {
    Later([done = std::move(done), partition]() mutable {
      done(absl::NotFoundError(absl::StrCat(partition.ToString(), " does not exist")));
    });
    return;
  }
  if (!OutstandingOf(slot).Holds(index)) return ReadFromFile(slot, index, std::move(done));
  const RaftIndex raft_index = OutstandingOf(slot).At(index).raft_index;
  if (raft_index > ladder().committed) return ReadFromFile(slot, index, std::move(done));
  EntryView view;
  if (log_->FindInMemory(raft_index, &view)) {
    Later([done = std::move(done), entry = ToEntry(raft_index, view)]() mutable { done(std::move(entry)); });
    return;
  }
  if (IsOnlySpilled(slot, index)) return ReadSpilled(slot, index, std::move(done));
  log_->EntryAt(raft_index, [this, slot, tenant = partitions_[slot].tenant, index,
                             done = std::move(done)](absl::StatusOr<Entry> entry) mutable {
    const bool same = partitions_[slot].tenant == tenant;
    if (entry.ok() || !same) return done(std::move(entry));
    // The log let go of it meanwhile, or has it damaged.
    if (IsSpilled(slot, index)) return ReadSpilled(slot, index, std::move(done));
    if (index > ladder().partitions[slot].forwarded_index) return done(std::move(entry));
    ReadFromFile(slot, index, std::move(done));
  });
}

void Coordinator::ReadSpilled(size_t slot, PartitionIndex index, EntryDone done) {
  spill_->Read(partitions_[slot].id, index,
               [this, slot, partition = partitions_[slot].id, tenant = partitions_[slot].tenant, index,
                done = std::move(done)](absl::StatusOr<Entry> entry) mutable {
                 // It may be the record of a later partition of the same id.
                 if (partitions_[slot].tenant != tenant) return done(Dropped(partition));
                 if (entry.ok() || index > ladder().partitions[slot].forwarded_index) return done(std::move(entry));
                 ReadFromFile(slot, index, std::move(done));
               });
}

void Coordinator::ReadFromFile(size_t slot, PartitionIndex index, EntryDone done) {
  const PartitionLadder& p = ladder().partitions[slot];
  const PartitionIndex last = std::min(p.forwarded_index, partitions_[slot].committed);
  if (index == PartitionIndex(0) || index > last) {
    Later([done = std::move(done), status = Truncated(absl::StrCat(p.partition.ToString(), "/", index.ToString()),
                                                      absl::StrCat("the partition is durable to ",
                                                                   last.ToString()))]() mutable { done(status); });
    return;
  }
  auto take_first = [done = std::move(done)](absl::StatusOr<std::vector<Entry>> entries) mutable {
    if (!entries.ok()) return done(entries.status());
    done(std::move(entries->front()));
  };
  partitions_[slot].log->Entries(index, 1, 0, OrDropped(p.partition, std::move(take_first)));
}

void Coordinator::ReadEntry(RaftIndex index, EntryDone done) {
  if (index <= ladder().truncated || index > ladder().committed) {
    Later([done = std::move(done),
           status = Truncated(index.ToString(), absl::StrCat("the log holds ", ladder().truncated.Next().ToString(),
                                                             "..", ladder().committed.ToString()))]() mutable {
      done(status);
    });
    return;
  }
  EntryView view;
  if (log_->FindInMemory(index, &view)) {
    Later([done = std::move(done), entry = ToEntry(index, view)]() mutable { done(std::move(entry)); });
    return;
  }
  if (index < log_->first() && truncating_) return ParkRead(index, std::move(done));
  log_->EntryAt(index, [this, index, done = std::move(done)](absl::StatusOr<Entry> entry) mutable {
    const bool taken = KindOf(entry.status()) == ErrorKind::kTruncated && index > ladder().truncated;
    if (taken && truncating_) return ParkRead(index, std::move(done));
    if (taken) return done(Poisoned());  // the truncation that took it failed with the log
    done(std::move(entry));
  });
}

// A truncation has begun to take the record; whether it is gone is known when the truncation is durable.
void Coordinator::ParkRead(RaftIndex index, EntryDone done) { parked_reads_.push_back({index, std::move(done)}); }

void Coordinator::TruncateNow(TruncateDone done) {
  if (truncating_) {
    truncate_next_waiters_.push_back(std::move(done));
    return;
  }
  if (poisoned()) {
    Later([done = std::move(done), status = Poisoned()]() mutable { done(status); });
    return;
  }
  const RaftIndex new_first = ladder().min_required;
  if (new_first.Prev() <= ladder().truncated) {
    Later([done = std::move(done), truncated = ladder().truncated]() mutable { done(truncated); });
    return;
  }
  truncate_waiters_.push_back(std::move(done));
  StartTruncation(new_first);
}

// In a task of its own: what was acknowledged just now is handed to the partitions' files first.
void Coordinator::Flush(CreateDone done) {
  Later([this, done = std::move(done)]() mutable {
    ForwardDurable();
    FlushFiles(std::move(done));
  });
}

// An engine that fails meanwhile makes no promise, whatever its files have done.
void Coordinator::FlushFiles(CreateDone done) {
  auto gather = std::make_shared<Gather>(
      [this, alive = std::weak_ptr<char>(alive_), done = std::move(done)](const absl::Status& status) mutable {
        done(status.ok() && !alive.expired() && poisoned() ? Poisoned() : status);
      });
  std::vector<PartitionLog*> unsynced;
  for (size_t slot = 0; slot < partitions_.size(); ++slot) {
    const PartitionLadder& p = ladder().partitions[slot];
    if (!p.dropped && p.forwarded_index > p.durable_index && p.stopped == ErrorKind::kNone)
      unsynced.push_back(partitions_[slot].log.get());
  }
  gather->Expect();
  for (size_t i = 0; i < unsynced.size(); ++i) gather->Expect();
  log_->Flush([gather](const absl::Status& status) { gather->Arrive(status); });
  // A partition's file that fails meanwhile is that partition's affair, and so is one that is dropped.
  const auto gone = [this, alive = std::weak_ptr<char>(alive_)](std::shared_ptr<Gather> waiting) {
    if (!alive.expired()) Later([waiting = std::move(waiting)] { waiting->Arrive(absl::OkStatus()); });
  };
  for (PartitionLog* log : unsynced) {
    log->Flush([waiting = std::make_unique<OrGone<std::shared_ptr<Gather>>>(gather, gone)](const absl::Status&) {
      waiting->Take()->Arrive(absl::OkStatus());
    });
  }
}

void Coordinator::RetryNow() {
  log_->RetryNow();
  for (Partition& p : partitions_) {
    if (p.log != nullptr) p.log->RetryNow();
  }
}

}  // namespace tidemark
