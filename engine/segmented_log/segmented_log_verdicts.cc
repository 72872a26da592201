// Which records are here. All of the range that the log holds is read, in pieces, each in a task of its own; the rest
// follows from first() and last(). A piece ends before a record that is damaged; one that begins with such a record is
// an error, and that is the verdict on it. The log may change meanwhile, and the answer is of the moment when it is
// given:
//
//   appended       is read too, as far as it was asked for
//   voided         what was read may be of the old suffix: from the start again
//   truncated      takes the place of what was read

#include <algorithm>
#include <utility>

#include "engine/base/status.h"
#include "engine/segmented_log/segmented_log.h"

namespace tidemark {
namespace {

// What one read asks for; after a damaged record for one, and for twice as many each time from there on. Else each of
// many damaged ones would cost a whole read.
constexpr uint64_t kMostRecords = 4096;
constexpr uint64_t kMostBytes = 1u << 20;
// Where the answer ends.
constexpr size_t kMostRanges = 4096;

}  // namespace

// One answer on its way. Held by the callbacks of the log's reads, which the log drops when it goes.
class SegmentedLog::Judging : public std::enable_shared_from_this<Judging> {
 public:
  Judging(SegmentedLog& log, RaftIndex from, RaftIndex to, VerdictsDone done)
      : log_(log), from_(from), to_(to), done_(std::move(done)) {}

  void Start() {
    epoch_ = log_.epoch_;
    ranges_ = VerdictRanges();
    truncated_below_ = RaftIndex(0);
    at_ = from_;
    Read();
  }

 private:
  bool Holds(RaftIndex index) const { return index >= log_.first() && index <= log_.last(); }
  bool Wants(RaftIndex index) const { return index <= to_ && ranges_.size() < kMostRanges; }

  // Answered in a task also where there is nothing to read: record 0 is never there.
  void Read() {
    if (at_ < log_.first()) Judge(std::min(to_, log_.first().Prev()), RecordVerdict::kTruncated);
    const uint64_t wanted = Wants(at_) && Holds(at_) ? at_.value() : 0;
    const uint64_t most = std::min(piece_, to_.value() - std::min(to_, at_).value() + 1);
    log_.aof_->ReadRange(Sequence(wanted), most, kMostBytes,
                         [self = shared_from_this()](absl::StatusOr<std::vector<aof::Record>> records) {
                           if (self->epoch_ != self->log_.epoch_) return self->Start();
                           self->OnRead(records);
                         });
  }

  void OnRead(const absl::StatusOr<std::vector<aof::Record>>& records) {
    if (Wants(at_) && Holds(at_)) {
      piece_ = records.ok() ? std::min(2 * piece_, kMostRecords) : 1;
      if (records.ok()) {
        TakeRecords(*records);
      } else if (KindOf(records.status()) == ErrorKind::kCorruption) {
        OnDamage();
      } else if (KindOf(records.status()) != ErrorKind::kTruncated) {
        return std::exchange(done_, nullptr)(records.status());
      }
    }
    // Truncated or appended meanwhile, or read only in part. A truncation may leave room for more ranges.
    if (truncated_below_ < log_.first()) ranges_.TruncateBelow(truncated_below_ = log_.first());
    if (Wants(at_) && at_ <= log_.last()) return Read();
    Finish();
  }

  // The record at at_, or all of the file that it is in.
  void OnDamage() {
    const RaftIndex last(log_.aof_->DamagedThrough(Sequence(at_.value())).value());
    Judge(std::min(to_, std::max(at_, last)), RecordVerdict::kDamaged);
  }

  void TakeRecords(const std::vector<aof::Record>& records) {
    for (const aof::Record& record : records) {
      const bool sound = DecodeEntry(AsBytes(record.payload)).ok();
      Judge(RaftIndex(record.sequence.value()), sound ? RecordVerdict::kHave : RecordVerdict::kDamaged);
    }
  }

  // Of those from at_ to `last`.
  void Judge(RaftIndex last, RecordVerdict verdict) {
    if (last < at_) return;
    ranges_.Add(at_, last, verdict);
    at_ = last.Next();
  }

  void Finish() {
    if (Wants(at_)) {
      Judge(std::min(to_, log_.unsure_to_), RecordVerdict::kDamaged);
      if (at_ <= to_) ranges_.Add(at_, to_, RecordVerdict::kNeverHad);
    }
    std::exchange(done_, nullptr)(ranges_.Take());
  }

  SegmentedLog& log_;
  const RaftIndex from_;
  const RaftIndex to_;
  VerdictsDone done_;
  uint64_t epoch_ = 0;
  uint64_t piece_ = kMostRecords;  // 1 to kMostRecords
  RaftIndex at_;                   // the first one that is not judged
  VerdictRanges ranges_;           // Invariant: ends before at_.
  RaftIndex truncated_below_;      // what ranges_ says is truncated
};

void SegmentedLog::Verdicts(RaftIndex from, RaftIndex to, VerdictsDone done) {
  std::make_shared<Judging>(*this, from, to, std::move(done))->Start();
}

}  // namespace tidemark
