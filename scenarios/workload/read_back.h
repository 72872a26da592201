#pragma once

// Reads one record, or the place where the next one would stand, and lets the oracles judge the answer.

#include "absl/functional/any_invocable.h"
#include "scenarios/workload/job.h"

namespace tidemark::scenarios {

using ReadDone = absl::AnyInvocable<void()>;

// From the partition, by its index there.
void ReadFromPartition(const JobContext& context, JobHost& host, PartitionId partition, PartitionIndex index,
                       ReadDone done);
// One record that a follower was given, or how it was refused, for record `index`.
void JudgeFollowed(const JobContext& context, JobHost& host, PartitionId partition, PartitionIndex index,
                   const absl::StatusOr<Entry>& entry);
// From the segmented log, by raft index.
void ReadFromLog(const JobContext& context, JobHost& host, RaftIndex index, ReadDone done);

}  // namespace tidemark::scenarios
