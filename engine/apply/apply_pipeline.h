#pragma once

// Hands records to the state machine: per partition one at a time, in partition order, each until it succeeds.
//
//   MayApply   the partition's records up to here may be applied (they are committed, and in the partition's file)
//   (Find, or Fetch)   the record comes from memory, or from the file
//   StateMachine::Apply -> done(OK) -> Owner::OnApplied -> the next one
//                          done(error) -> a pause that doubles -> the same one again
//
// Partitions do not wait for each other. Destroying it drops what is in flight: a late `done` changes nothing.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "engine/apply/state_machine.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/prefetch.h"
#include "engine/base/ring.h"
#include "engine/base/time.h"
#include "engine/env/env.h"

namespace tidemark {

class ApplyPipeline : public std::enable_shared_from_this<ApplyPipeline> {
 public:
  struct Record {
    RaftIndex raft_index;
    uint32_t payload_crc = 0;
    ByteSpan payload;
  };
  // A record that was read back.
  struct Fetched {
    PartitionIndex index;
    RaftIndex raft_index;
    std::string payload;
  };
  using FetchDone = absl::AnyInvocable<void(absl::StatusOr<std::vector<Fetched>>)>;

  class Owner {
   public:
    virtual ~Owner() = default;
    // The record from memory; false when it is not there. The payload is valid until something changes, or while it is
    // held.
    virtual bool FindRecord(size_t slot, PartitionIndex index, Record* record) = 0;
    // Around a call of the state machine, which may append: payloads stay where and as they are. Nests.
    virtual void HoldRecords() = 0;
    virtual void LetGoOfRecords() = 0;
    // This record and perhaps the ones after it, from wherever they are. `done` runs in a task of its own, or never.
    virtual void FetchRecords(size_t slot, PartitionIndex from, FetchDone done) = 0;
    // The state machine has completed the slot's next record.
    virtual void OnApplied(size_t slot, PartitionIndex index, RaftIndex raft_index, uint32_t payload_bytes,
                           uint32_t payload_crc) = 0;
  };

  // `retry_min` <= `retry_max`: the pause before a failed apply comes again doubles from one to the other. All
  // references outlive it. Hold it by a shared_ptr.
  ApplyPipeline(const Env& env, StateMachine& machine, Owner& owner, Duration retry_min, Duration retry_max)
      : env_(env), machine_(machine), owner_(owner), retry_min_(retry_min), retry_max_(retry_max) {}

  // Slots are 0, 1, 2...; the machine has the partition's records up to `applied`.
  void AddSlot(PartitionId partition, PartitionIndex applied);
  // The slot's partition is gone; `partition` (perhaps the same id again) starts anew there.
  void ReuseSlot(size_t slot, PartitionId partition);
  // Its partition is gone: nothing more of it is handed over, and what is in flight is not heard.
  void DropSlot(size_t slot);
  // Never goes back. A limit below what the machine has is no news.
  void MayApply(size_t slot, PartitionIndex through);
  void Prefetch(size_t slot) const { PrefetchObject(slots_[slot]); }
  // No further record is handed over; what is in flight may still complete and is not told.
  void Close() { closed_ = true; }

 private:
  // Records applied in one task before others get their turn.
  static constexpr int kBurst = 64;

  // One cache line: thousands of partitions that take turns do not fit the processor's caches.
  struct alignas(64) Slot {
    PartitionId partition;
    PartitionIndex applied;  // Invariant: applied + 1 is in flight, being fetched, or next.
    PartitionIndex limit;
    Duration pause;        // before the next retry; zero after a success
    RaftIndex raft_index;  // of the record in flight
    uint32_t payload_bytes = 0;
    uint32_t payload_crc = 0;
    std::unique_ptr<Ring<Fetched>> fetched;  // from applied + 1 on; null or not empty
    uint32_t tenant = 0;   // counts the partitions that had this slot: a late answer to another one is not heard
    bool busy = false;     // in flight, being fetched, pausing, or to be pumped by a task
    bool in_call = false;  // inside StateMachine::Apply
  };

  void Pump(size_t slot);
  // False: it has to be fetched first.
  bool Find(size_t slot, Record* record);
  void Fetch(size_t slot);
  void OnFetched(size_t slot, absl::StatusOr<std::vector<Fetched>> records);
  void Start(size_t slot, const Record& record);
  void OnDone(size_t slot, PartitionIndex index, const absl::Status& status);
  void Pause(size_t slot);
  // `work`, while this lives and the slot is its partition's.
  template <typename Work>
  auto Guard(size_t slot, Work work) {
    return
        [weak = weak_from_this(), slot, tenant = slots_[slot].tenant, work = std::move(work)](auto&&... args) mutable {
          auto self = weak.lock();
          if (self == nullptr || self->closed_ || self->slots_[slot].tenant != tenant) return;
          work(std::forward<decltype(args)>(args)...);
        };
  }

  const Env env_;
  StateMachine& machine_;
  Owner& owner_;
  const Duration retry_min_;
  const Duration retry_max_;
  bool closed_ = false;
  std::vector<Slot> slots_;  // a machine may create partitions while it looks at a record: no payload is in here itself
};

}  // namespace tidemark
