#include "tools/store/spill_survey.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "engine/node/file_options.h"
#include "engine/node/spill_record.h"

namespace tidemark::tools {
namespace {

class Reader final : public SurveyReplay {
 public:
  void OnHeadNote(ByteSpan, Sequence) override {}
  void OnRecord(Sequence sequence, ByteSpan payload, aof::Location) override {
    const absl::StatusOr<SpillRecordView> record = DecodeSpillRecord(payload);
    if (record.ok()) {
      found_[sequence] = {{record->entry.header.partition, record->entry.header.partition_index}, record->raft_index};
    } else if (findings_.empty()) {
      findings_.push_back({.kind = FindingKind::kCorruption,
                           .path = kSpillDirectory,
                           .what = absl::StrCat("record ", sequence.value(), ": ", record.status().message())});
    }
  }
  void OnNote(ByteSpan, Sequence) override {}
  void OnCut(Sequence new_end) override { found_.erase(found_.upper_bound(new_end), found_.end()); }
  void OnFloor(Sequence first) override { found_.erase(found_.begin(), found_.lower_bound(first)); }
  void OnMissing(Sequence) override {}

  void Finish(SpillSurvey& survey) {
    for (const auto& [sequence, found] : found_) survey.copies[found.first] = found.second;
    survey.file.findings.insert(survey.file.findings.end(), findings_.begin(), findings_.end());
  }

 private:
  std::map<Sequence, std::pair<std::pair<PartitionId, PartitionIndex>, RaftIndex>> found_;
  std::vector<Finding> findings_;
};

}  // namespace

bool SpillSurvey::HoldsAll(PartitionId partition, PartitionIndex first, PartitionIndex last, RaftIndex before) const {
  for (PartitionIndex index = first; index <= last; index = index.Next()) {
    const auto copy = copies.find({partition, index});
    if (copy == copies.end() || copy->second <= before) return false;
    before = copy->second;
  }
  return true;
}

SpillSurvey SurveySpill(const StoreFiles& files, const AofIdentity& identity) {
  SpillSurvey survey;
  Reader reader;
  survey.file = SurveyAof(files, kSpillDirectory, identity, reader);
  reader.Finish(survey);
  return survey;
}

}  // namespace tidemark::tools
