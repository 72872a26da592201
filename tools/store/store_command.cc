#include "tools/store/store_command.h"

#include <cstdint>
#include <iostream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "tools/exit_code.h"
#include "tools/store/finding.h"

namespace tidemark::tools {
namespace {

// Of what is printed with --json. A field may be added within a format; it never goes or changes its meaning.
constexpr uint64_t kJsonFormat = 1;

// Nothing where nothing is said.
absl::StatusOr<absl::optional<StoreId>> ParseStoreId(absl::string_view text) {
  if (text.empty()) return absl::optional<StoreId>();
  StoreId id;
  if (text.size() != 32 || !absl::SimpleHexAtoi(text.substr(0, 16), &id.high) ||
      !absl::SimpleHexAtoi(text.substr(16), &id.low)) {
    return absl::InvalidArgumentError(absl::StrCat("--store-id wants 32 hexadecimal digits, not '", text, "'"));
  }
  return absl::optional<StoreId>(id);
}

}  // namespace

void StoreFlags::AddTo(Flags& flags) {
  flags.Switch("json", &json, "print one JSON object, described in docs/operating.md");
  flags.Text("store-id", &store_id_text, "32 hexadecimal digits: which store it must be; else what most files say");
}

absl::StatusOr<StoreArguments> ParseStoreArguments(const Flags& flags, const StoreFlags& store,
                                                   const std::vector<std::string>& arguments) {
  ASSIGN_OR_RETURN(std::vector<std::string> words, flags.Parse(arguments));
  if (words.size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat("name one directory of a store, not ", words.size()));
  }
  ASSIGN_OR_RETURN(const absl::optional<StoreId> store_id, ParseStoreId(store.store_id_text));
  return StoreArguments{std::move(words.front()), store_id};
}

absl::StatusOr<std::unique_ptr<StoreFiles>> OpenStoreLocked(const std::string& directory, StoreFiles::Lock lock,
                                                            absl::string_view what_to_do) {
  ASSIGN_OR_RETURN(std::unique_ptr<StoreFiles> files, StoreFiles::Open(directory));
  if (absl::Status locked = files->LockStore(lock); !locked.ok()) {
    return Annotate(locked, absl::StrCat("another process has the store open; ", what_to_do));
  }
  return files;
}

JsonWriter BeginJson(absl::string_view command) {
  JsonWriter json;
  json.BeginObject();
  json.Field("format", kJsonFormat);
  json.Field("command", command);
  return json;
}

int CouldNotRead(absl::string_view command, bool json, const absl::Status& why) {
  if (json) {
    JsonWriter writer = BeginJson(command);
    writer.BeginObject("error");
    writer.Field("kind", ErrorKindName(KindOf(why)));
    writer.Field("message", why.message());
    writer.End();
    writer.Field("verdict", StoreVerdictName(StoreVerdict::kUnreadable));
    writer.End();
    std::cout << writer.text();
  } else {
    std::cerr << "tidemark: " << why.message() << "\n";
  }
  return ExitCode(StoreVerdict::kUnreadable);
}

}  // namespace tidemark::tools
