#include "engine/partition/partition_log.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "engine/aof/replay.h"
#include "engine/base/check.h"
#include "engine/base/status.h"

namespace tidemark {
namespace {

constexpr absl::string_view kDirectoryPrefix = "p-";

// In the bytes that were read: they may be many.
absl::StatusOr<Entry> ToEntry(PartitionId partition, aof::Record record) {
  absl::StatusOr<PartitionRecordView> view = DecodePartitionRecord(AsBytes(record.payload));
  if (!view.ok()) return Annotate(view.status(), absl::StrCat(partition.ToString(), " i", record.sequence.value()));
  const PartitionRecordHeader header = view->header;
  record.payload.erase(0, kPartitionRecordHeaderBytes);
  return Entry{header.raft_index,
               {header.term, partition, PartitionIndex(record.sequence.value()), header.kind},
               std::move(record.payload)};
}

}  // namespace

// Listens to the AOF while it opens: checks every record, remembers the last one and the last checkpoint.
class PartitionLog::Visit : public aof::Replay {
 public:
  explicit Visit(PartitionLog& log) : log_(log) {}
  absl::Status Verdict() override { return status_; }

  void OnHeadNote(ByteSpan note, Sequence base) override {
    if (!note.empty()) OnNote(note, base.Prev());
  }
  void OnRecord(Sequence sequence, ByteSpan payload, aof::Location) override {
    if (!status_.ok()) return;
    absl::StatusOr<PartitionRecordView> record = DecodePartitionRecord(payload);
    if (!record.ok()) return Fail(record.status(), sequence);
    if (record->header.raft_index <= log_.last_raft_index_) {
      return Fail(MakeError(ErrorKind::kCorruption, absl::StrCat("raft index ", record->header.raft_index.ToString(),
                                                                 " after ", log_.last_raft_index_.ToString())),
                  sequence);
    }
    log_.last_raft_index_ = record->header.raft_index;
  }
  void OnNote(ByteSpan note, Sequence last) override {
    if (!status_.ok()) return;
    absl::StatusOr<Checkpoint> checkpoint = DecodeCheckpoint(note);
    if (!checkpoint.ok()) return Fail(checkpoint.status(), last);
    log_.found_checkpoint_ = *checkpoint;
  }
  void OnCut(Sequence new_end) override { log_.Forget(PartitionIndex(new_end.value())); }
  void OnFloor(Sequence) override {}

 private:
  void Fail(const absl::Status& status, Sequence at) {
    status_ = Annotate(status, absl::StrCat(log_.partition_.ToString(), " i", at.value()));
  }

