// Bulk copies. A pack tells the roster as of its first record, which no file needs to begin with: it follows from the
// roster of the next file's head (or of the end of the log) and the records from the first one up to there.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/check.h"
#include "engine/base/status.h"
#include "engine/segmented_log/log_pack.h"
#include "engine/segmented_log/segmented_log.h"

namespace tidemark {
namespace {

// What one read asks for.
constexpr uint64_t kReadRecords = 4096;
constexpr uint64_t kReadBytes = 1u << 20;

}  // namespace

// One pack on its way. Held by the callbacks of the log's reads, which the log drops when it goes.
class SegmentedLog::Packing : public std::enable_shared_from_this<Packing> {
 public:
  Packing(SegmentedLog& log, RaftIndex from, uint64_t max_bytes, PackDone done)
      : log_(log), from_(from), max_bytes_(std::min(max_bytes, kMaxLogPackBytes)), done_(std::move(done)) {}

  void Start() {
    epoch_ = log_.epoch_;
    behind_ = RosterBehind();
    known_at_ = RaftIndex(0);
    builder_.reset();
    if (log_.packed_to_.Next() == from_ && log_.packed_epoch_ == epoch_) {
      roster_ = log_.packed_roster_;
      return Fill();
    }
    at_ = from_;
    Learn();
  }

 private:
  void Read(void (Packing::*step)(const std::vector<Entry>&)) {
    log_.Entries(at_, kReadRecords, kReadBytes,
                 [self = shared_from_this(), step](absl::StatusOr<std::vector<Entry>> entries) {
                   // What was read may be of two histories of the log.
                   if (self->epoch_ != self->log_.epoch_) return self->Start();
                   if (!entries.ok()) return self->done_(entries.status());
                   (self.get()->*step)(*entries);
                 });
  }

  // --- the roster as of from_ ---
  void Learn() { Read(&Packing::OnLearned); }
  void OnLearned(const std::vector<Entry>& entries) {
    if (known_at_ == RaftIndex(0)) FindKnown();
    for (const Entry& entry : entries) {
      if (entry.raft_index >= known_at_) break;
      behind_.See(entry.header, AsBytes(entry.payload));
      at_ = entry.raft_index.Next();
    }
    if (at_ < known_at_) return Learn();
    roster_ = RosterAhead(behind_.Before(known_));
    Fill();
  }
  // In a task: the listener may be asked.
  void FindKnown() {
    for (size_t i = 0; i < log_.file_notes_.size(); ++i) {
      const FileNote& file = log_.file_notes_[i];
      if (file.base <= from_) continue;
      const absl::StatusOr<tidemark::HeadNote> note = DecodeHeadNote(AsBytes(file.note));
      CHECK(note.ok()) << "a head note of this log's own: " << note.status().message();
      known_ = note->roster;
      known_at_ = file.base;
      return;
    }
    known_at_ = log_.last().Next();
    known_ = log_.listener_->RosterAt(known_at_);
  }

  // --- the entries ---
  void Fill() {
    before_.term = log_.terms_.At(from_.Prev());
    before_.roster = roster_.Entries();
    builder_.emplace(log_.store_id_, from_, before_);
    end_ = log_.last().Next();
    at_ = from_;
    Read(&Packing::OnFilled);
  }
  void OnFilled(const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) {
      const uint64_t bytes = builder_->BytesWith(entry.payload.size());
      if (bytes > (builder_->empty() ? kMaxLogPackBytes : max_bytes_)) return Finish();
      builder_->Add(entry.header, AsBytes(entry.payload));
      roster_.Apply(entry.header, AsBytes(entry.payload));
      at_ = entry.raft_index.Next();
    }
    if (at_ < end_) return Read(&Packing::OnFilled);
    Finish();
  }
  void Finish() {
    if (builder_->empty()) {
      return done_(MakeError(ErrorKind::kRefused, absl::StrCat(from_.ToString(), " is too large for a pack")));
    }
    log_.packed_to_ = builder_->next().Prev();
    log_.packed_epoch_ = epoch_;
    log_.packed_roster_ = roster_;
    done_(builder_->Finish());
  }

  SegmentedLog& log_;
  const RaftIndex from_;
  const uint64_t max_bytes_;
  PackDone done_;
  uint64_t epoch_ = 0;
  RaftIndex at_;        // to read next
  RaftIndex end_;       // where the log ended when filling began
  RaftIndex known_at_;  // 0: not found yet
  std::vector<RosterEntry> known_;
  RosterBehind behind_;
  RosterAhead roster_;  // as of at_, once it is known
  tidemark::HeadNote before_;
  absl::optional<LogPackBuilder> builder_;
};

void SegmentedLog::Pack(RaftIndex from, uint64_t max_bytes, PackDone done) {
  std::make_shared<Packing>(*this, from, max_bytes, std::move(done))->Start();
}

}  // namespace tidemark
