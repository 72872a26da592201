#include "tools/store/log_survey.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/aof/file_names.h"
#include "engine/base/status.h"
#include "engine/node/file_options.h"
#include "engine/segmented_log/entry.h"

namespace tidemark::tools {
namespace {

// What engine/segmented_log/segmented_log.cc checks while it opens, and recovery's roster behind it. The first error
// ends the following, not the listing.
class Follower final : public SurveyReplay {
 public:
  Follower(LogSurvey& log, const ListOptions& list) : log_(log), list_(list) {}

  void OnHeadNote(ByteSpan note, Sequence base) override {
    absl::StatusOr<HeadNote> decoded = DecodeHeadNote(note);
    if (!decoded.ok()) return Fail(decoded.status(), base);
    if (log_.followed) Fail(log_.roster->OnHeadNote(*decoded, RaftIndex(base.value())), base);
    log_.head = *std::move(decoded);
  }
  void OnRecord(Sequence sequence, ByteSpan payload, aof::Location at) override {
    const RaftIndex index(sequence.value());
    const absl::StatusOr<EntryView> entry = DecodeEntry(payload);
    if (!entry.ok()) return Fail(Annotate(entry.status(), absl::StrCat("offset ", at.offset)), sequence);
    const EntryHeader& header = entry->header;
    list_.Add({.sequence = sequence,
               .at = at,
               .raft_index = index,
               .term = header.term,
               .partition = header.partition,
               .partition_index = header.partition_index,
               .kind = header.kind},
              entry->payload);
    if (!log_.followed) return;
    if (!log_.terms.empty() && header.term < log_.terms.back().term) {
      return Fail(MakeError(ErrorKind::kCorruption, "its term is below the one before it"), sequence);
    }
    if (log_.terms.empty() || header.term > log_.terms.back().term) log_.terms.push_back({index, header.term});
    Fail(log_.roster->OnEntry(index, *entry), sequence);
  }
  void OnNote(ByteSpan, Sequence last) override {
    Fail(MakeError(ErrorKind::kCorruption, "the segmented log holds a note; it never writes one"), last);
  }
  void OnCut(Sequence new_end) override {
    list_.CutTo(new_end);
    if (!log_.followed) return;
    while (!log_.terms.empty() && log_.terms.back().from.value() > new_end.value()) log_.terms.pop_back();
    log_.roster->OnCut(RaftIndex(new_end.value()));
  }
  void OnFloor(Sequence first) override {
    log_.roster->OnFloor(RaftIndex(first.value()));
    list_.DropBelow(first);
  }
  void OnMissing(Sequence) override { log_.followed = false; }

  void Finish() {
    list_.DropBelow(log_.file.first);
    log_.records = list_.Take();
    // The only error, too many partitions, cannot be: there is no limit here.
    Fail(log_.roster->Verdict(), log_.file.last);
    for (auto& finding : findings_) log_.file.findings.push_back(std::move(finding));
  }

 private:
  void Fail(const absl::Status& status, Sequence at) {
    if (status.ok() || !log_.followed) return;
    log_.followed = false;
    findings_.push_back(
        {.kind = KindOf(status) == ErrorKind::kNotSupported ? FindingKind::kUnreadable : FindingKind::kDisagreement,
         .path = kLogDirectory,
         .what = absl::StrCat("record ", at.value(), ": ", status.message())});
  }

  LogSurvey& log_;
  RecordList list_;
  std::vector<Finding> findings_;
};

}  // namespace

Term LogSurvey::TermAt(RaftIndex index) const {
  const auto after = std::upper_bound(terms.begin(), terms.end(), index,
                                      [](RaftIndex i, const TermStart& start) { return i < start.from; });
  return after == terms.begin() ? Term(0) : (after - 1)->term;
}

LogSurvey SurveyLog(const StoreFiles& files, const AofIdentity& identity, const ListOptions& list) {
  LogSurvey log;
  log.roster = std::make_unique<LogRoster>(std::numeric_limits<uint64_t>::max(), /*payload_crcs=*/true);
  Follower follower(log, list);
  log.file = SurveyAof(files, kLogDirectory, identity, follower);
  follower.Finish();
  return log;
}

}  // namespace tidemark::tools
