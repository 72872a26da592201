#include "tools/store/survey_text.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/segmented_log/entry.h"

namespace tidemark::tools {
namespace {

// Longer lists are cut here, with how many follow.
constexpr size_t kMostListed = 16;

// "r1..r12, 12 records".
std::string Range(const AofSurvey& file, absl::string_view prefix) {
  if (file.last < file.first) return absl::StrCat("no record; the next is ", prefix, file.last.Next().value());
  return absl::StrCat(prefix, file.first.value(), "..", prefix, file.last.value(), ", ", file.records,
                      " records; proven to ", prefix, file.proven.value());
}

absl::string_view StateOf(const SegmentSurvey& segment) {
  if (segment.dead) return "dead: below the first record";
  if (!segment.header.has_value()) return "head unreadable";
  if (!segment.content.damages.empty()) return "damaged";
  if (segment.content.junk_end > 0) return "torn tail";
  return segment.sealed ? "sealed" : "last";
}

void AppendFiles(const AofSurvey& file, std::string* text) {
  if (file.segments.empty()) {
    absl::StrAppend(text, file.exists ? "  no segment file\n" : "  no such directory\n");
    return;
  }
  const size_t width = file.segments.front().path.size();
  absl::StrAppendFormat(text, "  %-*s %10s %10s %12s %12s %10s %12s  %s\n", width, "file", "base", "records", "bytes",
                        "used", "void", "promised", "state");
  for (const SegmentSurvey& segment : file.segments) {
    if (!segment.header.has_value() || segment.dead) {
      absl::StrAppendFormat(text, "  %s %10s %10s %12d %12s %10s %12s  %s\n", segment.path, "-", "-",
                            segment.file_bytes, "-", "-", "-", StateOf(segment));
      continue;
    }
    absl::StrAppendFormat(text, "  %s %10d %10d %12d %12d %10d %12d  %s\n", segment.path, segment.header->base.value(),
                          segment.records, segment.file_bytes, segment.used_bytes(), segment.content.void_bytes(),
                          segment.sealed ? segment.limit : segment.content.promised_offset, StateOf(segment));
  }
  std::string also = file.has_spare ? " spare" : "";
  for (const std::string& name : file.unfinished) absl::StrAppend(&also, " ", name, " (not in use yet)");
  for (const std::string& name : file.foreign)
    absl::StrAppend(&also, " ", absl::CHexEscape(name), " (no part of the store)");
  if (!also.empty()) absl::StrAppend(text, "  beside them:", also, "\n");
}

std::string Roster(const LogRoster& roster) {
  std::string text = absl::StrCat(roster.partitions().size(), " partitions");
  size_t listed = 0;
  for (const auto& [id, partition] : roster.partitions()) {
    if (++listed > kMostListed) {
      return absl::StrCat(text, ", and ", roster.partitions().size() - kMostListed, " more");
    }
    absl::StrAppend(&text, listed == 1 ? ": " : ", ", id.ToString(), " next ", partition.in_log.next().ToString());
  }
  return text;
}

std::string Terms(const LogSurvey& log) {
  if (log.terms.empty()) return "no term";
  std::string text;
  const size_t skipped = log.terms.size() > kMostListed ? log.terms.size() - kMostListed : 0;
  if (skipped > 0) text = absl::StrCat(skipped, " earlier terms");
  for (size_t i = skipped; i < log.terms.size(); ++i) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", log.terms[i].term.ToString(), " from ",
                    log.terms[i].from.ToString());
  }
  return text;
}

void AppendRecords(const std::vector<ListedRecord>& records, std::string* text) {
  for (const ListedRecord& record : records) {
    absl::StrAppendFormat(text, "    %-8s %s/%s %s %s, %d bytes, file %d offset %d", record.raft_index.ToString(),
                          record.partition.ToString(), record.partition_index.ToString(), record.term.ToString(),
                          RecordKindName(record.kind), record.payload_bytes, record.at.file_id, record.at.offset);
    if (!record.payload.empty()) absl::StrAppend(text, ": ", absl::CHexEscape(record.payload));
    if (record.payload.size() < record.payload_bytes) absl::StrAppend(text, "...");
    absl::StrAppend(text, "\n");
  }
}

std::string PartitionLine(const PartitionSurvey& p) {
  std::string text = Range(p.file, "i");
  if (p.last_raft_index != RaftIndex(0)) {
    absl::StrAppend(&text, "; ends at ", p.last_raft_index.ToString(), " ", p.last_term.ToString());
  }
  if (p.checkpoint.has_value()) {
    absl::StrAppend(&text, "; checkpoint: durable ", p.checkpoint->durable.ToString(), ", next ",
                    p.checkpoint->next_index.ToString(), ", applied ", p.checkpoint->applied.ToString());
  }
  if (p.behind > 0) absl::StrAppend(&text, "; ", p.behind, " behind the log");
  if (p.spilled > 0) absl::StrAppend(&text, ", ", p.spilled, " of them in the spill only");
  return text;
}

std::string LostText(const Finding& finding) {
  const bool in_partition = finding.path.rfind("p-", 0) == 0;
  const bool in_spill = finding.path.rfind("spill", 0) == 0;
  const std::string prefix = in_partition ? "i" : in_spill ? "s" : "r";
  if (finding.lost->open()) return absl::StrCat(prefix, finding.lost->first.value(), " and all behind it");
  return absl::StrCat(prefix, finding.lost->first.value(), "..", prefix, finding.lost->last.value());
}

}  // namespace

std::string SurveyText(const StoreSurvey& survey) {
  std::string text = absl::StrCat("store   ", survey.root, "\n");
  absl::StrAppend(&text, "id      ", survey.store_id == StoreId{} ? "unknown" : survey.store_id.ToString(), "\n");
  absl::StrAppend(&text, "log     ", Range(survey.log.file, "r"), "; ", Terms(survey.log));
  if (survey.log.head.has_value() && survey.log.head->vote != NodeId(0)) {
    absl::StrAppend(&text, "; vote ", survey.log.head->vote.ToString());
  }
  absl::StrAppend(&text, "\nroster  ", Roster(*survey.log.roster),
                  survey.log.followed ? "" : " (as far as the log could be followed)", "\n");
  AppendFiles(survey.log.file, &text);
  AppendRecords(survey.log.records, &text);
  if (survey.spill.has_value()) {
    absl::StrAppend(&text, "spill   ", Range(survey.spill->file, "s"), "\n");
    AppendFiles(survey.spill->file, &text);
  }
  for (const PartitionSurvey& p : survey.partitions) {
    absl::StrAppendFormat(&text, "%-7s %s\n", p.partition.ToString(), PartitionLine(p));
    AppendFiles(p.file, &text);
    AppendRecords(p.records, &text);
  }
  if (!survey.foreign.empty()) {
    text += "beside ";
    for (const std::string& name : survey.foreign) absl::StrAppend(&text, " ", absl::CHexEscape(name));
    text += " (no part of the store)\n";
  }
  return text;
}

std::string FindingsText(const StoreSurvey& survey) {
  std::string text;
  for (const Finding& finding : survey.findings) {
    absl::StrAppend(&text, FindingKindName(finding.kind), ": ", finding.path);
    if (finding.offset.has_value()) absl::StrAppend(&text, " offset ", *finding.offset);
    absl::StrAppend(&text, ": ", finding.what, "\n");
    if (finding.lost.has_value()) absl::StrAppend(&text, "  unreadable here: ", LostText(finding), "\n");
  }
  return absl::StrCat(text, "verdict ", StoreVerdictName(survey.verdict()), "\n");
}

}  // namespace tidemark::tools
