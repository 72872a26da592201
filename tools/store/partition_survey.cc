#include "tools/store/partition_survey.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/crc32c.h"
#include "engine/base/status.h"
#include "engine/partition/partition_log.h"

namespace tidemark::tools {
namespace {

const LogRoster::Partition* InRoster(const LogSurvey& log, PartitionId partition) {
  const auto found = log.roster->partitions().find(partition);
  return found == log.roster->partitions().end() ? nullptr : &found->second;
}

// What engine/partition/partition_log.cc checks while it opens; and remembers what the log holds too.
class Reader final : public SurveyReplay {
 public:
  Reader(PartitionSurvey& survey, const PartitionSurveyOptions& options, PartitionIndex keep_from,
         PartitionIndex keep_to)
      : survey_(survey), list_(options.list), keep_from_(keep_from), keep_to_(keep_to) {}

  void OnHeadNote(ByteSpan note, Sequence base) override {
    if (!note.empty()) OnNote(note, base.Prev());
  }
  void OnRecord(Sequence sequence, ByteSpan payload, aof::Location at) override {
    const absl::StatusOr<PartitionRecordView> record = DecodePartitionRecord(payload);
    if (!record.ok()) return Fail(record.status(), sequence);
    const PartitionRecordHeader& header = record->header;
    if (header.raft_index <= survey_.last_raft_index) {
      Fail(MakeError(ErrorKind::kCorruption, absl::StrCat("raft index ", header.raft_index.ToString(), " after ",
                                                          survey_.last_raft_index.ToString())),
           sequence);
    }
    survey_.last_raft_index = header.raft_index;
    survey_.last_term = header.term;
    const PartitionIndex index(sequence.value());
    list_.Add({.sequence = sequence,
               .at = at,
               .raft_index = header.raft_index,
               .term = header.term,
               .partition = survey_.partition,
               .partition_index = index,
               .kind = header.kind},
              record->payload);
    if (index < keep_from_ || index >= keep_to_) return;
    copies_.emplace_back(index,
                         CopiedRecord{header.raft_index, header.term, record->payload.size(), Crc32c(record->payload)});
  }
  void OnNote(ByteSpan note, Sequence last) override {
    const absl::StatusOr<Checkpoint> checkpoint = DecodeCheckpoint(note);
    if (!checkpoint.ok()) return Fail(checkpoint.status(), last);
    survey_.checkpoint = *checkpoint;
  }
  void OnCut(Sequence new_end) override {
    list_.CutTo(new_end);
    while (!copies_.empty() && copies_.back().first.value() > new_end.value()) copies_.pop_back();
    const bool known = !copies_.empty() && copies_.back().first.value() == new_end.value();
    survey_.last_raft_index = known ? copies_.back().second.raft_index : RaftIndex(0);
    survey_.last_term = known ? copies_.back().second.term : Term(0);
    // It spoke of records that are void now.
    if (survey_.checkpoint.has_value() && survey_.checkpoint->next_index.value() > new_end.value() + 1) {
      survey_.checkpoint.reset();
    }
  }
  void OnFloor(Sequence first) override { list_.DropBelow(first); }
  void OnMissing(Sequence) override {}

  using Copies = std::deque<std::pair<PartitionIndex, CopiedRecord>>;
  Copies Finish() {
    list_.DropBelow(survey_.file.first);
    survey_.records = list_.Take();
    for (Finding& finding : findings_) survey_.file.findings.push_back(std::move(finding));
    return std::move(copies_);
  }

 private:
  void Fail(const absl::Status& status, Sequence at) {
    if (!findings_.empty()) return;
    findings_.push_back(
        {.kind = KindOf(status) == ErrorKind::kNotSupported ? FindingKind::kUnreadable : FindingKind::kCorruption,
         .path = PartitionLog::DirectoryOf(survey_.partition),
         .what = absl::StrCat("record ", at.value(), ": ", status.message())});
  }

  PartitionSurvey& survey_;
  RecordList list_;
  const PartitionIndex keep_from_;
  const PartitionIndex keep_to_;
  Copies copies_;  // Invariant: partition indices ascend.
  std::vector<Finding> findings_;
};

// Holds what was read against the log; see engine/node/recovery_align.cc for what recovery makes of each case.
class Comparison {
 public:
  Comparison(PartitionSurvey& survey, const LogSurvey& log, const SpillSurvey* spill)
      : survey_(survey), log_(log), spill_(spill) {}

  void Run(const Reader::Copies& copies) {
    const LogRoster::Partition* known = InRoster(log_, survey_.partition);
    if (survey_.file.segments.empty()) return NoFile(known);
    if (known == nullptr) return NotInRoster();
    CompareEnds(*known);
    if (survey_.checkpoint.has_value()) CompareCheckpoint();
    for (const auto& [index, copy] : copies) {
      if (index < survey_.first() || !known->in_log.Holds(index)) continue;
      ++survey_.compared;
      CompareRecord(index, copy, known->in_log.At(index));
    }
  }

 private:
  void Add(FindingKind kind, std::string what, absl::optional<LostRange> lost = absl::nullopt) {
    survey_.file.findings.push_back(
        {.kind = kind, .path = PartitionLog::DirectoryOf(survey_.partition), .what = std::move(what), .lost = lost});
  }

