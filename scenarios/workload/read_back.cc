#include "scenarios/workload/read_back.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace tidemark::scenarios {
namespace {

// An answer that is itself another record than the one asked for.
void ReportOther(const JobContext& context, const ReadBack& read, const Entry& entry) {
  context.oracles.Report(
      {.oracle = "T2",
       .what = "another record",
       .at = read.at,
       .node = read.node,
       .partition = read.partition,
       .raft_index = read.raft_index,
       .partition_index = read.index,
       .message = absl::StrCat("a reader of ", read.from_log ? read.raft_index.ToString() : read.partition.ToString(),
                               read.from_log ? "" : absl::StrCat("/", read.index.ToString()), " got ",
                               entry.header.partition.ToString(), "/", entry.header.partition_index.ToString(), " at ",
                               entry.raft_index.ToString())});
}

void Judge(const JobContext& context, JobHost& host, ReadBack& read, const absl::StatusOr<Entry>& entry, bool other) {
  read.at = host.now();
  read.node = context.node;
  if (other) return ReportOther(context, read, *entry);
  read.status = entry.status();
  read.truncated = host.engine().ladder().truncated;
  read.committed = context.oracles.rungs(context.node).committed();
  read.partition_truncated = context.oracles.rungs(context.node).partition(read.partition).truncated;
  if (entry.ok()) {
    read.raft_index = entry->raft_index;
    read.payload = AsBytes(entry->payload);
  }
  host.OnRead(read.status);
  context.oracles.OnReadBack(read);
}

}  // namespace

void ReadFromPartition(const JobContext& context, JobHost& host, PartitionId partition, PartitionIndex index,
                       ReadDone done) {
  const ModelRecord* expected = context.model.At(partition, index);
  const RaftIndex raft_index = expected == nullptr ? RaftIndex(0) : expected->raft_index;
  const bool promised = index <= context.model.Promised(partition);
  host.engine().Read(
      partition, index,
      [&context, &host, partition, index, raft_index, promised, incarnation = context.model.Incarnation(partition),
       done = std::move(done)](absl::StatusOr<Entry> entry) mutable {
        if (context.model.Incarnation(partition) != incarnation) return done();  // nobody's record any more
        ReadBack read{.promised = promised, .partition = partition, .index = index, .raft_index = raft_index};
        Judge(context, host, read, entry,
              /*other=*/entry.ok() && (entry->header.partition != partition || entry->header.partition_index != index));
        done();
      });
}

void JudgeFollowed(const JobContext& context, JobHost& host, PartitionId partition, PartitionIndex index,
                   const absl::StatusOr<Entry>& entry) {
  ReadBack read{.promised = index <= context.model.Promised(partition), .partition = partition, .index = index};
  Judge(context, host, read, entry, /*other=*/false);
}

void ReadFromLog(const JobContext& context, JobHost& host, RaftIndex index, ReadDone done) {
  const bool promised = index <= context.model.PromisedLog();
  host.engine().ReadEntry(
      index, [&context, &host, index, promised, done = std::move(done)](absl::StatusOr<Entry> entry) mutable {
        ReadBack read{.from_log = true, .promised = promised, .raft_index = index};
        if (entry.ok()) {
          read.partition = entry->header.partition;
          read.index = entry->header.partition_index;
          read.is_control = entry->header.kind != RecordKind::kData;
        }
        const RecordModel::LogPlace* place = context.model.AtLog(index);
        const bool other = entry.ok() && place != nullptr && !read.is_control &&
                           (place->partition != read.partition || place->index != read.index);
        Judge(context, host, read, entry, other || (entry.ok() && entry->raft_index != index));
        done();
      });
}

}  // namespace tidemark::scenarios
