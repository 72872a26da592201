#include "tools/store/verify_command.h"

#include <iostream>

#include "absl/strings/str_cat.h"
#include "tools/exit_code.h"
#include "tools/flags.h"
#include "tools/store/store_command.h"
#include "tools/store/store_survey.h"
#include "tools/store/survey_text.h"

namespace tidemark::tools {
namespace {

Flags MakeFlags(StoreFlags& options) {
  Flags flags(
      "verify", "DIR",
      "Whether a store is sound: everything that inspect looks at, and each partition's file against the log, "
      "record by record. Changes nothing; keeps engines from opening the store meanwhile, and refuses one that is "
      "in use. Ends with 0 sound, 20 torn tail only (recovery will handle it), 21 damaged, 22 could not read.");
  options.AddTo(flags);
  return flags;
}

// One line for each file, and how much was compared.
std::string Summary(const StoreSurvey& survey) {
  uint64_t records = 0, compared = 0, behind = 0;
  for (const PartitionSurvey& p : survey.partitions) {
    records += p.file.records;
    compared += p.compared;
    behind += p.behind;
  }
  return absl::StrCat("store   ", survey.root, "\nlog     ", survey.log.file.records, " records, ",
                      survey.log.file.segments.size(), " files, ", survey.log.roster->partitions().size(),
                      " partitions\nfiles   ", survey.partitions.size(), " partition files, ", records, " records; ",
                      compared, " compared with the log, ", behind, " only in the log yet\n");
}

}  // namespace

std::string VerifyHelp() {
  StoreFlags options;
  return MakeFlags(options).Help();
}

int VerifyCommand(const std::vector<std::string>& arguments) {
  StoreFlags options;
  const auto store = ParseStoreArguments(MakeFlags(options), options, arguments);
  if (!store.ok()) return Unusable(store.status());
  const auto files = OpenStoreLocked(store->directory, StoreFiles::Lock::kShared, "stop it, or inspect the store");
  if (!files.ok()) return CouldNotRead("verify", options.json, files.status());
  const absl::StatusOr<StoreSurvey> survey = SurveyStore(**files, {.compare = true, .store_id = store->store_id});
  if (!survey.ok()) return CouldNotRead("verify", options.json, survey.status());
  if (options.json) {
    JsonWriter json = BeginJson("verify");
    SurveyJson(*survey, json);
    json.End();
    std::cout << json.text();
  } else {
    std::cout << Summary(*survey) << FindingsText(*survey);
  }
  return ExitCode(survey->verdict());
}

}  // namespace tidemark::tools
