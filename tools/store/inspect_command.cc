#include "tools/store/inspect_command.h"

#include <cstdint>
#include <iostream>
#include <limits>
#include <utility>

#include "engine/base/status.h"
#include "tools/exit_code.h"
#include "tools/flags.h"
#include "tools/store/store_command.h"
#include "tools/store/store_survey.h"
#include "tools/store/survey_text.h"

namespace tidemark::tools {
namespace {

constexpr uint64_t kAllPartitions = std::numeric_limits<uint64_t>::max();

struct Options {
  StoreFlags store;
  bool records = false;
  uint64_t partition = kAllPartitions;
  uint64_t from = 1;
  uint64_t limit = 50;
  uint64_t payload = 32;
};

Flags MakeFlags(Options& options) {
  Flags flags(
      "inspect", "DIR",
      "What a store holds, file by file: records, promises, checkpoints, and what is wrong with it, with the "
      "evidence. Changes nothing; reads a store in any state, also one that is in use (with a warning). Ends with "
      "0 sound, 20 torn tail, 21 damaged, 22 could not read; see verify, which also compares the files.");
  options.store.AddTo(flags);
  flags.Switch("records", &options.records, "list the records of each file");
  flags.Number("partition", &options.partition, "only this partition's file; 0: only the log; the default: all");
  flags.Number("from", &options.from, "list from this raft index of the log, and partition index of a partition, on");
  flags.Number("limit", &options.limit, "list at most so many records of each file");
  flags.Number("payload", &options.payload, "show at most so many bytes of each payload");
  return flags;
}

}  // namespace

std::string InspectHelp() {
  Options options;
  return MakeFlags(options).Help();
}

int InspectCommand(const std::vector<std::string>& arguments) {
  Options options;
  const auto store = ParseStoreArguments(MakeFlags(options), options.store, arguments);
  if (!store.ok()) return Unusable(store.status());
  const auto files = StoreFiles::Open(store->directory);
  if (!files.ok()) return CouldNotRead("inspect", options.store.json, files.status());
  const bool in_use = KindOf((*files)->LockStore(StoreFiles::Lock::kShared)) == ErrorKind::kLocked;
  SurveyOptions survey_options{.store_id = store->store_id};
  if (options.partition != kAllPartitions) survey_options.only = PartitionId(options.partition);
  survey_options.list = {.wanted = options.records,
                         .from = Sequence(options.from),
                         .limit = options.limit,
                         .payload_bytes = options.payload};
  const absl::StatusOr<StoreSurvey> survey = SurveyStore(**files, survey_options);
  if (!survey.ok()) return CouldNotRead("inspect", options.store.json, survey.status());
  if (options.store.json) {
    JsonWriter json = BeginJson("inspect");
    json.Field("in_use", in_use);
    SurveyJson(*survey, json);
    json.End();
    std::cout << json.text();
  } else {
    std::cout << SurveyText(*survey) << FindingsText(*survey);
    if (in_use) {
      std::cout << "warning: another process has the store open and may write while this reads; what looks damaged may "
                   "only be new\n";
    }
  }
  return ExitCode(survey->verdict());
}

}  // namespace tidemark::tools
