#include "tools/store/aof_survey.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/aof/file_names.h"
#include "engine/base/bytes.h"
#include "engine/base/status.h"

namespace tidemark::tools {
namespace {

absl::StatusOr<aof::FileHeader> ReadHeader(const BlockingFile& file) {
  AlignedBuffer bytes;
  bytes.Resize(aof::kHeaderPrefixBytes);
  ASSIGN_OR_RETURN(const size_t prefix, file.Read(0, bytes.mutable_span()));
  ASSIGN_OR_RETURN(const uint32_t length, aof::DecodeHeaderLength(bytes.span().subspan(0, prefix)));
  bytes.Resize(length);
  ASSIGN_OR_RETURN(const size_t whole, file.Read(0, bytes.mutable_span()));
  return aof::DecodeHeader(bytes.span().subspan(0, whole));
}

FindingKind KindOfStatus(const absl::Status& status) {
  switch (KindOf(status)) {
    case ErrorKind::kCorruption: return FindingKind::kCorruption;
    case ErrorKind::kLostRecords: return FindingKind::kLostRecords;
    case ErrorKind::kWrongStore: return FindingKind::kWrongStore;
    default: return FindingKind::kUnreadable;
  }
}

class Surveyor {
 public:
  Surveyor(const StoreFiles& files, const std::string& directory, const AofIdentity& identity, SurveyReplay& replay)
      : files_(files), identity_(identity), replay_(replay) {
    survey_.directory = directory;
  }

  AofSurvey Run() {
    if (!List()) return std::move(survey_);
    for (SegmentSurvey& segment : survey_.segments) LookAtHeader(segment);
    if (survey_.segments.empty()) return std::move(survey_);
    FindFloor();
    if (survey_.first > Sequence(1)) replay_.OnFloor(survey_.first);
    FindNeeded();
    for (size_t i = needed_; i < survey_.segments.size(); ++i) ScanSegmentAt(i);
    Settle();
    return std::move(survey_);
  }

 private:
  // --- what is there ---
  bool List();
  void LookAtHeader(SegmentSurvey& segment);
  absl::Status CheckIdentity(const SegmentSurvey& segment, const aof::FileHeader& header) const;
  // --- which files are needed ---
  void FindFloor();
  void FindNeeded();
  // --- what they hold ---
  void ScanSegmentAt(size_t at);
  void FindLimit(size_t at);
  void BeginSegment(size_t at);
  void CloseGap(size_t at);
  void TakeBatch(SegmentSurvey& segment, const aof::BatchView& batch);
  void CutTo(Sequence new_end);
  void Gap(Sequence last);
  void TellDamage(const SegmentSurvey& segment);
  // --- what it comes to ---
  void Settle();
  void Count();

  void Add(FindingKind kind, const std::string& path, absl::string_view what) {
    survey_.findings.push_back({.kind = kind, .path = path, .what = std::string(what)});
  }

