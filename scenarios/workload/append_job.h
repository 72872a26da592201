#pragma once

// Appends `count` records, so many at a time, one or several in a call, and sees each acknowledged.
//
// Every record that is sent has a name and a payload that no other one has: a refused record is not sent again, another
// one is sent in its place; and so for records whose fate nobody knows after a crash.

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
  // After a recovery: whether the node's last death left of a call the first records, and not all.
  bool FindsBatchCutShort() const;

 private:
  // One call.
  struct Sent {
    RecordName first;  // the ordinals of the others follow
    uint32_t records = 0;
    PartitionId partition;
    uint64_t bytes = 0;    // of all
    uint64_t longest = 0;  // of one
    Standing asked;
    bool refusal_told = false;  // the model knows already
  };
  // False: its partition is not there yet.
  bool SendNext();
  void LookAhead(uint32_t sent);
  bool SendsIntoDrop(PartitionId partition, uint32_t ordinal) const;
  std::vector<ByteSpan> MakePayloads(PartitionId partition, RecordName first, uint32_t records);
  void Append(uint32_t slot, const std::vector<ByteSpan>& payloads);
  void OnAnswer(uint32_t slot, const absl::StatusOr<AppendBatchResult>& result);
  void OnAcknowledged(const Sent& sent, const AppendBatchResult& result);
  void OnRefusal(const Sent& sent, const absl::Status& why);
  uint32_t TakeSlot();

  const fault::Operation op_;
  const uint64_t inflight_max_;
  const Duration every_;
  const uint64_t bytes_max_;  // one more than a record may have: what is longer is refused just the same
  uint64_t wanted_;           // records to be sent yet, beside those unanswered
  uint64_t singly_ = 0;       // of the next ones, in calls of their own: together they were too many for ever
  uint64_t unanswered_ = 0;   // records; no call is made while they are inflight_max_ or more
  uint64_t acknowledged_ = 0;
  uint32_t next_ordinal_ = 0;
  PartitionId next_partition_;  // that its record goes to
  PartitionId after_next_;      // likewise of the ordinal after it
  Instant not_before_;          // of the next send
  Duration backoff_;            // after refusals; grows until something is acknowledged
  bool waking_ = false;         // a Wake is on its way
  bool stopped_ = false;
  bool waits_for_partition_ = false;  // of the next send
  bool asked_ = false;
  Instant asked_at_;       // since when asked_
  bool answered_ = false;  // something was, whatever the answer
  std::vector<Sent> sent_;
  std::vector<Sent> cut_off_;  // by the last death: unanswered calls of several records
  std::vector<uint32_t> free_slots_;
  std::vector<uint8_t> payload_;  // of the call that is being made, one record after another
};

}  // namespace tidemark::scenarios
