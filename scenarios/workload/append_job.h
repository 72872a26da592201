#pragma once

// Appends `count` records, so many at a time, and sees each acknowledged.
//
// Every send is a record of its own, with a name and a payload that no other send has: a refused record is not
// sent again, another one is sent in its place; and so for records whose fate nobody knows after a crash.

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/bytes.h"
#include "fault/operation.h"
#include "scenarios/workload/job.h"

namespace tidemark::scenarios {

class AppendJob final : public Job {
 public:
  // Operations' names from here on belong to probes, one a partition: records that somebody waits for.
  static constexpr uint64_t kFirstProbe = 0xC0000000u;

  // `op` is copied. Its records carry the low 32 bits of its id as the operation's name.
  AppendJob(const fault::Operation& op, const JobContext& context, JobHost& host);

  void Pump() override;
  void Wake() override;
  void OnDown() override;
  void Stop() override;
  bool overdue() const override { return unanswered_ > 0; }

  uint64_t acknowledged() const { return acknowledged_; }
  // Whether it has sent a record to a partition that was there, whatever became of it; not counted where the process
  // died at once, with nothing answered so far.
  bool asked() const { return asked_; }
  bool waits_for_partition() const { return waits_for_partition_; }

 private:
  struct Sent {
    RecordName name;
    PartitionId partition;
    uint64_t bytes = 0;
    Standing asked;
    bool refusal_told = false;  // the model knows already
  };
  // False: its partition is not there yet.
  bool SendNext();
  bool SendsIntoDrop(PartitionId partition, uint32_t ordinal) const;
  void OnAnswer(uint32_t slot, const absl::StatusOr<AppendResult>& result);
  void OnRefusal(const Sent& sent, const absl::Status& why);
  uint32_t TakeSlot();

  const fault::Operation op_;
  const uint64_t inflight_max_;
  const Duration every_;
  const uint64_t bytes_max_;  // one more than a record may have: what is longer is refused just the same
  uint64_t wanted_;           // records to be sent yet, beside those unanswered
  uint64_t unanswered_ = 0;   // Invariant: unanswered_ <= inflight_max_
  uint64_t acknowledged_ = 0;
  uint32_t next_ordinal_ = 0;
  Instant not_before_;   // of the next send
  Duration backoff_;     // after refusals; grows until something is acknowledged
  bool waking_ = false;  // a Wake is on its way
  bool stopped_ = false;
  bool waits_for_partition_ = false;  // of the next send
  bool asked_ = false;
  Instant asked_at_;       // since when asked_
  bool answered_ = false;  // something was, whatever the answer
  std::vector<Sent> sent_;
  std::vector<uint32_t> free_slots_;
  std::vector<uint8_t> payload_;
};

}  // namespace tidemark::scenarios
