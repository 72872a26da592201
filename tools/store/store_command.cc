#include "tools/store/store_command.h"

#include <cstdint>
#include <iostream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "tools/exit_code.h"
#include "tools/store/finding.h"

namespace tidemark::tools {
namespace {

// Of what is printed with --json. A field may be added within a format; it never goes or changes its meaning.
constexpr uint64_t kJsonFormat = 1;

}  // namespace

void StoreFlags::AddTo(Flags& flags) {
  flags.Switch("json", &json, "print one JSON object, described in docs/operating.md");
  flags.Text("store-id", &store_id_text, "32 hexadecimal digits: which store it must be; else what most files say");
}

absl::StatusOr<absl::optional<StoreId>> StoreFlags::store_id() const {
  if (store_id_text.empty()) return absl::optional<StoreId>();
  StoreId id;
  if (store_id_text.size() != 32 || !absl::SimpleHexAtoi(store_id_text.substr(0, 16), &id.high) ||
      !absl::SimpleHexAtoi(store_id_text.substr(16), &id.low)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--store-id wants 32 hexadecimal digits, not '", store_id_text, "'"));
  }
  return absl::optional<StoreId>(id);
}

absl::StatusOr<std::string> DirectoryOf(const std::vector<std::string>& words) {
  if (words.size() == 1) return words.front();
  return absl::InvalidArgumentError(absl::StrCat("name one directory of a store, not ", words.size()));
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
