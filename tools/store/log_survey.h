#pragma once

// The segmented log, looked at: the file, and what its records say of the store.

#include <memory>
#include <vector>

#include "absl/types/optional.h"
#include "engine/base/ids.h"
#include "engine/node/log_roster.h"
#include "engine/segmented_log/head_note.h"
#include "tools/store/aof_survey.h"
#include "tools/store/record_list.h"

namespace tidemark::tools {

struct TermStart {
  RaftIndex from;
  Term term;
};

struct LogSurvey {
  AofSurvey file;
  // The newest file's head: what outlives the files before it.
  absl::optional<HeadNote> head = absl::nullopt;
  // One for each term that has records, ascending.
  std::vector<TermStart> terms;
  // The roster as of the last record that could be followed; recovery builds the same. Never null.
  std::unique_ptr<LogRoster> roster;
  // All records were followed: roster and terms are the log's, to its end.
  bool followed = true;
  std::vector<ListedRecord> records;

  RaftIndex first() const { return RaftIndex(file.first.value()); }
  RaftIndex last() const { return RaftIndex(file.last.value()); }
  // Term(0) below everything known.
  Term TermAt(RaftIndex index) const;
};

LogSurvey SurveyLog(const StoreFiles& files, const AofIdentity& identity, const ListOptions& list);

}  // namespace tidemark::tools