  void NoFile(const LogRoster::Partition* known) {
    if (known == nullptr) {
      if (!survey_.file.exists) return;
      return Add(FindingKind::kUnfinished, "a directory without a file, of a partition that the log does not know");
    }
    const auto& in_log = known->in_log;
    if (in_log.first > PartitionIndex(1)) {
      return Add(
          FindingKind::kLostRecords,
          absl::StrCat("the file is missing, and the log has its records only from ", in_log.first.ToString(), " on"),
          LostRange{Sequence(1), Sequence(in_log.first.value() - 1)});
    }
    if (in_log.records.empty()) {
      return Add(FindingKind::kUnfinished, "the file is missing; its creation was logged, and not carried out");
    }
    Add(FindingKind::kLostRecords, absl::StrCat("the file is missing; the log still has all of its ",
                                                in_log.records.size(), " records, and recovery makes it anew"));
  }

  void NotInRoster() {
    if (log_.roster->dropped(survey_.partition)) {
      survey_.file.findings.clear();  // which of them are left, and in what state, is all the same
      return Add(FindingKind::kUnfinished, "it was dropped, and files of it are left: recovery removes them");
    }
    if (!log_.followed) return;
    Add(FindingKind::kLostRecords, absl::StrCat("the log ends at ", log_.last().ToString(),
                                                " and does not know the creation of this partition: it "
                                                "has lost records that it had promised"));
  }

  void CompareEnds(const LogRoster::Partition& known) {
    const PartitionIndex last = survey_.last();
    if (!survey_.file.whole()) return;
    if (last.Next() < known.in_log.first) {
      const PartitionIndex missed = known.in_log.first.Prev();
      if (spill_ != nullptr && spill_->HoldsAll(survey_.partition, last.Next(), missed, survey_.last_raft_index)) {
        survey_.spilled = missed.value() - last.value();
        return;
      }
      return Add(FindingKind::kLostRecords,
                 absl::StrCat("the file ends at ", last.ToString(), ", and the log has its records only from ",
                              known.in_log.first.ToString(), " on"),
                 LostRange{Sequence(last.Next().value()), Sequence(known.in_log.first.Prev().value())});
    }
    if (last > known.last() && log_.followed) {
      Add(FindingKind::kLostRecords, absl::StrCat("the log has lost records that it had promised: the file holds ",
                                                  last.ToString(), ", and the log, which ends at ",
                                                  log_.last().ToString(), ", knows only ", known.last().ToString()));
    }
  }

  void CompareCheckpoint() {
    const Checkpoint& checkpoint = *survey_.checkpoint;
    if (log_.followed && checkpoint.durable > log_.last()) {
      Add(FindingKind::kLostRecords,
          absl::StrCat("the log has lost records that it had promised: a checkpoint names ",
                       checkpoint.durable.ToString(), ", and the log ends at ", log_.last().ToString()));
    }
    if (survey_.file.whole() && checkpoint.next_index > survey_.last().Next()) {
      Add(FindingKind::kLostRecords,
          absl::StrCat("its checkpoint says that records up to ", checkpoint.next_index.Prev().ToString(),
                       " were durable, and the file ends at ", survey_.last().ToString()),
          LostRange{Sequence(survey_.last().Next().value()), Sequence(checkpoint.next_index.Prev().value())});
    }
  }

  void CompareRecord(PartitionIndex index, const CopiedRecord& copy, const OutstandingRecord& parent) {
    const Term term = log_.TermAt(parent.raft_index);
    std::string differs;
    if (copy.raft_index != parent.raft_index) {
      differs = absl::StrCat("raft index ", copy.raft_index.ToString(), " in the file, ", parent.raft_index.ToString(),
                             " in the log");
    } else if (copy.term != term) {
      differs = absl::StrCat("term ", copy.term.ToString(), " in the file, ", term.ToString(), " in the log");
    } else if (copy.payload_bytes != parent.payload_bytes) {
      differs =
          absl::StrCat(copy.payload_bytes, " bytes of payload in the file, ", parent.payload_bytes, " in the log");
    } else if (copy.payload_crc != parent.payload_crc) {
      differs = "the payload";
    }
    if (differs.empty() || ++differing_ > kMaxDiffering) return;
    Add(FindingKind::kDisagreement, absl::StrCat("record ", index.ToString(), " is not what the log has as ",
                                                 parent.raft_index.ToString(), ": ", differs));
  }

  static constexpr int kMaxDiffering = 10;
  PartitionSurvey& survey_;
  const LogSurvey& log_;
  const SpillSurvey* const spill_;
  int differing_ = 0;
};

}  // namespace

PartitionSurvey SurveyPartition(const StoreFiles& files, PartitionId partition, const LogSurvey& log,
                                const PartitionSurveyOptions& options) {
  PartitionSurvey survey;
  survey.partition = partition;
  const LogRoster::Partition* known = InRoster(log, partition);
  const PartitionIndex none(0);
  Reader reader(survey, options, known != nullptr ? known->in_log.first : none,
                known != nullptr ? known->in_log.next() : none);
  survey.file = SurveyAof(files, PartitionLog::DirectoryOf(partition), options.identity, reader);
  const Reader::Copies copies = reader.Finish();
  if (known != nullptr && survey.last() < known->last()) survey.behind = known->last().value() - survey.last().value();
  if (options.compare) Comparison(survey, log, options.spill).Run(copies);
  return survey;
}

}  // namespace tidemark::tools
