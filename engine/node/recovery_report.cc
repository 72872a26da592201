#include "engine/node/recovery_report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace tidemark {
namespace {

constexpr absl::string_view kPhaseNames[kRecoveryPhases] = {"lock", "partitions", "log", "align", "resume"};

void AppendFile(const aof::OpenReport& file, std::string* text) {
  absl::StrAppend(text, file.created ? "created, " : "", file.files, " files, records ", file.first.value(), "..",
                  file.last.value(), ", proven to ", file.proven.value());
  if (file.reappended_records > 0) absl::StrAppend(text, ", ", file.reappended_records, " records written again");
  if (file.torn_bytes > 0) {
    absl::StrAppend(text, ", torn tail of ", file.torn_bytes, " bytes cut at file ", file.torn_file_id, " offset ",
                    file.torn_offset);
  }
  for (const aof::OpenReport::Mended& mended : file.mended) {
    absl::StrAppend(text, ", ", mended.bytes, " damaged bytes at file ", mended.file_id, " offset ", mended.offset,
                    " repaired (", mended.records, " records from ", mended.first.value(), " on)");
  }
  if (file.skipped_files > 0) {
    absl::StrAppend(text, ", of ", file.skipped_files, " files, with records to ", file.skipped_to.value(),
                    ", only the heads read");
  }
  if (file.removed_files > 0) absl::StrAppend(text, ", ", file.removed_files, " files removed");
  if (file.used_spare) absl::StrAppend(text, ", spare file used (disk full)");
}

}  // namespace

std::string RecoveryReport::ToString() const {
  std::string text = absl::StrCat(created_store ? "store created" : "store recovered", ", reached ",
                                  kPhaseNames[static_cast<int>(reached)], "\nlog: ");
  AppendFile(log, &text);
  if (rolled_back_records > 0) {
    absl::StrAppend(&text, ", ", rolled_back_records, " records rolled back, to ", rolled_back_to.ToString());
  }
  if (kept_to != RaftIndex(0)) absl::StrAppend(&text, ", kept to ", kept_to.ToString());
  if (!spill_damage.ok()) absl::StrAppend(&text, "\nspill: cannot be read: ", spill_damage.message());
  for (const PartitionRecovery& p : partitions) {
    absl::StrAppend(&text, "\n", p.partition.ToString(), ": ");
    AppendFile(p.file, &text);
    absl::StrAppend(&text, ", applied to ", p.applied.ToString());
    if (p.created) absl::StrAppend(&text, ", file made");
    if (p.rebuilt) absl::StrAppend(&text, ", rebuilt from the log: ", p.damage.message());
    if (p.dropped) absl::StrAppend(&text, ", dropped: files removed");
    if (p.rolled_back_records > 0) absl::StrAppend(&text, ", ", p.rolled_back_records, " records rolled back");
    if (p.cut_records > 0) absl::StrAppend(&text, ", ", p.cut_records, " records cut back to the log");
    if (p.redo_records > 0) absl::StrAppend(&text, ", ", p.redo_records, " records to forward again");
    if (p.spilled_records > 0) absl::StrAppend(&text, ", ", p.spilled_records, " of them from the spill");
  }
  absl::StrAppend(&text, "\ntook");
  for (int i = 0; i < kRecoveryPhases; ++i) {
    absl::StrAppend(&text, " ", kPhaseNames[i], " ", phase_duration[i].ToString());
  }
  return text;
}

}  // namespace tidemark