  PartitionLog& log_;
  absl::Status status_;
};

std::string PartitionLog::DirectoryOf(PartitionId partition) {
  return absl::StrFormat("%s%010d", kDirectoryPrefix, partition.value());
}

PartitionId PartitionLog::PartitionOf(absl::string_view directory) {
  uint64_t id = 0;
  absl::string_view digits = directory;
  if (!absl::ConsumePrefix(&digits, kDirectoryPrefix) || !absl::SimpleAtoi(digits, &id)) return kSystemPartition;
  // A number is read in several spellings; a partition's directory has one.
  return DirectoryOf(PartitionId(id)) == directory ? PartitionId(id) : kSystemPartition;
}

PartitionLog::PartitionLog(const Env& env, PartitionId partition) : tracer_(env.tracer), partition_(partition) {}
PartitionLog::~PartitionLog() = default;

void PartitionLog::Open(const Env& env, const aof::Options& options, OpenDone done) {
  std::unique_ptr<PartitionLog> log(new PartitionLog(env, PartitionId(options.log_id)));
  auto visit = std::make_unique<Visit>(*log);
  aof::Replay& replay = *visit;
  aof::Listener& aof_listener = *log;
  aof::Aof::Open(env, options, replay, aof_listener,
                 [log = std::move(log), visit = std::move(visit),
                  done = std::move(done)](absl::StatusOr<aof::Opened> opened) mutable {
                   if (!opened.ok()) return done(opened.status());
                   log->aof_ = std::move(opened->aof);
                   log->last_index_ = PartitionIndex(log->aof_->appended().value());
                   done(Opened{std::move(log), std::move(opened->report)});
                 });
}

void PartitionLog::SetListener(Listener& listener, size_t slot) {
  listener_ = &listener;
  slot_ = slot;
}

absl::Status PartitionLog::Forward(PartitionIndex index, const PartitionRecordHeader& header, ByteSpan payload) {
  if (index <= last_index()) {
    CHECK(index != last_index() || header.raft_index == last_raft_index_)
        << partition_ << " " << index << " was " << last_raft_index_ << ", and is now " << header.raft_index;
    return absl::OkStatus();
  }
  CHECK_EQ(index, last_index().Next()) << partition_ << " would have a gap";
  CHECK_GT(header.raft_index, last_raft_index_) << partition_ << " " << index;
  if (!checkpoint_pending_) RETURN_IF_ERROR(AppendCheckpoint());
  uint8_t bytes[kPartitionRecordHeaderBytes];
  EncodePartitionRecordHeader(header, bytes);
  const ByteSpan parts[] = {ByteSpan(bytes, kPartitionRecordHeaderBytes), payload};
  absl::StatusOr<Sequence> sequence = aof_->Append(parts);
  if (!sequence.ok()) return sequence.status();
  CHECK_EQ(sequence->value(), index.value()) << partition_;
  last_index_ = index;
  last_raft_index_ = header.raft_index;
  return absl::OkStatus();
}

absl::Status PartitionLog::AppendCheckpoint() {
  CHECK(listener_ != nullptr) << partition_ << " forwards before SetListener";
  const Checkpoint checkpoint = listener_->CheckpointOf(slot_);
  CHECK_LE(checkpoint.next_index, durable_index().Next()) << partition_ << " checkpoint ahead of what is durable";
  uint8_t bytes[kCheckpointBytes];
  EncodeCheckpoint(checkpoint, bytes);
  RETURN_IF_ERROR(aof_->AppendNote(ByteSpan(bytes, kCheckpointBytes)));
  checkpoint_pending_ = true;
  tracer_.Emit({.kind = TraceKind::kCheckpoint,
                .partition = partition_,
                .args = {checkpoint.durable.value(), checkpoint.next_index.value(), checkpoint.applied.value(), 0}});
  return absl::OkStatus();
}

void PartitionLog::CutBack(PartitionIndex new_end, DiskDone done) {
  CHECK_GE(new_end.Next(), first_index()) << partition_ << " would be cut below its begin";
  const absl::Status status = aof_->TruncateSuffix(Sequence(new_end.value()));
  last_index_ = PartitionIndex(aof_->appended().value());
  if (status.ok()) Forget(new_end);
  // Flush answers with the same error where there is one.
  aof_->Flush(std::move(done));
}

// Which raft index the record before the cut had is not remembered: the caller reads it where it matters.
void PartitionLog::Forget(PartitionIndex new_end) {
  last_raft_index_ = RaftIndex(0);
  if (found_checkpoint_.next_index > new_end.Next()) found_checkpoint_ = Checkpoint();
}

void PartitionLog::Entries(PartitionIndex from, uint64_t max_records, uint64_t max_bytes, EntriesDone done) {
  aof_->ReadRange(
      Sequence(from.value()), max_records, max_bytes,
      [partition = partition_, done = std::move(done)](absl::StatusOr<std::vector<aof::Record>> records) mutable {
        if (!records.ok()) return done(records.status());
        std::vector<Entry> entries;
        entries.reserve(records->size());
        for (aof::Record& record : *records) {
          absl::StatusOr<Entry> entry = ToEntry(partition, std::move(record));
          if (!entry.ok()) return done(entry.status());
          entries.push_back(*std::move(entry));
        }
        done(std::move(entries));
      });
}

void PartitionLog::OnDurable(Sequence through) {
  checkpoint_pending_ = false;
  if (listener_ != nullptr) listener_->OnPartitionDurable(slot_, PartitionIndex(through.value()));
}

void PartitionLog::OnFailed(const absl::Status& why) {
  if (listener_ != nullptr) listener_->OnPartitionFailed(slot_, why);
}

void PartitionLog::OnFull(bool full) {
  full_ = full;
  if (listener_ != nullptr) return listener_->OnPartitionFull(slot_, full);
  if (full && on_full_ != nullptr) on_full_();
}

// The checkpoint, so that it outlives the removal of older files.
std::string PartitionLog::HeadNote(Sequence) {
  uint8_t bytes[kCheckpointBytes];
  EncodeCheckpoint(listener_ != nullptr ? listener_->CheckpointOf(slot_) : found_checkpoint_, bytes);
  return std::string(AsText(ByteSpan(bytes, kCheckpointBytes)));
}

void PartitionLog::OnRotated(uint64_t, Sequence) {}

}  // namespace tidemark