  const StoreFiles& files_;
  const AofIdentity identity_;
  SurveyReplay& replay_;
  AofSurvey survey_;
  size_t needed_ = 0;      // files from this one on are live
  bool begun_ = false;     // some file was scanned
  bool gap_told_ = false;  // records before the next file are missing, and a finding says why
  Sequence last_;          // the last live record so far
  uint64_t lost_ = 0;      // records of those up to last_ that can not be read
};

bool Surveyor::List() {
  const auto entries = files_.List(survey_.directory);
  if (absl::IsNotFound(entries.status())) return false;
  survey_.exists = true;
  if (!entries.ok()) {
    Add(FindingKind::kUnreadable, survey_.directory, entries.status().message());
    return false;
  }
  for (const DirectoryEntry& entry : *entries) {
    if (const auto id = aof::ParseSegmentName(entry.name); id.has_value()) {
      SegmentSurvey& segment = survey_.segments.emplace_back();
      segment.file_id = *id;
      segment.path = aof::JoinPath(survey_.directory, entry.name);
    } else if (aof::IsUnderConstruction(entry.name)) {
      survey_.unfinished.push_back(entry.name);
    } else if (entry.name == aof::kSpareName) {
      survey_.has_spare = true;
    } else {
      survey_.foreign.push_back(entry.name);
    }
  }
  std::sort(survey_.segments.begin(), survey_.segments.end(),
            [](const SegmentSurvey& a, const SegmentSurvey& b) { return a.file_id < b.file_id; });
  return true;
}

void Surveyor::LookAtHeader(SegmentSurvey& segment) {
  auto file = files_.OpenFile(segment.path);
  if (!file.ok()) return Add(FindingKind::kUnreadable, segment.path, file.status().message());
  const absl::StatusOr<uint64_t> size = (*file)->Size();
  if (!size.ok()) return Add(FindingKind::kUnreadable, segment.path, size.status().message());
  segment.file_bytes = *size;
  absl::StatusOr<aof::FileHeader> header = ReadHeader(**file);
  absl::Status status = header.status();
  if (status.ok()) status = CheckIdentity(segment, *header);
  if (!status.ok()) {
    Add(KindOfStatus(status), segment.path, status.message());
    survey_.findings.back().offset = 0;
    return;
  }
  segment.header = *std::move(header);
  segment.limit = segment.header->segment_bytes;
}

absl::Status Surveyor::CheckIdentity(const SegmentSurvey& segment, const aof::FileHeader& header) const {
  const bool store_fits = !identity_.store_id.has_value() || *identity_.store_id == header.store_id;
  if (!store_fits || header.log_id != identity_.log_id) {
    std::string what =
        absl::StrCat("it belongs to store ", header.store_id.ToString(), " log ", header.log_id, ", not to ");
    if (!store_fits) absl::StrAppend(&what, "store ", identity_.store_id->ToString(), " ");
    return MakeError(ErrorKind::kWrongStore, absl::StrCat(what, "log ", identity_.log_id));
  }
  if (header.file_id != segment.file_id) {
    return MakeError(ErrorKind::kCorruption, absl::StrCat("its header says that it is file ", header.file_id));
  }
  return absl::OkStatus();
}

// --- which files are needed ----------------------------------------------------------------------------------------

// As the newest readable header has it, or higher as the batches of that file say.
void Surveyor::FindFloor() {
  for (size_t i = survey_.segments.size(); i-- > 0;) {
    const SegmentSurvey& segment = survey_.segments[i];
    if (!segment.header.has_value()) continue;
    const aof::FileHeader& header = *segment.header;
    survey_.first = header.first;
    if (header.base <= survey_.first) return;
    const auto file = files_.OpenFile(segment.path);
    if (!file.ok()) return;  // told when it is scanned
    const SegmentContent content = ScanSegment(
        **file, header, {.from = header.header_bytes, .limit = header.segment_bytes, .sealed = false},
        header.base.Prev(), header.first, {.on_batch = [](const aof::BatchView&) {}, .on_gap = [](Sequence) {}});
    survey_.first = content.floor;
    return;
  }
}

// From the last one back to the one that holds the floor.
void Surveyor::FindNeeded() {
  const auto& segments = survey_.segments;
  needed_ = segments.size() - 1;
  for (;; --needed_) {
    const SegmentSurvey& oldest = segments[needed_];
    if (oldest.header.has_value() && oldest.header->base <= survey_.first) break;
    const bool has_before = needed_ > 0 && segments[needed_ - 1].file_id + 1 == oldest.file_id;
    if (has_before) continue;
    if (oldest.header.has_value()) {
      const std::string path = aof::JoinPath(survey_.directory, aof::SegmentName(oldest.file_id - 1));
      Add(FindingKind::kLostRecords, path,
          absl::StrCat("the file is missing; it, or files before it, held records from ", survey_.first.value(), " to ",
                       oldest.header->base.value() - 1));
      survey_.findings.back().lost = LostRange{survey_.first, oldest.header->base.Prev()};
    }
    if (needed_ == 0) break;
  }
  for (size_t i = 0; i < needed_; ++i) survey_.segments[i].dead = true;
  // What is wrong with a file that nobody needs is not wrong with the log.
  auto& findings = survey_.findings;
  findings.erase(std::remove_if(findings.begin(), findings.end(),
                                [&](const Finding& finding) {
                                  return std::any_of(segments.begin(),
                                                     segments.begin() + static_cast<ptrdiff_t>(needed_),
                                                     [&](const auto& dead) { return dead.path == finding.path; });
                                }),
                 findings.end());
}

// --- what they hold --------------------------------------------------------------------------------------------------

void Surveyor::ScanSegmentAt(size_t at) {
  SegmentSurvey& segment = survey_.segments[at];
  // Open one at a time: a directory may hold more files than a process may.
  const auto file = files_.OpenFile(segment.path);
  if (segment.header.has_value() && !file.ok()) Add(FindingKind::kUnreadable, segment.path, file.status().message());
  if (!segment.header.has_value() || !file.ok()) {
    gap_told_ = true;
    if (at + 1 == survey_.segments.size()) replay_.OnMissing(last_);
    return;
  }
  FindLimit(at);
  BeginSegment(at);
  segment.content = ScanSegment(
      **file, *segment.header, {.from = segment.header->header_bytes, .limit = segment.limit, .sealed = segment.sealed},
      last_, segment.header->first,
      {.on_batch = [&](const aof::BatchView& batch) { TakeBatch(segment, batch); },
       .on_gap = [&](Sequence last) { Gap(last); }});
  last_ = segment.content.last;
  TellDamage(segment);
}

// The successor says how far this file is live.
void Surveyor::FindLimit(size_t at) {
  SegmentSurvey& segment = survey_.segments[at];
  if (at + 1 == survey_.segments.size()) return;
  const SegmentSurvey& next = survey_.segments[at + 1];
  if (next.file_id != segment.file_id + 1 || !next.header.has_value()) return;
  const uint64_t limit = next.header->previous_end;
  const aof::FileHeader& header = *segment.header;
  if (limit < header.header_bytes || limit > header.segment_bytes || !IsAligned(limit, header.block_bytes)) {
    return Add(
        FindingKind::kCorruption, next.path,
        absl::StrCat("its header says that file ", header.file_id, " ends at offset ", limit, ", which cannot be"));
  }
  segment.sealed = true;
  segment.limit = limit;
}

void Surveyor::BeginSegment(size_t at) {
  SegmentSurvey& segment = survey_.segments[at];
  const aof::FileHeader& header = *segment.header;
  if (begun_ && header.base <= last_) CutTo(header.base.Prev());
  if (begun_ && header.base > last_.Next()) CloseGap(at);
  // Damage at the end of the file before this one could not say how many records it held.
  for (Finding& finding : survey_.findings) {
    if (!finding.lost.has_value() || !finding.lost->open()) continue;
    finding.lost->last = header.base.Prev();
    if (finding.lost->last < finding.lost->first) finding.lost.reset();
  }
  begun_ = true;
  gap_told_ = false;
  last_ = header.base.Prev();
  segment.first_live = header.base;
  replay_.OnHeadNote(AsBytes(header.note), header.base);
}

// The file begins behind the record that should be its first.
void Surveyor::CloseGap(size_t at) {
  const SegmentSurvey& segment = survey_.segments[at];
  const LostRange lost{last_.Next(), segment.header->base.Prev()};
  if (survey_.segments[at - 1].file_id + 1 != segment.file_id) {
    // FindNeeded told of the missing file, when it was not known how far the one before it goes.
    const std::string missing = aof::JoinPath(survey_.directory, aof::SegmentName(segment.file_id - 1));
    for (Finding& finding : survey_.findings) {
      if (finding.path == missing) finding.lost = lost;
    }
  } else if (!gap_told_) {
    Add(FindingKind::kCorruption, segment.path,
        absl::StrCat("it begins at record ", segment.header->base.value(), ", but the file before it ends at ",
                     last_.value()));
    survey_.findings.back().lost = lost;
  }
  Gap(lost.last);
}

void Surveyor::TakeBatch(SegmentSurvey& segment, const aof::BatchView& batch) {
  if (batch.cut.has_value()) CutTo(batch.cut->new_end);
  batch.ForEachFrame([&](const aof::FrameView& frame) {
    if (frame.type == aof::FrameType::kNote) return replay_.OnNote(frame.payload, frame.sequence);
    replay_.OnRecord(frame.sequence, frame.payload, aof::Location{.file_id = segment.file_id, .offset = frame.offset});
  });
  last_ = batch.commit.last;
  if (batch.commit.first > survey_.first) {
    survey_.first = batch.commit.first;
    replay_.OnFloor(survey_.first);
  }
}

void Surveyor::CutTo(Sequence new_end) {
  for (SegmentSurvey& segment : survey_.segments) segment.first_live = std::min(segment.first_live, new_end.Next());
  last_ = new_end;
  replay_.OnCut(new_end);
}

void Surveyor::Gap(Sequence last) {
  if (last > last_) lost_ += last.value() - last_.value();
  last_ = std::max(last_, last);
  replay_.OnMissing(last);
}

void Surveyor::TellDamage(const SegmentSurvey& segment) {
  const SegmentContent& content = segment.content;
  if (!content.read_error.ok()) {
    Add(FindingKind::kUnreadable, segment.path, content.read_error.message());
    gap_told_ = true;
  }
  for (const SegmentDamage& damage : content.damages) {
    Finding finding{.kind = FindingKind::kCorruption,
                    .path = segment.path,
                    .what = damage.what,
                    .offset = damage.offset,
                    .promised_offset = damage.promised_offset,
                    .promised_by = damage.promised_by};
    const Sequence lost_last = damage.lost_last.value_or(Sequence::Max());
    if (lost_last >= damage.lost_first) finding.lost = LostRange{damage.lost_first, lost_last};
    survey_.findings.push_back(std::move(finding));
    if (!damage.lost_last.has_value()) gap_told_ = true;
  }
  if (content.junk_end > 0 && content.damages.empty()) {
    Add(FindingKind::kTornTail, segment.path,
        absl::StrCat(content.junk_end - content.end,
                     " bytes behind the last batch that counts, which nothing promised"));
    survey_.findings.back().offset = content.end;
  }
}

// --- what it comes to ------------------------------------------------------------------------------------------------

void Surveyor::Settle() {
  if (survey_.first > Sequence(1)) replay_.OnFloor(survey_.first);
  const SegmentSurvey& newest = survey_.segments.back();
  if (begun_ && survey_.first > last_.Next() && VerdictOf(survey_.findings) <= StoreVerdict::kTornTail) {
    Add(FindingKind::kLostRecords, newest.path,
        absl::StrCat("the log ends at record ", last_.value(), ", below its floor ", survey_.first.value()));
  }
  survey_.last = begun_ ? std::max(last_, survey_.first.Prev()) : survey_.first.Prev();
  if (newest.header.has_value()) survey_.proven = std::min(newest.content.promised_sequence, survey_.last);
  Count();
}

void Surveyor::Count() {
  Sequence next = survey_.last.Next();
  for (size_t i = survey_.segments.size(); i-- > needed_;) {
    SegmentSurvey& segment = survey_.segments[i];
    if (!segment.header.has_value()) continue;
    const Sequence first = std::max(segment.first_live, survey_.first);
    if (next > first) segment.records = next.value() - first.value();
    next = std::min(next, segment.first_live);
    survey_.records += segment.records;
  }
  survey_.records -= std::min(survey_.records, lost_);
}

}  // namespace

AofSurvey SurveyAof(const StoreFiles& files, const std::string& directory, const AofIdentity& identity,
                    SurveyReplay& replay) {
  return Surveyor(files, directory, identity, replay).Run();
}

std::vector<StoreId> FindStoreIds(const StoreFiles& files, const std::string& directory) {
  std::vector<StoreId> ids;
  const auto entries = files.List(directory);
  if (!entries.ok()) return ids;
  for (auto entry = entries->rbegin(); entry != entries->rend(); ++entry) {
    if (!aof::ParseSegmentName(entry->name).has_value()) continue;
    const auto file = files.OpenFile(aof::JoinPath(directory, entry->name));
    if (!file.ok()) continue;
    const absl::StatusOr<aof::FileHeader> header = ReadHeader(**file);
    if (header.ok()) ids.push_back(header->store_id);
  }
  return ids;
}

}  // namespace tidemark::tools
